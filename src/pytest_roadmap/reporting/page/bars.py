"""A phase as a bar: what is certain, what is possible, what is asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fractions import Fraction

    from pytest_roadmap.model import PhaseScore


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A part of a bar: its kind, how many, where it starts and how wide it is.

    `left` and `width` are in percent of the bar.
    """

    kind: str
    count: int
    left: float
    width: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A bar with the interval below it; all places in percent from the left."""

    segments: tuple[Segment, ...]
    low: float
    high: float
    threshold: float | None
    asked: str


def of(phase: PhaseScore) -> Bar | None:
    """Return the bar of a phase, None for an empty one."""
    if phase.low is None or phase.high is None:
        return None
    threshold = phase.threshold if (phase.threshold or 0) <= 1 else None
    return Bar(
        segments=segments(phase),
        low=_percent(phase.low),
        high=_percent(phase.high),
        threshold=None if threshold is None else _percent(threshold),
        asked="" if threshold is None else f"{_percent(threshold):g} %",
    )


def segments(phase: PhaseScore) -> tuple[Segment, ...]:
    """Return the parts of a phase's bar from left to right.

    What is certain stands first and what is still possible next, so that the
    bracket of the interval lies beneath the unknown ones: waived failures stand
    before them only where they count.
    """
    waived = ("waived", phase.waived)
    counts = phase.low is not None and phase.low * phase.total > phase.passed
    counted = (
        ("passed", phase.passed),
        *((waived,) if counts else ()),
        ("unknown", phase.unknown),
        *(() if counts else (waived,)),
        ("failed", phase.failed),
    )
    found, before = [], 0
    for kind, count in counted:
        if count:
            left, width = 100 * before / phase.total, 100 * count / phase.total
            found.append(
                Segment(
                    kind=kind, count=count, left=round(left, 3), width=round(width, 3)
                )
            )
        before += count
    return tuple(found)


def _percent(share: Fraction) -> float:
    """Return a share in percent, for drawing only."""
    return round(float(share * 100), 3)
