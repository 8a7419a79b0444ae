"""Who has signed the decision of this run, and whether it counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_roadmap.reporting.chapters import Cell, Chapter
from pytest_roadmap.reporting.reading import moment

if TYPE_CHECKING:
    from pytest_roadmap.model import Scorecard, SignOff


def chapter(scorecard: Scorecard) -> Chapter | None:
    """Return the signatures, None where nobody has signed."""
    if not scorecard.sign_offs:
        return None
    signed = len(scorecard.sign_offs)
    count = sum(not each.problem for each in scorecard.sign_offs)
    return Chapter(
        name="sign-offs",
        title="Signatures",
        place=20,
        lead=f"{count} of {signed} signatures of this decision count. "
        "`pytest-roadmap verify` checks them again.",
        columns=("who", "decision", "signed", "until", "counts", "note"),
        rows=tuple(_row(each) for each in scorecard.sign_offs),
    )


def _row(each: SignOff) -> tuple[Cell, ...]:
    """Return one signature as a row."""
    return (
        Cell(text=each.signer or each.key or each.file),
        Cell(text=each.decision),
        Cell(text=moment(each.issued) if each.issued else ""),
        Cell(text=each.expires.isoformat() if each.expires else ""),
        Cell(text=each.problem or "yes", broken=bool(each.problem)),
        Cell(text=each.note),
    )
