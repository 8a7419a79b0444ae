"""CometBFT's votes: what is signed, who has signed, and evidence of double votes.

key = signed_votes.private_key(text)                         # priv_validator_key.json
vote = signed_votes.Vote(kind=signed_votes.PREVOTE, …).signed(key, chain_id)
vote.verifies(public_key, chain_id)
forged = signed_votes.unverified(commit, public_keys, chain_id)
"""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from pytest_roadmap.target.protobuf import Fixed64, Present, delimited, message

if TYPE_CHECKING:
    from collections.abc import Mapping

PREVOTE: Final = 1
PRECOMMIT: Final = 2
_FOR_THE_BLOCK: Final = 2  # BlockIDFlagCommit
_FOR_NIL: Final = 3
_SEED: Final = 32
_ADDRESS: Final = 20
_STRANGER: Final = hashlib.sha256(b"a key that is no validator's").digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockId:
    """A block by its hash and that of its parts; all empty for nil."""

    hash: str = ""
    parts: int = 0
    parts_hash: str = ""

    def canonical(self) -> bytes:
        """Return it as it is signed."""
        if not self.hash:
            return b""
        parts = message((1, self.parts), (2, bytes.fromhex(self.parts_hash)))
        return message((1, bytes.fromhex(self.hash)), (2, Present(parts)))

    def json(self) -> dict[str, Any]:
        """Return it in CometBFT's JSON."""
        parts = {"total": self.parts, "hash": self.parts_hash}
        return {"hash": self.hash, "parts": parts}


def block_id_from(document: Mapping[str, Any]) -> BlockId:
    """Return the block id in CometBFT's JSON."""
    parts = document["parts"]
    return BlockId(
        hash=document["hash"], parts=int(parts["total"]), parts_hash=parts["hash"]
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Vote:
    """A vote; `at` is in RFC 3339, to the nanosecond, as it is signed."""

    kind: int
    height: int
    round: int
    block: BlockId
    at: str
    address: str
    index: int = 0
    signature: bytes = b""

    def sign_bytes(self, chain_id: str) -> bytes:
        """Return what the signature is of."""
        return delimited(
            message(
                (1, self.kind),
                (2, Fixed64(self.height)),
                (3, Fixed64(self.round)),
                (4, self.block.canonical()),
                (5, Present(timestamp(self.at))),
                (6, chain_id),
            )
        )

    def signed(self, key: Ed25519PrivateKey, chain_id: str) -> Self:
        """Return it with a key's signature."""
        return replace(self, signature=key.sign(self.sign_bytes(chain_id)))

    def verifies(self, public_key: str, chain_id: str) -> bool:
        """Whether the signature is that of a key (in base64)."""
        key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public_key))
        try:
            key.verify(self.signature, self.sign_bytes(chain_id))
        except InvalidSignature:
            return False
        return True

    def json(self) -> dict[str, Any]:
        """Return it in CometBFT's JSON."""
        return {
            "type": self.kind,
            "height": str(self.height),
            "round": self.round,
            "block_id": self.block.json(),
            "timestamp": self.at,
            "validator_address": self.address,
            "validator_index": self.index,
            "signature": base64.b64encode(self.signature).decode(),
        }


def vote_from(document: Mapping[str, Any]) -> Vote:
    """Return the vote in CometBFT's JSON."""
    return Vote(
        kind=int(document["type"]),
        height=int(document["height"]),
        round=int(document["round"]),
        block=block_id_from(document["block_id"]),
        at=document["timestamp"],
        address=document["validator_address"],
        index=int(document["validator_index"]),
        signature=base64.b64decode(document["signature"] or ""),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class DoubleVote:
    """Evidence of two votes of one validator for one height, round and kind.

    `block_time` is that of the height's block, in RFC 3339.
    """

    votes: tuple[Vote, Vote]
    power: int
    total_power: int
    block_time: str

    def json(self) -> str:
        """Return it as /broadcast_evidence takes it."""
        one, other = sorted(self.votes, key=lambda vote: vote.block.hash)
        value = {
            "vote_a": one.json(),
            "vote_b": other.json(),
            "TotalVotingPower": str(self.total_power),
            "ValidatorPower": str(self.power),
            "Timestamp": self.block_time,
        }
        return json.dumps({"type": "tendermint/DuplicateVoteEvidence", "value": value})

    def verifies(self, public_key: str, chain_id: str) -> bool:
        """Whether both votes are of a key, and for two blocks."""
        one, other = self.votes
        return one.block != other.block and all(
            vote.verifies(public_key, chain_id) for vote in self.votes
        )


def commit_votes(commit: Mapping[str, Any]) -> tuple[Vote, ...]:
    """Return the votes in a commit of CometBFT's JSON."""
    block = block_id_from(commit["block_id"])
    return tuple(
        Vote(
            kind=PRECOMMIT,
            height=int(commit["height"]),
            round=int(commit["round"]),
            block=block if entry["block_id_flag"] == _FOR_THE_BLOCK else BlockId(),
            at=entry["timestamp"],
            address=entry["validator_address"],
            index=index,
            signature=base64.b64decode(entry["signature"] or ""),
        )
        for index, entry in enumerate(commit["signatures"])
        if entry["block_id_flag"] in {_FOR_THE_BLOCK, _FOR_NIL}
    )


def unverified(
    commit: Mapping[str, Any], public_keys: Mapping[str, str], chain_id: str
) -> tuple[Vote, ...]:
    """Return the votes of a commit that their validator's key has not signed."""
    return tuple(
        vote
        for vote in commit_votes(commit)
        if not vote.verifies(public_keys.get(vote.address, _NOBODY), chain_id)
    )


def private_key(text: str) -> Ed25519PrivateKey:
    """Return the key in a priv_validator_key.json.

    Raises:
        ValueError: There is none in it.
    """
    try:
        content = base64.b64decode(json.loads(text)["priv_key"]["value"])
    except (KeyError, TypeError) as error:
        message = f"no consensus key: {error}"
        raise ValueError(message) from error
    return Ed25519PrivateKey.from_private_bytes(content[:_SEED])


def stranger() -> Ed25519PrivateKey:
    """Return a key that is no validator's, always the same."""
    return Ed25519PrivateKey.from_private_bytes(_STRANGER)


def public_key(key: Ed25519PrivateKey) -> str:
    """Return the public key in base64."""
    return base64.b64encode(key.public_key().public_bytes_raw()).decode()


def address_of(public: str) -> str:
    """Return the address of a public key in base64."""
    digest = hashlib.sha256(base64.b64decode(public)).digest()
    return digest[:_ADDRESS].hex().upper()


def timestamp(text: str) -> bytes:
    """Return a moment in RFC 3339 as votes and headers have it, to the nanosecond."""
    whole, _, fraction = text.removesuffix("Z").partition(".")
    seconds = int(datetime.fromisoformat(f"{whole}+00:00").timestamp())
    return message((1, seconds), (2, int(fraction.ljust(9, "0"))))


_NOBODY: Final = base64.b64encode(bytes([1]) + bytes(31)).decode()
"""A public key that no signature of ours verifies against."""
