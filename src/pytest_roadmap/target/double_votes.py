"""Evidence of double votes, made with a validator's real key: genuine and forged.

case = double_votes.case(chain, validator, height)
case.genuine.verifies(…)
refusals = double_votes.offer(chain, case.forged["another block time"])
found = double_votes.committed(chain, above=height)
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from pytest_roadmap.target import signed_votes, validator_keys
from pytest_roadmap.target.comet import RpcError
from pytest_roadmap.target.signed_votes import BlockId, DoubleVote, Vote

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from pytest_roadmap.target.chain import ChainInstance
    from pytest_roadmap.target.chain_node import ChainNode
    from pytest_roadmap.target.light_client_attacks import Attack


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Evidence against one validator; `forged` by what is wrong with it."""

    validator: ChainNode
    public_key: str
    genuine: DoubleVote
    forged: Mapping[str, DoubleVote]


def case(chain: ChainInstance, validator: ChainNode, height: int) -> Case:
    """Make evidence that a validator has voted for two blocks at a height.

    Raises:
        UnavailableError: The profile names no keys.
        RpcError: The chain does not have that height.
    """
    key = validator_keys.consensus_key(chain, validator)
    public = signed_votes.public_key(key)
    members = validator.rpc.validators(height)
    own = next(m for m in members if m.public_key == public)
    time = validator.rpc.call("block", height=str(height))["block"]["header"]["time"]
    vote = Vote(
        kind=signed_votes.PREVOTE,
        height=height,
        round=0,
        block=_block("one"),
        at=time,
        address=own.address,
        index=members.index(own),
    )
    genuine = DoubleVote(
        votes=_twice(vote, key, chain.profile.chain_id),
        power=own.power,
        total_power=sum(member.power for member in members),
        block_time=time,
    )
    return Case(
        validator=validator,
        public_key=public,
        genuine=genuine,
        forged=_forged(genuine, chain.profile.chain_id),
    )


def offer(chain: ChainInstance, evidence: DoubleVote | Attack) -> dict[str, str]:
    """Send evidence to every node; return what each says, empty for "taken"."""
    answers = {}
    for node in chain.all_nodes:
        try:
            node.rpc.call("broadcast_evidence", evidence=evidence.json())
            answers[node.name] = ""
        except RpcError as error:
            answers[node.name] = error.what
    return answers


def committed(chain: ChainInstance, above: int) -> dict[int, list[DoubleVote]]:
    """Return the evidence in the blocks above a height, by height."""
    rpc = chain.validators[0].rpc
    found: dict[int, list[DoubleVote]] = {}
    for block in chain.blocks.after(above):
        if block.evidence:
            document = rpc.call("block", height=str(block.height))["block"]
            entries = document["evidence"]["evidence"]
            found[block.height] = [_from(e["value"]) for e in entries if _double(e)]
    return found


def _double(entry: Mapping[str, Any]) -> bool:
    """Whether an entry of a block's evidence is about a double vote."""
    return "vote_a" in entry["value"]


def _from(value: Mapping[str, Any]) -> DoubleVote:
    """Return the evidence in a block's JSON."""
    return DoubleVote(
        votes=(
            signed_votes.vote_from(value["vote_a"]),
            signed_votes.vote_from(value["vote_b"]),
        ),
        power=int(value["ValidatorPower"]),
        total_power=int(value["TotalVotingPower"]),
        block_time=value["Timestamp"],
    )


def _forged(genuine: DoubleVote, chain_id: str) -> dict[str, DoubleVote]:
    """Return what is nearly genuine, by what is wrong with it."""
    first, second = genuine.votes
    altered = bytes([second.signature[0] ^ 1]) + second.signature[1:]
    stranger = signed_votes.stranger()
    address = signed_votes.address_of(signed_votes.public_key(stranger))
    seconds = genuine.block_time[:18]
    digit = str((int(genuine.block_time[18]) + 1) % 10)
    return {
        "one byte of a signature altered": replace(
            genuine, votes=(first, replace(second, signature=altered))
        ),
        "another block time": replace(
            genuine, block_time=seconds + digit + genuine.block_time[19:]
        ),
        "another total power": replace(genuine, total_power=genuine.total_power + 1),
        "a key that is no validator's": replace(
            genuine, votes=_twice(replace(first, address=address), stranger, chain_id)
        ),
        "signatures of a key that is not the accused one's": replace(
            genuine, votes=_twice(first, stranger, chain_id)
        ),
    }


def _twice(vote: Vote, key: Ed25519PrivateKey, chain_id: str) -> tuple[Vote, Vote]:
    """Return a vote for one block and one for another, in the order of evidence."""
    both = (vote.signed(key, chain_id), replace(vote, block=_block("other")))
    one, other = both[0], both[1].signed(key, chain_id)
    return (one, other) if one.block.hash < other.block.hash else (other, one)


def _block(name: str) -> BlockId:
    """Return the id of a block that nobody has made."""
    digest = hashlib.sha256(name.encode()).hexdigest().upper()
    parts = hashlib.sha256(f"{name}'s parts".encode()).hexdigest().upper()
    return BlockId(hash=digest, parts=1, parts_hash=parts)
