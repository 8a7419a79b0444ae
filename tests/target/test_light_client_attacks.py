from __future__ import annotations

import json
from types import SimpleNamespace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from pytest_roadmap.target import light_client_attacks, signed_votes, validator_keys
from pytest_roadmap.target.comet import Validator

CHAIN = "roadmap-1"
NOTHING = "E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855"
FOUR = "A17D148977604B6F7425DC02EB490BE3B9DF55A42A2F033ABA9ED379581B3E9D"
LAST = "49F3F418EEDC87B3A0A26B6CF2B244049447DA773AE0E306C4EC4C4558E5B2A8"
RULES = "B7E6426358A7CE34EE52BF28FBFC07A6011BAD7947EE6E9264A826DCE5F2AC96"
# A header of the reference chain, and what its nodes say that it is hashed to.
HEADER = {
    "version": {
        "block": "11",
    },
    "chain_id": "roadmap-1",
    "height": "5",
    "time": "2026-11-22T04:36:37.214197371Z",
    "last_block_id": {
        "hash": "167954609EF833FD86EA7730BB0B7FD7D9D7DAB38DC9DE1B5E56AF3BCEB6EC33",
        "parts": {
            "total": 1,
            "hash": "17E39A868E973B3418FD46CF4F7F66D2849936A1016FCE31AAADF1863D3EF46D",
        },
    },
    "last_commit_hash": LAST,
    "data_hash": NOTHING,
    "validators_hash": FOUR,
    "next_validators_hash": FOUR,
    "consensus_hash": RULES,
    "app_hash": "C2ACCA38F57CDFE1637310CEF48E67FB68669DB326E48DEDDEFC8C74A4C37F73",
    "last_results_hash": NOTHING,
    "evidence_hash": NOTHING,
    "proposer_address": "17D67EF69E2F199F22D09F1AB8FCDA886FC54553",
}
HASH = "67F1659CFB38906C6EB4A8EA98AB0BE032AB0B3140043D918B163F5D6C1E521C"
MEMBERS = [
    Validator(address=address, public_key=public, power=1000)
    for address, public in [
        (
            "17D67EF69E2F199F22D09F1AB8FCDA886FC54553",
            "xwMBNuCrQMDwlskL9jZvkHgAj0jq3XJPXNBQ7JFqwXk=",
        ),
        (
            "7DDE8096366DB77A59DA2F359197A85190E86540",
            "1DVlUdwWIzKLOdQdHNfN5VCmnW78GhDKMaRTMHjjTso=",
        ),
        (
            "A0AEF84CB17D854D393FDCCAB7622FED35024333",
            "up1UsDhTiE9kfrnI58Ym0/lmIBHG+mtN+zG4OhR6RvA=",
        ),
        (
            "DBF1E1FD693E828CC34D8E2765F10BCDF9FB9EE3",
            "RBu6Q+CkRS4PsKQU24xfL21X50iWrfPAaEf4lFbh+20=",
        ),
    ]
]
KEYS = [Ed25519PrivateKey.from_private_bytes(bytes([n]) * 32) for n in (1, 2, 3, 4)]


def test_a_header_is_hashed_as_cometbft_does() -> None:
    assert light_client_attacks.header_hash(HEADER) == HASH


def test_validators_are_hashed_as_cometbft_does() -> None:
    assert light_client_attacks.members_hash(MEMBERS) == HEADER["validators_hash"]


@pytest.mark.parametrize("field", ["app_hash", "height", "time", "chain_id"])
def test_another_header_has_another_hash(field) -> None:
    other = {
        "app_hash": "00" * 32,
        "height": "6",
        "time": "2026-11-22T04:36:37.214197372Z",
        "chain_id": "roadmap-2",
    }

    assert light_client_attacks.header_hash(HEADER | {field: other[field]}) != HASH


class Rpc:
    """A node of a chain with the header above at every height."""

    def __init__(self, stated=HASH):
        self.stated = stated

    def call(self, _, *, height):
        commit = {"height": height, "block_id": {"hash": self.stated}}
        return {"signed_header": {"header": HEADER, "commit": commit}}

    def validators(self, _):
        return tuple(
            Validator(
                address=signed_votes.address_of(signed_votes.public_key(key)),
                public_key=signed_votes.public_key(key),
                power=1000,
            )
            for key in KEYS
        )


@pytest.fixture
def chain(monkeypatch):
    nodes = [SimpleNamespace(number=number, rpc=Rpc()) for number in range(4)]
    monkeypatch.setattr(
        validator_keys, "consensus_key", lambda _, node: KEYS[node.number]
    )
    return SimpleNamespace(validators=nodes, profile=SimpleNamespace(chain_id=CHAIN))


def _signed(attack):
    """Return which of the named validators have really signed."""
    publics = {one.address: one.public_key for one in attack.members}
    return [vote.verifies(publics[vote.address], CHAIN) for vote in attack.votes]


def test_one_lacks_power_and_the_other_a_signature(chain) -> None:
    few, unsigned = light_client_attacks.forged(chain, chain.validators[:2], 5).values()

    assert _signed(few) == [True]
    assert sum(one.power for one in few.members) * 3 < few.total_power
    assert sorted(_signed(unsigned)) == [False, True]
    assert sum(one.power for one in unsigned.members) * 3 > unsigned.total_power


def test_the_conflicting_block_is_whole_but_for_what_is_wrong_with_it(chain) -> None:
    for attack in light_client_attacks.forged(chain, chain.validators[:2], 5).values():
        document = json.loads(attack.json())
        block = document["value"]["ConflictingBlock"]["signed_header"]

        digest = light_client_attacks.header_hash(block["header"])
        assert block["commit"]["block_id"]["hash"] == digest != HASH
        assert len(block["commit"]["signatures"]) == len(attack.members)
        named = light_client_attacks.members_hash(attack.members)
        assert block["header"]["validators_hash"] == named
        assert document["value"]["CommonHeight"] == "4"
        assert document["type"] == "tendermint/LightClientAttackEvidence"


def test_a_chain_that_hashes_in_another_way_is_named(chain) -> None:
    chain.validators[0].rpc.stated = "00" * 32

    with pytest.raises(ValueError, match="height 5 is hashed in another way"):
        light_client_attacks.forged(chain, chain.validators[:2], 5)
