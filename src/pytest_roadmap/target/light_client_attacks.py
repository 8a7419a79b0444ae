"""Evidence of a light client attack that does not prove one.

    attacks = light_client_attacks.forged(chain, validators, height)
    light_client_attacks.header_hash(header)       # as in the commit of the next block

Such evidence is a block that was never made, with the signatures of validators who
were members before.  It counts when these hold a third of the power or more; what
is made here lacks that.  Encodings: CometBFT v0.38, `types.Header.Hash`,
`types.ValidatorSet.Hash` and `types.LightClientAttackEvidence`.
"""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from pytest_roadmap.target import signed_votes, validator_keys
from pytest_roadmap.target.protobuf import Present, message
from pytest_roadmap.target.signed_votes import BlockId, Vote

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from pytest_roadmap.target.chain import ChainInstance
    from pytest_roadmap.target.chain_node import ChainNode
    from pytest_roadmap.target.comet import Validator

_LIE: Final = hashlib.sha256(b"a state that the chain never had").hexdigest().upper()
_PARTS: Final = hashlib.sha256(b"the parts of a block that nobody made").hexdigest()
_TOO_FEW: Final = "a conflicting block of less than a third of the power"
_NOT_SIGNED: Final = "a conflicting block with a stranger's signature"
REASONS: Final = {_TOO_FEW: "insufficient voting power", _NOT_SIGNED: "wrong signature"}
"""What CometBFT says of each, by what is wrong: it has understood everything else."""
_SIGNED: Final = 2  # BlockIDFlagCommit
_HASHES: Final = (
    "last_commit_hash",
    "data_hash",
    "validators_hash",
    "next_validators_hash",
    "consensus_hash",
    "app_hash",
    "last_results_hash",
    "evidence_hash",
    "proposer_address",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attack:
    """A conflicting block, and what it is held against.

    Attributes:
        header: Of the block that was never made, in CometBFT's JSON.
        votes: Its commit.
        members: The validators that it claims to have.
        common_height: Up to which the chain is undisputed.
        total_power: Of the validators at that height.
        common_time: The time of that height's block, in RFC 3339.
    """

    header: Mapping[str, Any]
    votes: tuple[Vote, ...]
    members: tuple[Validator, ...]
    common_height: int
    total_power: int
    common_time: str

    def json(self) -> str:
        """Return it as /broadcast_evidence takes it."""
        members = [_member(one) for one in self.members]
        signatures = [
            {
                "block_id_flag": _SIGNED,
                "validator_address": vote.address,
                "timestamp": vote.at,
                "signature": base64.b64encode(vote.signature).decode(),
            }
            for vote in self.votes
        ]
        commit = {
            "height": self.header["height"],
            "round": 0,
            "block_id": self.votes[0].block.json(),
            "signatures": signatures,
        }
        value = {
            "ConflictingBlock": {
                "signed_header": {"header": self.header, "commit": commit},
                "validator_set": {"validators": members, "proposer": members[0]},
            },
            "CommonHeight": str(self.common_height),
            "ByzantineValidators": members,
            "TotalVotingPower": str(self.total_power),
            "Timestamp": self.common_time,
        }
        kind = "tendermint/LightClientAttackEvidence"
        return json.dumps({"type": kind, "value": value})


def forged(
    chain: ChainInstance, accused: Sequence[ChainNode], height: int
) -> dict[str, Attack]:
    """Make evidence about the block of a height, by what is wrong with it.

    Args:
        chain: The chain.
        accused: Two validators: one alone has less than a third of the power,
            both have more.
        height: Of the conflicting block; the one below is undisputed.

    Raises:
        UnavailableError: The profile names no keys.
        RpcError: The chain does not have that height.
        ValueError: Its own header does not have the hash that is computed here.
    """
    rpc = chain.validators[0].rpc
    signed = rpc.call("commit", height=str(height))["signed_header"]
    common = rpc.call("commit", height=str(height - 1))["signed_header"]["header"]
    if header_hash(signed["header"]) != signed["commit"]["block_id"]["hash"]:
        message = f"the header of height {height} is hashed in another way"
        raise ValueError(message)
    every = rpc.validators(height - 1)
    keys = [validator_keys.consensus_key(chain, node) for node in accused]
    stranger = signed_votes.stranger()

    ground = _Ground(
        chain_id=chain.profile.chain_id,
        header=signed["header"],
        common=common,
        every=every,
    )
    one, other = map(signed_votes.public_key, keys)
    return {
        _TOO_FEW: _attack(ground, {one: keys[0]}),
        _NOT_SIGNED: _attack(ground, {one: keys[0], other: stranger}),
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ground:
    """The true header of a height, the one below it, and its validators."""

    chain_id: str
    header: Mapping[str, Any]
    common: Mapping[str, Any]
    every: Sequence[Validator]


def _attack(ground: _Ground, signers: Mapping[str, Ed25519PrivateKey]) -> Attack:
    """Return a block in the names of some public keys, each signed with a key."""
    members = _in_order([one for one in ground.every if one.public_key in signers])
    height, time = int(ground.header["height"]), ground.header["time"]
    header = {
        **ground.header,
        "app_hash": _LIE,
        "validators_hash": members_hash(members),
        "next_validators_hash": members_hash(members),
        "proposer_address": members[0].address,
    }
    block = BlockId(hash=header_hash(header), parts=1, parts_hash=_PARTS.upper())
    votes = tuple(
        Vote(
            kind=signed_votes.PRECOMMIT,
            height=height,
            round=0,
            block=block,
            at=time,
            address=one.address,
        ).signed(signers[one.public_key], ground.chain_id)
        for one in members
    )
    return Attack(
        header=header,
        votes=votes,
        members=members,
        common_height=height - 1,
        total_power=sum(one.power for one in ground.every),
        common_time=ground.common["time"],
    )


def header_hash(header: Mapping[str, Any]) -> str:
    """Return the hash of a header in CometBFT's JSON, in capital hexadecimal."""
    version = header["version"]
    last = signed_votes.block_id_from(header["last_block_id"])
    return _root(
        [
            message((1, int(version["block"])), (2, int(version.get("app", 0)))),
            message((1, header["chain_id"])),
            message((1, int(header["height"]))),
            signed_votes.timestamp(header["time"]),
            last.canonical() or message((2, Present())),
            *(message((1, bytes.fromhex(header[name]))) for name in _HASHES),
        ]
    )


def members_hash(members: Sequence[Validator]) -> str:
    """Return the hash of a validator set, in capital hexadecimal."""
    keys = [message((1, base64.b64decode(one.public_key))) for one in members]
    return _root(
        [
            message((1, key), (2, one.power))
            for key, one in zip(keys, members, strict=True)
        ]
    )


def _in_order(members: Sequence[Validator]) -> tuple[Validator, ...]:
    """Return validators in the order of a set: by power, and by address."""
    return tuple(sorted(members, key=lambda one: (-one.power, one.address)))


def _member(one: Validator) -> dict[str, Any]:
    """Return a validator in CometBFT's JSON."""
    return {
        "address": one.address,
        "pub_key": {"type": "tendermint/PubKeyEd25519", "value": one.public_key},
        "voting_power": str(one.power),
        "proposer_priority": "0",
    }


def _root(leaves: Sequence[bytes]) -> str:
    """Return the root of the Merkle tree (RFC 6962) over some bytes."""
    hashes = [hashlib.sha256(b"\0" + leaf).digest() for leaf in leaves]
    return _tree(hashes).hex().upper()


def _tree(nodes: Sequence[bytes]) -> bytes:
    """Return the hash above some hashes: the left half is a full tree."""
    if len(nodes) == 1:
        return nodes[0]
    half = 1 << ((len(nodes) - 1).bit_length() - 1)
    pair = _tree(nodes[:half]) + _tree(nodes[half:])
    return hashlib.sha256(b"\1" + pair).digest()
