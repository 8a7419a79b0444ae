"""What is known of a height that was split at one of its steps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_roadmap.target.chain_node import ChainNode
    from pytest_roadmap.target.experiments.round_state import RoundState
    from pytest_roadmap.target.faults.delaying import Report


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseSplit:
    """One height that was split.

    Attributes:
        height: Which.
        block: The hash that one side had: proposed, locked or committed.
        side: The nodes that had it.
        began: When the packets were dropped.
        healed: When they were let through again.
        committed: The newest height that any node had at that time.
        states: Where each validator's consensus stood while it held.
        reports: What the programs that held packets told of themselves.
        decided: When it was decided; None for never.
        victims: The half that was restarted inside of the split, if any was.
        relocked: What each of it was locked on after its restart.
        exit_codes: How their processes had ended.
        recovered: Seconds until every node had recovered; None for never.
        problem: What did not happen.
    """

    height: int
    block: str
    side: tuple[str, ...]
    began: float
    healed: float = 0.0
    committed: int = 0
    states: tuple[RoundState, ...] = ()
    reports: tuple[Report, ...] = ()
    decided: float | None = None
    victims: tuple[ChainNode, ...] = ()
    relocked: tuple[str, ...] = ()
    exit_codes: tuple[int | None, ...] = ()
    recovered: float | None = None
    problem: str = ""


class Missed(Exception):  # noqa: N818 - no error: the next height is tried
    """The packets were not dropped in time, or too early."""
