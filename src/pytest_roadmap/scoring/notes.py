"""Notes: what a reader must know that no single verdict says."""

from __future__ import annotations

import difflib
from fractions import Fraction
from typing import TYPE_CHECKING

from pytest_roadmap.model import Verdict
from pytest_roadmap.model.percent import percent

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from pytest_roadmap.model import (
        Baseline,
        Criteria,
        Criterion,
        Finding,
        PhaseScore,
        Result,
        Run,
    )

CLOCK_TOLERANCE = 300.0  # two machines' clocks; more is a wrong time


def on_run(
    run: Run, phases: Sequence[PhaseScore], gate: frozenset[tuple[str, int]] | None
) -> tuple[str, ...]:
    """Return the notes on an interrupted run and on a narrowed gate."""
    notes = []
    if not run.complete:
        notes.append("The run was interrupted; what it did not reach is not run.")
    if gate is not None:
        known = {(phase.suite, phase.number) for phase in phases}
        names = ", ".join(f"{suite} {number}" for suite, number in sorted(gate))
        notes.append(
            f"The gate is narrowed to phase {names or '(none)'}; "
            f"{len(known - gate)} other phases are shown but not asked for."
        )
        notes += [
            f"The gate asks for phase {number} of {suite}: no plan has it."
            for suite, number in sorted(gate - known)
        ]
    return tuple(notes)


def on_results(results: Sequence[Result]) -> tuple[str, ...]:
    """Return the notes on what left the count and on unregistered probes."""
    notes = []
    for verdict in Verdict:
        count = sum(result.verdict is verdict for result in results)
        if count and not verdict.in_scope:
            word = verdict.value.replace("_", " ")
            notes.append(f"Left out of the count: {count} {word}.")
    for result in results:
        if any(finding.probe not in result.probes for finding in result.findings):
            name = result.requirement.id
            notes.append(f"{name} has findings of a probe that is not registered.")
    return tuple(notes)


def on_strangers(
    mapped: Iterable[str], strays: Sequence[Finding], ids: Sequence[str]
) -> tuple[str, ...]:
    """Return the notes on findings and probes for ids that no plan has."""
    known = frozenset(ids)
    notes = [
        f"Findings for {name} are left out: no plan has it{guess(name, ids)}."
        for name in sorted({finding.requirement for finding in strays})
    ]
    notes += [
        f"A probe is registered for {name}: no plan has it{guess(name, ids)}."
        for name in sorted(set(mapped) - known)
    ]
    return tuple(notes)


def on_clocks(run: Run, findings: Iterable[Finding], now: float) -> Iterator[str]:
    """Yield the notes on times that cannot be: a clock jumped."""
    if run.finished < run.started:
        yield "The run ended before it began: a clock was set back meanwhile."
    late = [f for f in findings if f.started > now + CLOCK_TOLERANCE]
    if late:
        names = sorted({f.requirement for f in late})
        more = f" and {len(names) - 1} more" if len(names) > 1 else ""
        yield (
            f"What was seen of {names[0]}{more} has a time after that of judging: "
            f"a clock was wrong."
        )
    if any(f.duration_s < 0 for f in findings):
        yield "A probe ended before it began: a clock was set back."


def on_weights(
    criteria: Mapping[str, Criteria], results: Sequence[Result]
) -> Iterator[str]:
    """Yield how much of a phase those requirements are that count more than once."""
    for suite, stated in sorted(criteria.items()):
        for criterion in stated.phases:
            if criterion.weights:
                yield from _shares(suite, criterion, results)


def _shares(
    suite: str, criterion: Criterion, results: Sequence[Result]
) -> Iterator[str]:
    """Yield the share of each weight in one phase."""
    weights, place = dict(criterion.weights), (suite, criterion.phase)
    each = [
        weights.get(r.requirement.id, 1)
        for r in results
        if r.verdict.in_scope and (r.requirement.suite, r.requirement.phase) == place
    ]
    for weight in sorted(set(each) - {1}, reverse=True):
        many = each.count(weight)
        share = percent(Fraction(many * weight, sum(each)))
        yield (
            f"In phase {criterion.phase} of {suite} {many} of {len(each)} requirements "
            f"count {weight} times: {share} of all points."
        )


def on_baseline(
    criteria: Mapping[str, Criteria], baseline: Baseline | None
) -> Iterator[str]:
    """Yield what the run is compared with, or that nothing was named."""
    asking = any(c.regression for each in criteria.values() for c in each.phases)
    if asking and baseline is None:
        yield "A criterion compares with earlier runs, and none was named: --baseline."
    elif asking and baseline is not None:
        many = "runs" if len(baseline.runs) > 1 else "run"
        yield f"Compared with the {many} {', '.join(baseline.runs)}."


def guess(name: str, ids: Sequence[str]) -> str:
    """Return a suggestion for a misspelt id, or nothing."""
    near = difflib.get_close_matches(name, ids, n=1)
    return f" (did you mean {near[0]}?)" if near else ""
