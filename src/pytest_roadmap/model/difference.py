"""What changed from one run to another."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fractions import Fraction

    from pytest_roadmap.model.scorecard import Decision, Verdict


class Transition(StrEnum):
    """What happened to a requirement; each has exactly one."""

    REGRESSED = "regressed"  # it fails now, and did not before
    BECAME_UNKNOWN = "became_unknown"  # somebody could tell before, nobody can now
    FIXED = "fixed"  # it passes now, and did not before
    NEW = "new"  # only the later run asks for it
    GONE = "gone"  # only the earlier run asks for it
    CHANGED = "changed"  # its verdict is another one, in any other way
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """One requirement in both runs; a verdict is None where it was not asked for."""

    requirement: str
    title: str
    phase: int
    transition: Transition
    before: Verdict | None
    after: Verdict | None
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseMoved:
    """One phase in both runs; shares are None where it is empty or not there."""

    suite: str
    number: int
    name: str
    before: Fraction | None
    after: Fraction | None
    total_before: int
    total_after: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What changed from the run `before` to the run `after`."""

    before: str
    after: str
    decision_before: Decision
    decision_after: Decision
    phases: tuple[PhaseMoved, ...]
    requirements: tuple[Moved, ...]

    def count(self, transition: Transition) -> int:
        """Return how many requirements did so."""
        return sum(moved.transition is transition for moved in self.requirements)
