from __future__ import annotations

import base64
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from pytest_roadmap.target import signed_votes
from pytest_roadmap.target.signed_votes import BlockId, DoubleVote, Vote

# What CometBFT 0.38 itself makes of the same key and votes.
KEY = Ed25519PrivateKey.from_private_bytes(
    bytes.fromhex("dd56de4137951d9c92681b03416ec15f886b4482a27e3a517d32f085244cbe5d")
)
ADDRESS = "2D70204D1A412912A9DFBAF6D11EB1DE21B6813D"
BLOCK = BlockId(
    hash="3E23E8160039594A33894F6564E1B1348BBD7A0088D42C4ACB73EEAED59C009D",
    parts=3,
    parts_hash="148DE9C5A7A44D19E56CD9AE1A554BF67847AFB0C58F6E12FA29AC7DDFCA9940",
)
SIGNED = (
    "720802112c0100000000000019020000000000000022480a203e23e8160039594a33894f6564e1"
    "b1348bbd7a0088d42c4acb73eeaed59c009d122408031220148de9c5a7a44d19e56cd9ae1a554b"
    "f67847afb0c58f6e12fa29ac7ddfca99402a0908a5ebdcca061085353207636861696e2d31"
)
SIGNED_NIL = (
    "280802112c010000000000001902000000000000002a0908a5ebdcca061085353207636861696e2d31"
)
SIGNATURE = (
    "c53405e0b29fe1f868bd218c4cb34dae78bae72e66361972bf90d2cccf094b92"
    "97813d10ea27dd90eb1a15f01776e8795a62f60fe36ae74bece93900460d7905"
)
CHAIN = "chain-1"
VOTE = Vote(
    kind=signed_votes.PRECOMMIT,
    height=300,
    round=2,
    block=BLOCK,
    at="2026-01-02T03:04:05.000006789Z",
    address=ADDRESS,
)
PUBLIC = signed_votes.public_key(KEY)


@pytest.mark.parametrize(
    ("block", "wanted"), [(BLOCK, SIGNED), (BlockId(), SIGNED_NIL)]
)
def test_what_is_signed_is_what_cometbft_signs(block, wanted) -> None:
    assert replace(VOTE, block=block).sign_bytes(CHAIN).hex() == wanted


def test_a_signature_is_that_of_cometbft_and_verifies() -> None:
    vote = VOTE.signed(KEY, CHAIN)

    assert vote.signature.hex() == SIGNATURE
    assert vote.verifies(PUBLIC, CHAIN)
    assert signed_votes.address_of(PUBLIC) == ADDRESS
    assert signed_votes.vote_from(vote.json()) == vote


def test_nothing_about_a_vote_can_be_changed() -> None:
    vote = VOTE.signed(KEY, CHAIN)
    others = [
        replace(vote, height=301),
        replace(vote, block=BlockId()),
        replace(vote, at="2026-01-02T03:04:05Z"),
        replace(vote, signature=b"\x00" + vote.signature[1:]),
    ]

    assert not any(other.verifies(PUBLIC, CHAIN) for other in others)
    assert not vote.verifies(PUBLIC, "chain-2")


def test_a_commit_with_a_vote_that_nobody_has_signed_is_found_out() -> None:
    good, nil = (
        VOTE.signed(KEY, CHAIN),
        replace(VOTE, block=BlockId()).signed(KEY, CHAIN),
    )
    stranger = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    forged = VOTE.signed(stranger, CHAIN)
    signatures = [
        _entry(good, 2),
        _entry(nil, 3),
        _entry(forged, 2),
        {"block_id_flag": 1},
    ]
    commit = {
        "height": "300",
        "round": 2,
        "block_id": BLOCK.json(),
        "signatures": signatures,
    }

    found = signed_votes.unverified(commit, {ADDRESS: PUBLIC}, CHAIN)

    assert [vote.index for vote in found] == [2]


def test_evidence_of_a_double_vote_needs_two_blocks_and_two_signatures() -> None:
    one = VOTE.signed(KEY, CHAIN)
    other = replace(VOTE, block=BlockId()).signed(KEY, CHAIN)
    proof = DoubleVote(votes=(one, other), power=1, total_power=4, block_time=VOTE.at)

    assert proof.verifies(PUBLIC, CHAIN)
    assert not replace(proof, votes=(one, one)).verifies(PUBLIC, CHAIN)
    assert not replace(proof, votes=(one, VOTE)).verifies(PUBLIC, CHAIN)


def test_a_file_without_a_key_is_no_key() -> None:
    with pytest.raises(ValueError, match="no consensus key"):
        signed_votes.private_key("{}")


def _entry(vote, flag):
    return {
        "block_id_flag": flag,
        "validator_address": vote.address,
        "timestamp": vote.at,
        "signature": base64.b64encode(vote.signature).decode(),
    }
