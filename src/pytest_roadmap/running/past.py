"""The run among those before it: what they tell, and the run's own place there.

The history is read before the reports are written and added to afterwards, so
that no trouble with it can cost a report.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pytest_roadmap.errors import HistoryError

if TYPE_CHECKING:
    from pytest_roadmap.history.places import Place
    from pytest_roadmap.model import Scorecard
    from pytest_roadmap.running.keeping import Keeper


class Past:
    """The history that a run belongs to.

    Args:
        place: Where it lies; None for a run that is not to be remembered.
        keeper: Is told what could not be read or written.
    """

    def __init__(self, place: Place | None, keeper: Keeper) -> None:
        self._place = place
        self._keeper = keeper

    def told(self, card: Scorecard) -> Scorecard:
        """Return the scorecard with what earlier runs tell, if they can be read."""
        if self._place is None:
            return card
        try:
            # SQLAlchemy is imported only once a run has ended.
            from pytest_roadmap.history.database import Database
            from pytest_roadmap.history.store import read
            from pytest_roadmap.history.summary import RUNS, history_with

            suites = [roadmap.suite for roadmap in card.roadmaps]
            earlier, more = read(Database(self._place), last=RUNS - 1, suites=suites)
        except HistoryError as error:
            self._fail(error)
            return card
        return replace(card, history=history_with(earlier, card, more=more))

    def add(self, card: Scorecard) -> None:
        """Add the run, unless the history could not even be read."""
        if self._place is None or card.history is None:
            return
        from pytest_roadmap.history.database import Database
        from pytest_roadmap.history.store import append

        try:
            append(Database(self._place), card)
        except HistoryError as error:
            self._fail(error)

    def _fail(self, error: HistoryError) -> None:
        """Tell what is wrong, and how the run gets into the history later."""
        again = f"pytest-roadmap history import {self._keeper.folder}"
        remedy = f"{error.remedy}; then add this run: {again}"
        told = HistoryError(
            f"the run is not in the history: {error.what}",
            where=error.where,
            remedy=remedy,
        )
        self._keeper.fail(told)
