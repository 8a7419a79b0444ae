"""Where a reader mends what a report tells: a line of the document."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_roadmap.model import Verdict
from pytest_roadmap.reporting.reading import blocking_ids, why, word
from pytest_roadmap.reporting.sharing import shared
from pytest_roadmap.reporting.text import one_line

if TYPE_CHECKING:
    from pytest_roadmap.model import Result, Scorecard


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A requirement that a pull request's reader should see, and where.

    `level` is `error`, `warning` or `notice`; `file` is relative to the current
    folder where it lies in it.
    """

    result: Result
    level: str
    file: str
    line: int
    text: str


@shared
def told(scorecard: Scorecard) -> list[Told]:
    """Return what is not simply fine, in the plan's order.

    Failures and unknowns that block are errors, other unknowns warnings, waived
    failures and flaky passes notices.
    """
    blocking = blocking_ids(scorecard)
    places = _places(scorecard)
    found = []
    for result in scorecard.results:
        level = _level(result, blocks=result.requirement.id in blocking)
        if level:
            file, line = places.get(result.requirement.id, ("", 1))
            found.append(
                Told(
                    result=result,
                    level=level,
                    file=file,
                    line=max(1, line),
                    text=_text(result),
                )
            )
    return found


def _level(result: Result, *, blocks: bool) -> str:
    """Return how much a result matters, empty for one that is fine."""
    verdict = result.verdict
    if verdict is Verdict.FAILED or (verdict.unknown and blocks):
        return "error"
    if verdict.unknown:
        return "warning"
    if verdict is Verdict.WAIVED or "flaky" in result.flags:
        return "notice"
    return ""


def _text(result: Result) -> str:
    """Return what is to be told of a result."""
    title = one_line(result.requirement.title)
    said = one_line(why(result), 600)
    if result.verdict is Verdict.PASSED:
        said = "passed only after a retry"
    elif said == word(result.verdict):
        return f"{title} ({said})"
    return f"{title} ({word(result.verdict)}: {said})"


def _places(scorecard: Scorecard) -> dict[str, tuple[str, int]]:
    """Return file and line of each requirement: the document's, else the plan's."""
    found = {}
    for roadmap in scorecard.roadmaps:
        plan = _near(f"{roadmap.root}/plan.yaml")
        document = "" if roadmap.document is None else _near(roadmap.document.name)
        for phase in roadmap.phases:
            for section in phase.sections:
                for requirement in section.requirements:
                    there = (document, section.line)
                    own = (plan, requirement.line)
                    found[requirement.id] = there if document and there[1] else own
    return found


def _near(name: str) -> str:
    """Return a path relative to the current folder where it lies in it."""
    path = Path(name)
    here = Path.cwd()
    if path.is_absolute() and path.is_relative_to(here):
        path = path.relative_to(here)
    return one_line(path.as_posix())
