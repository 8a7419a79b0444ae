"""What every report reads out of a scorecard: one place, so that they agree."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_roadmap.model import Decision, Flip, Outcome, Verdict
from pytest_roadmap.model.percent import percent
from pytest_roadmap.reporting.sharing import shared
from pytest_roadmap.reporting.text import unmarked

if TYPE_CHECKING:
    from collections.abc import Sequence
    from fractions import Fraction

    from pytest_roadmap.model import (
        Change,
        PhaseScore,
        Requirement,
        Result,
        Scorecard,
    )

# A sign per verdict, so that no report tells them apart by colour alone.
SIGNS = {
    Verdict.PASSED: "✓",
    Verdict.FAILED: "✗",
    Verdict.WAIVED: "◐",
    Verdict.ERROR: "!",
    Verdict.UNAVAILABLE: "∅",
    Verdict.INCONCLUSIVE: "≈",
    Verdict.PARTIAL: "◔",
    Verdict.NOT_RUN: "·",
    Verdict.STALE: "↺",
    Verdict.UNMAPPED: "?",
    Verdict.NOT_REVIEWED: "?",
    Verdict.NOT_APPLICABLE: "○",
    Verdict.DEFERRED: "→",
    Verdict.DROPPED: "⊘",
}
DECISION_SIGNS = {
    Decision.GO: "✓",
    Decision.CONDITIONAL: "◐",
    Decision.INDETERMINATE: "?",
    Decision.NO_GO: "✗",
}
# Who has to act first stands first: a counter-example, then what hides one.
_URGENCY = (
    Verdict.FAILED,
    Verdict.ERROR,
    Verdict.UNAVAILABLE,
    Verdict.INCONCLUSIVE,
    Verdict.PARTIAL,
    Verdict.STALE,
    Verdict.NOT_RUN,
    Verdict.NOT_REVIEWED,
    Verdict.UNMAPPED,
    Verdict.WAIVED,
)
_MOST_CHANGES = 2  # phases whose requirements are named one by one
_BLOCKED = {Decision.NO_GO, Decision.INDETERMINATE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Requirements that hold the release up for one and the same reason."""

    results: tuple[Result, ...]
    must_hold: bool

    @property
    def first(self) -> Result:
        """The first of them in the plan's order."""
        return self.results[0]


def word(verdict: Verdict) -> str:
    """Return a verdict as a reader writes it."""
    return verdict.value.replace("_", " ")


@shared
def counts(scorecard: Scorecard) -> dict[Verdict, int]:
    """Return how many requirements have each verdict, in the verdicts' order."""
    found = dict.fromkeys(Verdict, 0)
    for result in scorecard.results:
        found[result.verdict] += 1
    return found


@shared
def by_phase(scorecard: Scorecard) -> list[tuple[PhaseScore, list[Result]]]:
    """Return the phases with their results, in the plan's order."""
    results: dict[tuple[str, int], list[Result]] = {}
    for result in scorecard.results:
        key = (result.requirement.suite, result.requirement.phase)
        results.setdefault(key, []).append(result)
    return [(p, results.get((p.suite, p.number), [])) for p in scorecard.phases]


@shared
def must_hold(scorecard: Scorecard) -> frozenset[str]:
    """Return the ids that must pass whatever the rate."""
    if scorecard.basis is None:
        return frozenset()
    return frozenset(
        name
        for _, criteria in scorecard.basis.criteria
        for criterion in criteria.phases
        for name in criterion.must_hold
    )


def criterion_sentences(scorecard: Scorecard) -> dict[tuple[str, int], str]:
    """Return the words of the document's sentence of each phase that quotes one."""
    if scorecard.basis is None:
        return {}
    return {
        (suite, criterion.phase): unmarked(criterion.sentence)
        for suite, criteria in scorecard.basis.criteria
        for criterion in criteria.phases
        if criterion.sentence
    }


@shared
def blocking_ids(scorecard: Scorecard) -> frozenset[str]:
    """Return the requirements that keep a required phase from its GO."""
    blocked = {
        (p.suite, p.number)
        for p in scorecard.phases
        if p.required and p.decision in _BLOCKED
    }
    return frozenset(
        r.requirement.id
        for r in scorecard.results
        if (r.requirement.suite, r.requirement.phase) in blocked
        and (r.verdict is Verdict.FAILED or r.verdict.unknown)
    )


@shared
def blocks(scorecard: Scorecard) -> list[Block]:
    """Return what holds the release up, what matters most first.

    Requirements with one verdict and one message in one phase stand together,
    so that forty consequences of one cause are one line.
    """
    ids, must = blocking_ids(scorecard), must_hold(scorecard)
    groups: dict[tuple[object, ...], list[Result]] = {}
    for result in scorecard.results:
        requirement = result.requirement
        if requirement.id in ids:
            place = (requirement.suite, requirement.phase, requirement.id in must)
            said = result.message if alike(result) else requirement.id
            groups.setdefault((*place, result.verdict, said), []).append(result)
    found = [
        Block(results=tuple(group), must_hold=bool(key[2]))
        for key, group in groups.items()
    ]
    worst = {(p.suite, p.number): -p.decision.rank for p in scorecard.phases}
    found.sort(key=lambda block: _urgency(block, worst))
    return found


def alike(result: Result) -> bool:
    """Tell whether results with this verdict and message may share a line."""
    return result.verdict in {Verdict.NOT_RUN, Verdict.UNMAPPED} or bool(result.message)


def _urgency(block: Block, worst: dict[tuple[str, int], int]) -> tuple[int, ...]:
    """Return the sort key of a block; sorting keeps the plan's order otherwise."""
    requirement = block.first.requirement
    rank = worst[requirement.suite, requirement.phase]
    return (rank, not block.must_hold, _URGENCY.index(block.first.verdict))


def why(result: Result) -> str:
    """Return what to tell of a result: its message, else its verdict's meaning."""
    if result.message:
        return result.message
    return "" if result.verdict is Verdict.PASSED else word(result.verdict)


def share(value: Fraction | None) -> str:
    """Return a share as a percentage, a dash for none."""
    return "—" if value is None else percent(value)


def phase_name(phase: PhaseScore) -> str:
    """Return what a reader calls a phase."""
    return f"{phase.number} {phase.name}".rstrip()


def phase_decision(phase: PhaseScore) -> str:
    """Return a phase's decision; one that is not asked for has none."""
    if phase.required:
        return phase.decision.value
    return "not asked" if phase.threshold is not None else "no criterion"


def requirements_by_id(scorecard: Scorecard) -> dict[str, Requirement]:
    """Return the requirements by id."""
    return {r.requirement.id: r.requirement for r in scorecard.results}


def flip_sentences(scorecard: Scorecard, shown: int = 5) -> list[str]:
    """Return what would change the decision, one sentence per flip."""
    return [_flip(flip, shown) for flip in scorecard.flips]


def _flip(flip: Flip, shown: int) -> str:
    """Return one flip as a sentence."""
    if flip.outcome is Outcome.FAILED:
        (change,) = flip.changes
        many = _some(change.count, len(change.among), "passes", change.among, shown)
        return f"It would become {flip.becomes} if {many} failed instead."
    if len(flip.changes) > _MOST_CHANGES:
        parts = [f"{_many(change)} in phase {change.phase}" for change in flip.changes]
        every = ", ".join(parts)
        return f"It would become {flip.becomes} if {flip.size} more passed: {every}."
    parts = [_change(change, shown) for change in flip.changes]
    return f"It would become {flip.becomes} if {' and '.join(parts)}."


def _many(change: Change) -> str:
    """Return how many requirements one phase needs."""
    if not change.count:
        return str(len(change.each))
    every = change.count == len(change.among)
    chosen = f"{change.count}" if every else f"{change.count} of {len(change.among)}"
    return f"{len(change.each)} and {chosen}" if change.each else chosen


def _change(change: Change, shown: int) -> str:
    """Return what one phase needs, as a clause."""
    parts = [first(change.each, shown)] if change.each else []
    if change.count:
        also = "also " if change.each else ""
        those = _some(change.count, len(change.among), "", change.among, shown)
        parts.append(f"{also}{those}")
    return f"{' and '.join(parts)} passed (phase {change.phase})"


def _some(count: int, total: int, noun: str, names: Sequence[str], shown: int) -> str:
    """Return "2 of these 5 (A, B …)", or the names alone if all are needed."""
    if count == total:
        return first(names, shown)
    if total > 2 * shown:
        return f"{count} of {total} {noun or 'others'}"
    return f"{count} of these {total} ({first(names, total)})"


def first(names: Sequence[str], shown: int) -> str:
    """Return the first names, and how many more there are."""
    if len(names) > shown:
        return f"{', '.join(names[:shown])} and {len(names) - shown} more"
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))


def moment(seconds: float) -> str:
    """Return a time as ISO 8601 in UTC, to the second."""
    time = dt.datetime.fromtimestamp(int(seconds), tz=dt.UTC)
    return time.isoformat().replace("+00:00", "Z")


def duration(seconds: float) -> str:
    """Return a duration as a reader says it: `4.2 s`, `3 min 05 s`."""
    if seconds < 60:  # noqa: PLR2004 - a minute
        return f"{seconds:.1f} s"
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} min" if hours else f"{minutes} min {rest:02d} s"
