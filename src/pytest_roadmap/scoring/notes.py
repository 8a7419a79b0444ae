"""Notes: what a reader must know that no single verdict says."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from pytest_roadmap.model import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pytest_roadmap.model import Finding, PhaseScore, Result, Run


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


def guess(name: str, ids: Sequence[str]) -> str:
    """Return a suggestion for a misspelt id, or nothing."""
    near = difflib.get_close_matches(name, ids, n=1)
    return f" (did you mean {near[0]}?)" if near else ""
