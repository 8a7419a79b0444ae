from __future__ import annotations

import base64
from types import SimpleNamespace

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from pytest_roadmap.errors import TargetError, UnavailableError
from pytest_roadmap.target import signed_transfers, transactions
from pytest_roadmap.target.protobuf import bytes_of, fields, message, number_of

ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
ACCOUNT = signed_transfers.Account(
    chain_id="road-1",
    denom="uroad",
    number=7,
    address="road1sender",
    key=transactions.key_from("seed/account/7"),
)


class Rpc:
    """A node's RPC that answers what a test wants."""

    pod = "full-0"

    def __init__(self, **answers: object) -> None:
        self.answers = answers
        self.asked: list[tuple[str, dict[str, str]]] = []

    def call(self, method, *, within=5.0, **arguments):  # noqa: ARG002
        self.asked.append((method, arguments))
        answer = self.answers[method]
        return answer(**arguments) if callable(answer) else answer


def test_a_transfer_is_signed_over_chain_account_and_sequence() -> None:
    transfer = signed_transfers.signed(ACCOUNT, "road1to", amount=5, sequence=3)

    body, auth, signature = (fields(transfer.data)[n][0] for n in (1, 2, 3))
    document = message((1, body), (2, auth), (3, "road-1"), (4, 7))
    r, s = (int.from_bytes(half, "big") for half in (signature[:32], signature[32:]))
    assert s <= ORDER // 2
    key = ec.derive_private_key(int.from_bytes(ACCOUNT.key), ec.SECP256K1())
    key.public_key().verify(
        encode_dss_signature(r, s), document, ec.ECDSA(hashes.SHA256())
    )
    assert number_of(bytes_of(auth, 1), 3) == 3
    send = bytes_of(bytes_of(body, 1), 2)
    assert bytes_of(send, 2) == b"road1to"
    assert bytes_of(bytes_of(send, 3), 2) == b"5"


def test_a_transfer_is_found_in_blocks_with_its_code() -> None:
    mine = signed_transfers.signed(ACCOUNT, "road1to", amount=5, sequence=3)
    texts = {"3": [], "4": [base64.b64encode(d).decode() for d in (b"x", mine.data)]}
    rpc = Rpc(
        block=lambda height: {"block": {"data": {"txs": texts[height] or None}}},
        block_results={"txs_results": [{"code": 0}, {"code": 5}]},
    )

    (found,) = signed_transfers.executed(rpc, [mine], 3, 4)

    assert (found.hash, found.height, found.code) == (mine.hash, 4, 5)


def test_a_sequence_is_read_from_the_state() -> None:
    account = message((1, "road1sender"), (3, 7), (4, 9))

    def state(path, data):
        assert (path[0], data[:2]) == ('"', "0x")
        value = message((1, account))
        return {"response": {"height": "7", "value": base64.b64encode(value).decode()}}

    rpc = Rpc(abci_query=state)

    assert signed_transfers.sequence_of(rpc, ACCOUNT) == 9


def test_a_question_that_the_application_refuses_is_an_error() -> None:
    rpc = Rpc(abci_query={"response": {"code": 18, "log": "no such account"}})

    with pytest.raises(TargetError, match="no such account"):
        signed_transfers.sequence_of(rpc, ACCOUNT)


def test_the_mempool_is_told_by_hashes() -> None:
    mine = signed_transfers.signed(ACCOUNT, "road1to", amount=5, sequence=3)
    rpc = Rpc(unconfirmed_txs={"txs": [base64.b64encode(mine.data).decode()]})

    assert signed_transfers.waiting(rpc) == {mine.hash}


def test_a_profile_without_accounts_has_none() -> None:
    chain = SimpleNamespace(profile=SimpleNamespace(name="paw", accounts=None))

    with pytest.raises(UnavailableError, match="paw names no accounts"):
        signed_transfers.accounts(chain)
