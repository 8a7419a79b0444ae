"""The roadmap document, its lines tied to what was measured of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_roadmap.reporting.text import middle_out, one_line

if TYPE_CHECKING:
    from pytest_roadmap.model import Result, Roadmap, Scorecard

_MOST_LINES = 3_000
_LONGEST_LINE = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of the document with the results of what it asks."""

    number: int
    text: str
    results: tuple[Result, ...]

    @property
    def heading(self) -> bool:
        """Whether the line is a Markdown heading."""
        return self.text.startswith("#")


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotated:
    """A document with as many lines as a page bears."""

    name: str
    lines: tuple[Line, ...]
    left_out: int


def documents(scorecard: Scorecard) -> list[Annotated]:
    """Return the documents whose text the scorecard has."""
    results = {result.requirement.id: result for result in scorecard.results}
    return [
        _annotated(roadmap, results)
        for roadmap in scorecard.roadmaps
        if roadmap.document is not None
    ]


def _annotated(roadmap: Roadmap, results: dict[str, Result]) -> Annotated:
    """Return one document with the results of each section at its line."""
    asked: dict[int, list[Result]] = {}
    for phase in roadmap.phases:
        for section in phase.sections:
            asked.setdefault(section.line, []).extend(
                results[requirement.id] for requirement in section.requirements
            )
    document = roadmap.document
    texts = () if document is None else document.text.splitlines()
    lines = tuple(
        Line(
            number=number,
            text=one_line(middle_out(text, _LONGEST_LINE), 2 * _LONGEST_LINE),
            results=tuple(asked.get(number, ())),
        )
        for number, text in enumerate(texts[:_MOST_LINES], start=1)
    )
    name = "" if document is None else document.name
    left_out = max(0, len(texts) - _MOST_LINES)
    return Annotated(name=name, lines=lines, left_out=left_out)
