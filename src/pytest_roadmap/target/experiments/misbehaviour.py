"""What was seen of a scripted peer's acts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_roadmap.target.signed_votes import DoubleVote, Vote


@dataclass(frozen=True, slots=True, kw_only=True)
class Forging:
    """Votes and proposals in others' names.

    `written` counts the peer's messages by kind, `complaints` the lines of each
    honest node's log about signatures that do not verify, `counted` are votes
    in commits that their validator's key has not signed, `verified` is how many
    commits were looked at.
    """

    written: Mapping[str, int]
    complaints: Mapping[str, int]
    counted: tuple[Vote, ...]
    verified: int
    restarts: int
    slashed: frozenset[str]
    gap_rounds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class BadProposal:
    """A proposal that is correctly signed and not valid.

    `seen` are the nodes that had the whole block, `prevotes` the blocks that
    each honest validator prevoted in round 0 (empty for nil), `round` the one
    in which the height was decided, `rejected` by how much each node's count of
    rejected proposals has grown.
    """

    height: int
    hash: str
    seen: frozenset[str]
    prevotes: Mapping[str, str]
    committed: str
    round: int
    rejected: Mapping[str, int]
    moved: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Equivocation:
    """Two proposals of one turn, and votes for both.

    `shown` is the block that each honest validator had, `committed` the one
    that each has at that height afterwards, `evidence_at` the height of the
    evidence against the proposer (None without).
    """

    height: int
    blocks: tuple[str, str]
    shown: Mapping[str, str]
    committed: Mapping[str, str]
    recovery_s: float | None
    evidence_at: int | None
    proofs: tuple[DoubleVote, ...]
    last: int
