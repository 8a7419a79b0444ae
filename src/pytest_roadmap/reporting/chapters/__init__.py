"""Chapters of a report: tables beside the requirements, one module per subject.

A module of this package takes part by defining `chapter(scorecard)`, which
returns None where there is nothing to tell; there is no list of them.  The page
and the summary show whatever chapters there are, by their `place`.
"""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_roadmap.reporting.sharing import shared

if TYPE_CHECKING:
    from pytest_roadmap.model import Scorecard, Verdict

__all__ = ["Cell", "Chapter", "chapters"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A cell of a chapter's table.

    `requirement` makes it a link to that requirement; `verdict` gives it the
    verdict's sign and colour; `broken` marks what somebody must mend.
    """

    text: str
    requirement: str = ""
    verdict: Verdict | None = None
    broken: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """A table with a heading and a sentence that says how to read it.

    `place` orders the chapters; `points` are lines of percentages (0 to 100),
    drawn as curves above the table, each with its name.
    """

    name: str
    title: str
    place: int
    lead: str = ""
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[Cell, ...], ...] = ()
    points: tuple[tuple[str, tuple[float, ...]], ...] = ()


@shared
def chapters(scorecard: Scorecard) -> list[Chapter]:
    """Return the chapters that have something to tell, in their order."""
    found = []
    for info in pkgutil.iter_modules(__path__):
        module = importlib.import_module(f"{__name__}.{info.name}")
        chapter: Chapter | None = module.chapter(scorecard)
        if chapter is not None:
            found.append(chapter)
    return sorted(found, key=lambda chapter: (chapter.place, chapter.name))
