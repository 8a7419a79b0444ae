from __future__ import annotations

import base64
from types import SimpleNamespace

import pytest

from pytest_roadmap.errors import TargetError
from pytest_roadmap.target import application

# Two validators of the reference chain, as its RPC and its modules write them.
ADDRESSES = {
    "17D67EF69E2F199F22D09F1AB8FCDA886FC54553": (
        "roadvalcons1zlt8aa579uve7gksnudt3lx63phu232nlm8pcl"
    ),
    "A0AEF84CB17D854D393FDCCAB7622FED35024333": (
        "roadvalcons15zh0sn930kz56wflmn9twc30a56sysenpt39cx"
    ),
}


def node(value: bytes, code: int = 0):
    asked = []

    def call(method, **arguments):
        asked.append((method, arguments))
        text = base64.b64encode(value).decode()
        return {"response": {"code": code, "log": "no", "height": "7", "value": text}}

    profile = SimpleNamespace(denom="uroad")
    return SimpleNamespace(
        asked=asked,
        instance=SimpleNamespace(profile=profile),
        rpc=SimpleNamespace(pod="full-0", call=call),
    )


def field(place: int, content: bytes) -> bytes:
    return bytes((place << 3 | 2, len(content))) + content


def test_a_balance_tells_its_height():
    coin = field(1, b"uroad") + field(2, b"12345")
    witness = node(field(1, coin))

    found = application.balance(witness, "road1x")

    assert (found.height, found.amount) == (7, 12345)
    ((method, arguments),) = witness.asked
    assert method == "abci_query"
    assert arguments["path"] == '"/cosmos.bank.v1beta1.Query/Balance"'
    assert arguments["data"] == "0x" + (field(1, b"road1x") + field(2, b"uroad")).hex()


def test_who_has_nothing_has_zero():
    assert application.balance(node(b""), "road1x").amount == 0


def test_missed_blocks_come_by_the_address_that_the_rpc_writes():
    first, second = (field(1, text.encode()) for text in ADDRESSES.values())
    absent = first + bytes((6 << 3, 0x96, 0x01))

    found = application.missed_blocks(node(field(1, absent) + field(1, second)))

    assert found == dict(zip(ADDRESSES, (150, 0), strict=True))


def test_a_refusal_is_told():
    with pytest.raises(TargetError, match=r"SigningInfos of full-0: no"):
        application.missed_blocks(node(b"", code=1))


@pytest.mark.parametrize("broken", [b"\x0a", b"\x0d\x01", b"\x80"])
def test_what_is_no_message_is_refused(broken):
    with pytest.raises(ValueError, match=r"the data end in (a number|field 1)"):
        application.balance(node(broken), "road1x")
