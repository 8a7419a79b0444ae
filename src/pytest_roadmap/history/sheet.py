"""One run, as far as later runs ask about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_roadmap.model import PastRun, TrendPoint
from pytest_roadmap.model.history import LETTERS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_roadmap.model import PhaseScore, Result, Run, Scorecard

PhaseKey = tuple[str, int]
FLAKY = "flaky"  # the flag of a pass that came after a retry


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A run with its phases by suite and number, and a letter per requirement.

    The letters are those of a strip (see `FlakeHealth`).
    """

    run: PastRun
    names: Mapping[PhaseKey, str]
    phases: Mapping[PhaseKey, TrendPoint]
    letters: Mapping[str, str]


def sheet_of(card: Scorecard) -> Sheet:
    """Return the sheet of a scorecard."""
    return Sheet(
        run=past_run(card),
        names={(phase.suite, phase.number): phase.name for phase in card.phases},
        phases={
            (phase.suite, phase.number): _point(card.run, phase)
            for phase in card.phases
        },
        letters={result.requirement.id: letter(result) for result in card.results},
    )


def letter(result: Result) -> str:
    """Return a result's letter, upper case if the run called it flaky."""
    found = LETTERS[result.verdict]
    return found.upper() if FLAKY in result.flags else found


def past_run(card: Scorecard) -> PastRun:
    """Return the run of a scorecard as a list of runs shows it."""
    asked = [phase for phase in card.phases if phase.required] or card.phases
    return PastRun(
        id=storable(card.run.id),
        started=card.run.started,
        finished=card.run.finished,
        version=storable(card.run.version),
        commit=storable(card.run.commit),
        decision=card.decision,
        complete=card.run.complete,
        passed=sum(phase.passed for phase in asked),
        total=sum(phase.total for phase in asked),
        target=card.run.target,
    )


def storable(text: str) -> str:
    """Return `text` without what a database has no form for."""
    return (
        text.replace("\0", "\N{SYMBOL FOR NULL}")
        .encode("utf-8", "backslashreplace")
        .decode()
    )


def _point(run: Run, phase: PhaseScore) -> TrendPoint:
    """Return a phase's score as a point of its trend."""
    return TrendPoint(
        run=run.id,
        started=run.started,
        total=phase.total,
        passed=phase.passed,
        failed=phase.failed,
        waived=phase.waived,
        unknown=phase.unknown,
        low=phase.low,
        high=phase.high,
        threshold=phase.threshold,
        decision=phase.decision,
    )
