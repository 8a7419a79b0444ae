"""Two runs compared: new, gone, fixed, regressed, became unknown, unchanged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_roadmap.errors import ReportError
from pytest_roadmap.model import Difference, Moved, PhaseMoved, Transition, Verdict

if TYPE_CHECKING:
    from pytest_roadmap.model import PhaseScore, Result, Scorecard


def compare(before: Scorecard, after: Scorecard) -> Difference:
    """Return what changed from `before` to `after`.

    Raises:
        ReportError: They have no suite in common.
    """
    suites = [{r.suite for r in card.roadmaps} for card in (before, after)]
    if not suites[0] & suites[1]:
        names = [", ".join(sorted(known)) or "(none)" for known in suites]
        raise ReportError(
            f"the runs have no suite in common: {names[0]} and {names[1]}",
            where="diff",
            remedy="name two runs of one suite",
        )
    return Difference(
        before=before.run.id,
        after=after.run.id,
        decision_before=before.decision,
        decision_after=after.decision,
        phases=_phases(before, after),
        requirements=_requirements(before, after),
    )


def _requirements(before: Scorecard, after: Scorecard) -> tuple[Moved, ...]:
    """Return what happened to each requirement, in the plans' order."""
    old = {result.requirement.id: result for result in before.results}
    new = {result.requirement.id: result for result in after.results}
    return tuple(_moved(old.get(n), new.get(n)) for n in dict.fromkeys((*new, *old)))


def _moved(old: Result | None, new: Result | None) -> Moved:
    """Return what happened to one requirement, of which at least one is there."""
    shown = new or old
    assert shown is not None  # noqa: S101 - its id came from one of the two
    verdicts = old.verdict if old else None, new.verdict if new else None
    return Moved(
        requirement=shown.requirement.id,
        title=shown.requirement.title,
        phase=shown.requirement.phase,
        transition=transition(*verdicts),
        before=verdicts[0],
        after=verdicts[1],
        message=new.message if new else "",
    )


def transition(old: Verdict | None, new: Verdict | None) -> Transition:
    """Return what it means that a verdict changed from `old` to `new`."""
    if old is None or new is None:
        return Transition.NEW if old is None else Transition.GONE
    if old is new:
        return Transition.UNCHANGED
    if new is Verdict.FAILED:
        return Transition.REGRESSED
    if new is Verdict.PASSED:
        return Transition.FIXED
    if new.unknown and not old.unknown:
        return Transition.BECAME_UNKNOWN
    return Transition.CHANGED


def _phases(before: Scorecard, after: Scorecard) -> tuple[PhaseMoved, ...]:
    """Return what happened to each phase: its share, and what it is a share of."""
    old = {(phase.suite, phase.number): phase for phase in before.phases}
    new = {(phase.suite, phase.number): phase for phase in after.phases}
    found = []
    for key in dict.fromkeys((*new, *old)):
        one, two = old.get(key), new.get(key)
        found.append(
            PhaseMoved(
                suite=key[0],
                number=key[1],
                name=_name(one, two),
                before=one.low if one else None,
                after=two.low if two else None,
                total_before=one.total if one else 0,
                total_after=two.total if two else 0,
            )
        )
    return tuple(found)


def _name(old: PhaseScore | None, new: PhaseScore | None) -> str:
    """Return the name of a phase, the later one where it was renamed."""
    return new.name if new else old.name if old else ""
