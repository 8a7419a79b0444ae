"""What earlier runs tell: trends, since when it fails, how flaky it is."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from pytest_roadmap.model.scorecard import Verdict

if TYPE_CHECKING:
    from pytest_roadmap.model.scorecard import Decision

# One letter per verdict: ten thousand strips of thirty results stay small.
LETTERS = {
    Verdict.PASSED: "p",
    Verdict.FAILED: "f",
    Verdict.WAIVED: "w",
    Verdict.ERROR: "e",
    Verdict.UNAVAILABLE: "u",
    Verdict.INCONCLUSIVE: "i",
    Verdict.PARTIAL: "h",
    Verdict.NOT_RUN: "n",
    Verdict.STALE: "s",
    Verdict.UNMAPPED: "m",
    Verdict.NOT_REVIEWED: "r",
    Verdict.NOT_APPLICABLE: "a",
    Verdict.DEFERRED: "d",
    Verdict.DROPPED: "x",
}
ABSENT = "-"  # the run knew no such requirement
_VERDICTS: dict[str, Verdict | None] = {v: k for k, v in LETTERS.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class PastRun:
    """A run that the history has, as far as a list of runs shows it.

    Times are UTC in seconds since the epoch, as the run's own clock told them;
    `passed` and `total` are those of the phases that decided; `target` is the
    identity of the system under test.
    """

    id: str
    started: float
    finished: float
    version: str
    commit: str
    decision: Decision
    complete: bool
    passed: int
    total: int
    target: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TrendPoint:
    """One phase as one run saw it; `run` is the run's id."""

    run: str
    started: float
    total: int
    passed: int
    failed: int
    waived: int
    unknown: int
    low: Fraction | None
    high: Fraction | None
    threshold: Fraction | None
    decision: Decision


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseTrend:
    """A phase through the runs, the oldest first."""

    suite: str
    number: int
    name: str
    points: tuple[TrendPoint, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FailingSince:
    """A requirement that fails, and the run in which that began.

    `runs` counts the runs that saw it fail since.  `at_least` says that the
    looked-at runs begin with a failure: it may have begun earlier.
    """

    requirement: str
    run: str
    started: float
    runs: int
    at_least: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FlakeHealth:
    """How steadily a requirement passes, over the last runs that tried it.

    `attempts` are the runs that tried it, without outages; `flips` counts the
    changes between pass and no pass from one such run to the next.
    `same_commit_flips` counts those that no change of the code explains: on one
    commit, or within one run by a retry.  `strip` has a letter per run that was
    looked at, the oldest first: one of `LETTERS`, upper case where the run itself
    called the result flaky, `ABSENT` where the run knew no such requirement.
    """

    requirement: str
    attempts: int
    passes: int
    flips: int
    same_commit_flips: int
    strip: str

    @property
    def pass_rate(self) -> Fraction:
        """Passes out of attempts."""
        return Fraction(self.passes, self.attempts) if self.attempts else Fraction(0)

    @property
    def flip_rate(self) -> Fraction:
        """Changes out of those that were possible."""
        return Fraction(self.flips, max(1, self.attempts - 1))

    @property
    def health(self) -> Fraction:
        """`pass_rate` * (1 - `flip_rate`): 1 is steady and good, 0 is no use."""
        return self.pass_rate * (1 - self.flip_rate)

    @property
    def verdicts(self) -> tuple[Verdict | None, ...]:
        """The strip as verdicts; None where the run knew no such requirement."""
        return tuple(_VERDICTS.get(letter.lower()) for letter in self.strip)


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What the last runs tell, the run of the scorecard among them.

    `runs` has the oldest first.  `failing` has what fails now, what began first
    standing first.  `flaky` has each requirement that flipped, the least healthy
    first; `outages` names the runs in which everything broke, which say nothing
    about single requirements.  `notes` says what a reader has to know of the
    history itself, for example that a clock jumped.
    """

    runs: tuple[PastRun, ...]
    trends: tuple[PhaseTrend, ...] = ()
    failing: tuple[FailingSince, ...] = ()
    flaky: tuple[FlakeHealth, ...] = ()
    outages: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
