"""The history on a scorecard: what the last runs tell, this one among them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_roadmap.history.flakes import flake_health, outages, unsteady
from pytest_roadmap.history.sheet import sheet_of
from pytest_roadmap.history.trends import failing_since, jumps, trend
from pytest_roadmap.history.window import Window
from pytest_roadmap.model import History

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_roadmap.history.sheet import Sheet
    from pytest_roadmap.model import Scorecard

RUNS = 30  # that are looked at, unless somebody asks for more


def history_of(sheets: Sequence[Sheet], *, more: bool = False) -> History:
    """Return what sheets tell, the oldest first.

    Args:
        sheets: The runs that are looked at.
        more: Whether there are older ones.
    """
    window = Window.of(sheets, more=more)
    return History(
        runs=tuple(sheet.run for sheet in window.sheets),
        trends=trend(window),
        failing=failing_since(window),
        flaky=unsteady(flake_health(window)),
        outages=outages(window),
        notes=jumps(window),
    )


def history_with(
    earlier: Sequence[Sheet], card: Scorecard, *, more: bool = False
) -> History:
    """Return what earlier runs and a run that has just been judged tell."""
    before = [sheet for sheet in earlier if sheet.run.id != card.run.id]
    return history_of([*before, sheet_of(card)], more=more)
