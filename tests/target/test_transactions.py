from __future__ import annotations

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from pytest_roadmap.target import bech32, staking, transactions
from pytest_roadmap.target.protobuf import fields, message
from pytest_roadmap.target.transactions import Signer

ACCOUNT = "road1n2z3u4ywxy3j3teldrvqr6zt3htksfmqlha5mm"
OPERATOR = "roadvaloper1n2z3u4ywxy3j3teldrvqr6zt3htksfmqzkfx4e"
SIGNER = Signer(key=bytes(range(1, 33)), address=ACCOUNT, number=7, sequence=300)
ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


def test_an_address_is_read_and_written() -> None:
    prefix, content = bech32.decode(ACCOUNT)

    assert (prefix, len(content)) == ("road", 20)
    assert bech32.encode(prefix, content) == ACCOUNT
    assert staking.account_of(OPERATOR) == ACCOUNT


@pytest.mark.parametrize("text", ["", "road1", ACCOUNT[:-1] + "q", "no address"])
def test_what_is_no_address_is_told(text) -> None:
    with pytest.raises(ValueError, match=r"no address|substring"):
        bech32.decode(text)


@pytest.mark.parametrize("memo", ["", *(f"number {n}" for n in range(6))])
def test_a_transaction_is_signed_for_its_chain(memo) -> None:
    send = transactions.send(ACCOUNT, ACCOUNT, 5, "uroad")

    raw = transactions.signed([send], SIGNER, "chain-1", memo=memo)

    assert _verifies(raw, "chain-1")
    assert not _verifies(raw, "chain-2")
    assert memo.encode() in raw
    assert int.from_bytes(_parts(raw)[2][32:]) <= ORDER // 2  # or chains refuse it


def test_a_spoiled_signature_does_not_verify() -> None:
    unjail = transactions.unjail(OPERATOR)

    raw = transactions.signed([unjail], SIGNER, "chain-1", spoiled=True)

    assert not _verifies(raw, "chain-1")
    assert len(transactions.digest(raw)) == 64


def test_a_signer_counts_on() -> None:
    assert transactions.following(SIGNER, 2).sequence == 302


def _parts(raw):
    return tuple(fields(raw)[number][0] for number in (1, 2, 3))


def _verifies(raw, chain_id):
    body, auth, signature = _parts(raw)
    document = message((1, body), (2, auth), (3, chain_id), (4, SIGNER.number))
    key = ec.derive_private_key(int.from_bytes(SIGNER.key), ec.SECP256K1())
    pair = (int.from_bytes(signature[:32]), int.from_bytes(signature[32:]))
    try:
        key.public_key().verify(
            encode_dss_signature(*pair), document, ec.ECDSA(hashes.SHA256())
        )
    except InvalidSignature:
        return False
    return True
