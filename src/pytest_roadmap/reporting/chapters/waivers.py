"""The ledger of accepted failures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_roadmap.model import Verdict
from pytest_roadmap.reporting.chapters import Cell, Chapter
from pytest_roadmap.reporting.reading import why

if TYPE_CHECKING:
    from pytest_roadmap.model import Result, Scorecard


def chapter(scorecard: Scorecard) -> Chapter | None:
    """Return the ledger, None where no requirement has a waiver."""
    waived = [result for result in scorecard.results if result.waiver is not None]
    if not waived:
        return None
    used = sum(result.verdict is Verdict.WAIVED for result in waived)
    return Chapter(
        name="waivers",
        title="Waivers",
        place=30,
        lead=_lead(scorecard, used, len(waived)),
        columns=("requirement", "state", "until", "owner, approver", "reason", "saw"),
        rows=tuple(_row(result) for result in waived),
    )


def _lead(scorecard: Scorecard, used: int, total: int) -> str:
    """Return what the waivers do to the rates."""
    asked = [phase for phase in scorecard.phases if phase.required]
    passed = sum(phase.passed for phase in asked)
    waived = sum(phase.waived for phase in asked)
    scope = sum(phase.total for phase in asked)
    return (
        f"Accepted failures, {used} of {total} in use. "
        f"Passed without them: {passed} of {scope}; with them: {passed + waived} of "
        f"{scope}. A waiver covers a failure and nothing else."
    )


def _row(result: Result) -> tuple[Cell, ...]:
    """Return one waiver as a row."""
    waiver = result.waiver
    if waiver is None:
        return ()
    state, broken = _state(result)
    return (
        Cell(text=result.requirement.id, requirement=result.requirement.id),
        Cell(text=state, broken=broken),
        Cell(text=waiver.expires.isoformat()),
        Cell(text=f"{waiver.owner}, {waiver.approver}"),
        Cell(text=waiver.reason),
        Cell(text=why(result), verdict=result.verdict),
    )


def _state(result: Result) -> tuple[str, bool]:
    """Return a waiver's state, and whether somebody must act."""
    if result.verdict is not Verdict.WAIVED:
        return "not in use", True
    if "waiver_expiring" in result.flags:
        return "expires soon", True
    return "in use", False
