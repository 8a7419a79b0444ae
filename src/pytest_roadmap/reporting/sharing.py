"""What several reports of one run need is found out once."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_roadmap.model import Scorecard

T = TypeVar("T")


def shared(find: Callable[[Scorecard], T]) -> Callable[[Scorecard], T]:
    """Keep what `find` returned for the last scorecard; nobody may change it.

    A scorecard is told by its identity: to compare two of them, or to hash one,
    takes longer than what is saved.
    """
    kept: list[tuple[Scorecard, T]] = []

    @functools.wraps(find)
    def found(scorecard: Scorecard) -> T:
        """Return what is kept, or find it."""
        if not kept or kept[0][0] is not scorecard:
            kept[:] = [(scorecard, find(scorecard))]
        return kept[0][1]

    return found
