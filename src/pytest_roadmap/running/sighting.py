"""On the controller, after a run: what it has seen of the probes themselves."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_roadmap.errors import RoadmapError
from pytest_roadmap.model import Outcome, Verdict
from pytest_roadmap.probes.seen import Ledger
from pytest_roadmap.scoring.limits import breaches

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from pytest_roadmap.model import Result, Scorecard
    from pytest_roadmap.running.asked import Asked


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What a run on a counter-example has shown of one probe."""

    requirement: str
    recognised: bool
    words: str


def record_passes(asked: Asked, card: Scorecard) -> None:
    """Note in each suite's ledger which probes have passed."""
    for suite in asked.suites:
        ledger = Ledger(suite.folder)
        passed = [r for r in _of(card, suite.roadmap.suite) if _passed(r)]
        for result in passed:
            ledger.record(result.findings[-1], card.run.id, failing=False)
        if passed:
            ledger.write()


def record_failures(
    asked: Asked, card: Scorecard, counterexamples: Path
) -> tuple[Shown, ...]:
    """Note which probes have failed as their counter-example says they must.

    Returns:
        What was shown of each probe that was run.
    """
    shown = []
    for suite in asked.suites:
        ledger = Ledger(suite.folder, counterexamples)
        for result in _of(card, suite.roadmap.suite):
            if result.outcome is Outcome.NOT_RUN or not result.findings:
                continue
            seen = _shown(result, counterexamples)
            shown.append(seen)
            if seen.recognised:
                ledger.record(result.findings[-1], card.run.id, failing=True)
        if any(seen.recognised for seen in shown):
            ledger.write()
    return tuple(shown)


def _shown(result: Result, counterexamples: Path) -> Shown:
    """Return whether the probe has failed as it must."""
    # Deferred: a run without counter-examples must not pay for this import.
    from pytest_roadmap.target.overlays import read_counter_example

    name = result.requirement.id
    said = f"{result.verdict.value}: {result.message}".rstrip(": ")
    try:
        expect = read_counter_example(counterexamples / f"{name}.yaml").expect
    except RoadmapError as error:
        return Shown(requirement=name, recognised=False, words=str(error))
    if result.verdict is not Verdict.FAILED:
        words = f"{said} (should fail with /{expect}/)"
        return Shown(requirement=name, recognised=False, words=words)
    # A probe that fails for what it asserts first has no message for the limits that
    # its numbers break, although they show what the counter-example lacks.
    broken = breaches(result.findings[-1], result.requirement.limits)
    if not re.search(expect, "; ".join((result.message, *broken))):
        words = f"{said} (should say /{expect}/)"
        return Shown(requirement=name, recognised=False, words=words)
    return Shown(requirement=name, recognised=True, words=result.message)


def _of(card: Scorecard, suite: str) -> Iterable[Result]:
    """Yield the results of one suite."""
    return (r for r in card.results if r.requirement.suite == suite)


def _passed(result: Result) -> bool:
    """Tell whether the probe has really run and passed."""
    return result.verdict is Verdict.PASSED and bool(result.findings)
