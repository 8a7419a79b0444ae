"""Where the document says something else than what was measured."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from pytest_roadmap.model import Drift, DriftKind, drift
from pytest_roadmap.reporting.chapters import Cell, Chapter

if TYPE_CHECKING:
    from pytest_roadmap.model import Scorecard

WORDS = {
    DriftKind.OVER_CLAIM: "ticked, and it fails",
    DriftKind.UNVERIFIED: "ticked, and nobody can tell",
    DriftKind.CONTRADICTION: "the document contradicts itself",
    DriftKind.DUPLICATE: "said twice",
    DriftKind.VANISHED: "gone from the document",
    DriftKind.CHANGED: "its words have changed",
    DriftKind.UNDER_CLAIM: "open, and it passes",
}


def chapter(scorecard: Scorecard) -> Chapter | None:
    """Return the disagreements, None where there are none."""
    found = drift(scorecard)
    if not found:
        return None
    counts = Counter(each.kind for each in found)
    told = "; ".join(f"{WORDS[kind]}: {counts[kind]}" for kind in counts)
    return Chapter(
        name="drift",
        title="Document and measurement",
        place=50,
        lead=f"A tick in the document earns no point. {told}. "
        "`pytest-roadmap tick RUN` offers the ticks that this run bears.",
        columns=("what", "requirement", "line", "said"),
        rows=tuple(_row(each) for each in found),
    )


def _row(each: Drift) -> tuple[Cell, ...]:
    """Return one disagreement as a row."""
    line = f"{each.file}:{each.line}" if each.line else each.file
    return (
        Cell(text=WORDS[each.kind], broken=each.kind is not DriftKind.UNDER_CLAIM),
        Cell(text=each.requirement, requirement=each.requirement),
        Cell(text=line),
        Cell(text=each.sentence),
    )
