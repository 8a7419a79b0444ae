from __future__ import annotations

import base64
import hashlib
from types import SimpleNamespace

import pytest

from pytest_roadmap.errors import UnavailableError
from pytest_roadmap.target.clients import Clients
from pytest_roadmap.target.comet import RpcError
from pytest_roadmap.target.transfers import Reader, Sending, sending


def name(text: bytes) -> str:
    return hashlib.sha256(text).hexdigest().upper()


def line(number: int, text: bytes, **answer: object) -> dict:
    second = f"2025-01-01T00:00:{number:02d}Z"
    return {
        "t": second,
        "ms": 5,
        "memo": f"payer-{number}",
        "hash": name(text),
        "amount": number,
        **answer,
    }


LINES = [
    {"receiver": "road1receiver"},
    line(1, b"once", code=0),
    line(2, b"lost", code=0),
    line(3, b"twice", code=0),
    line(4, b"refused", code=32, error="account sequence mismatch"),
    line(5, b"smuggled", code=5, error="no funds"),
    line(6, b"nobody knows", error="connection refused"),
    line(7, b"failed", code=0),
    {"summary": True, "requests": 7},
]
BLOCKS = {
    1: [],
    2: [(b"once", 0), (b"twice", 0), (b"a stranger's", 0)],
    3: [(b"twice", 0), (b"smuggled", 0), (b"failed", 11), (b"nobody knows", 0)],
}


class Rpc:
    """The RPC of a node with these blocks; it counts what it is asked for."""

    def __init__(self):
        self.asked = []

    def call(self, method, *, height):
        self.asked.append((method, int(height)))
        if int(height) not in BLOCKS:
            raise RpcError("not yet")
        block = BLOCKS[int(height)]
        if method == "block":
            texts = [base64.b64encode(text).decode() for text, _ in block]
            return {"block": {"data": {"txs": texts or None}}}
        return {"txs_results": [{"code": code} for _, code in block]}


@pytest.fixture
def sender():
    log = SimpleNamespace(lines=LINES, problem="")
    deleted = []
    space = SimpleNamespace(delete=lambda *what, **how: deleted.append((what, how)))
    return Sending(SimpleNamespace(space=space), Clients({"payer-0": log})), deleted


@pytest.fixture
def witness():
    return SimpleNamespace(rpc=Rpc(), instance=SimpleNamespace(height=3))


def test_a_transfer_is_accepted_refused_or_nobody_knows(sender):
    found = sender[0].transfers()

    assert sender[0].receiver == "road1receiver"
    assert [t.memo for t in found if t.accepted] == [
        "payer-1",
        "payer-2",
        "payer-3",
        "payer-7",
    ]
    assert [t.memo for t in found if t.refused] == ["payer-4", "payer-5"]
    assert sender[0].accepted(since=found[2].at) == 2


def test_the_client_is_told_to_end_and_heard_out(sender):
    sending_, deleted = sender

    sending_.end()

    assert deleted == [(("Pod", "payer-0"), {"grace": 10})]


def test_the_ledger_tells_what_was_lost_repeated_and_smuggled(sender, witness):
    reader = Reader(witness, first=1)

    ledger = reader.until_settled(sender[0].transfers(), within=0.05)

    assert [t.memo for t in ledger.lost] == ["payer-2", "payer-7"]
    assert [t.memo for t in ledger.repeated] == ["payer-3"]
    assert [t.memo for t in ledger.smuggled] == ["payer-5"]
    assert ledger.amount == 1 + 3 + 3 + 5 + 6
    assert ledger.last == 3
    assert len(witness.rpc.asked) == len(set(witness.rpc.asked))


def test_a_block_that_is_not_there_yet_is_read_later(sender, witness):
    witness.instance.height = 4

    ledger = Reader(witness, first=2).until_settled(sender[0].transfers(), within=0.05)

    assert ledger.last == 3


def test_without_accounts_nothing_can_be_sent():
    chain = SimpleNamespace(profile=SimpleNamespace(accounts=None, name="bare"))

    with (
        pytest.raises(UnavailableError, match="bare names no accounts"),
        sending(chain, rate=1, name="payer"),
    ):
        pytest.fail("nothing was sent")
