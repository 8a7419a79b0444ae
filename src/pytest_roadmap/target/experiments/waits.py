"""Waits of experiments that the chain's own record answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pytest_roadmap.target import clock
from pytest_roadmap.target.pulse import pulse

if TYPE_CHECKING:
    from pytest_roadmap.target.chain import ChainInstance

_LATE: Final = 1.0  # a wait for a moment may end so much later
_LOOK: Final = 0.2


def hold_until(moment: float) -> None:
    """Wait until a moment: how long a fault is held is a parameter of its claim."""
    pulse.until(
        lambda: clock.now() >= moment,
        within=max(moment - clock.now(), 0) + _LATE,
        what="the end of a hold",
        every=_LOOK,
    )


def first_block(chain: ChainInstance, *, since: float, within: float) -> float:
    """Wait for the first block that was committed since a moment; return when.

    The moment is the chain's own, for which the next block is waited for.

    Raises:
        NeverHappenedError: None came.
    """
    blocks = chain.blocks
    found = pulse.until(
        lambda: blocks.since(since),
        within=within,
        what="the first block after the heal",
        seen=blocks.brief,
    )
    blocks.wait_for_height(found[0].height + 1, within=within)
    return blocks.committed_at(found[0].height)
