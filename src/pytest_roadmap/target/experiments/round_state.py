"""What a node's consensus stands at now: /consensus_state, in the words of a probe."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_roadmap.target.chain_node import ChainNode

_VOTES: Final = re.compile(r"BA\{\d+:([x_]*)\}")
_VOTER: Final = re.compile(r"Vote\{\d+:([0-9A-F]+) ")


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundState:
    """Height, round and step (a number), and what is known of the round.

    Attributes:
        proposal: The hash of the proposed block; empty where it is not complete.
        locked: The hash that the node is locked on; empty for none.
        prevotes: How many it has.
        precommits: How many it has.
        precommitters: The beginnings of the addresses that these are from.
    """

    node: str
    height: int
    round: int
    step: int
    proposal: str
    locked: str
    prevotes: int
    precommits: int
    precommitters: frozenset[str]

    def has_precommit_of(self, address: str) -> bool:
        """Whether a validator's precommit of this round is among those it has."""
        return any(address.startswith(start) for start in self.precommitters)


def ask(node: ChainNode) -> RoundState:
    """Return where a node's consensus stands.

    Raises:
        RpcError: It does not answer.
    """
    state = node.rpc.call("consensus_state")["round_state"]
    height, number, step = (int(part) for part in state["height/round/step"].split("/"))
    votes: Mapping[str, Any] = next(
        (one for one in state["height_vote_set"] if int(one["round"]) == number), {}
    )
    voters = (_VOTER.match(vote) for vote in votes.get("precommits") or ())
    return RoundState(
        node=node.name,
        height=height,
        round=number,
        step=step,
        proposal=state["proposal_block_hash"],
        locked=state["locked_block_hash"],
        prevotes=_count(votes.get("prevotes_bit_array", "")),
        precommits=_count(votes.get("precommits_bit_array", "")),
        precommitters=frozenset(voter[1] for voter in voters if voter),
    )


def _count(text: str) -> int:
    """Return how many votes a bit array has, as CometBFT writes it."""
    match = _VOTES.match(text)
    return match[1].count("x") if match else 0
