"""A roadmap document → what it promises: phases, sections, topics, totals, claims.

The document stays the user's, so this reads the notations that people really use and
keeps the line of everything.  What is not recognised is left out here and noticed by
`lint`, which compares what was found with what the plan expects.

    ### Phase 1: Infrastructure (45 tests)             PhaseText with its promised total
    **PDB**: minAvailable enforcement, drain behavior  SectionText with its topics
    | 1 | Infrastructure | 45 |                        a Row of a Table
    - **95%** Phase 3 (Chaos/Resilience)               CriterionText
    - [x] CODEOWNERS file                              Box with its Claim

Every line that says something, in whatever notation, is in the outline (`outlining`).
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING

from markdown_it import MarkdownIt

from pytest_roadmap.plan.document import (
    Box,
    CriterionText,
    Document,
    Heading,
    Paragraph,
    PhaseText,
    Row,
    SectionText,
)
from pytest_roadmap.plan.marks import marked
from pytest_roadmap.plan.outlining import outline

if TYPE_CHECKING:
    from markdown_it.token import Token

_PHASE = re.compile(r"Phase\s+(\d{1,4}):\s*(.+?)(?:\s*\((\d[\d,]*)\s+tests?\))?")
_SECTION = re.compile(r"\*\*([^*]+)\*\*:\s*(.+)", re.DOTALL)
_CRITERION = re.compile(
    r"(\d+(?:\.\d+)?)\s*%\D*?Phase\s+(\d+)(?:\s*[-\u2013]\s*(\d+))?(.*)"
)


def plain(text: str) -> str:
    """Return inline markdown without emphasis, code marks and doubled spaces."""
    return re.sub(r"\s+", " ", re.sub(r"[*`]", "", text)).strip()


def read_markdown(text: str, name: str) -> Document:
    """Return what a document's text promises and claims."""
    reader = _Reader()
    # Blocks are enough: emphasis and links are read as they were written.
    tokens = MarkdownIt("commonmark").enable("table").disable("inline").parse(text)
    for token in tokens:
        reader.take(token)
    return Document(
        name=name,
        text=text,
        entries=reader.entries,
        headings=tuple(reader.headings),
        paragraphs=tuple(reader.paragraphs),
        phases=_phases(reader.headings, reader.paragraphs),
        rows=tuple(reader.rows),
        criteria=_criteria(reader.paragraphs),
        boxes=tuple(reader.boxes()),
        outline=outline(tokens),
    )


class _Reader:
    """Collects headings, paragraphs, rows and boxes from the parser's tokens."""

    def __init__(self) -> None:
        self.headings: list[Heading] = []
        self.paragraphs: list[Paragraph] = []
        self.rows: list[Row] = []
        self.found: list[tuple[int, Box, list[str]]] = []
        self.open: list[tuple[int, Box, list[str]]] = []
        self.above: list[tuple[int, str]] = []
        self.level = 0
        self.items = 0
        self.entries = 0
        self.header: tuple[str, ...] = ()
        self.cells: list[str] | None = None
        self.row_line = 0

    def take(self, token: Token) -> None:
        """Take the next token of the document."""
        line = token.map[0] + 1 if token.map else 0
        match token.type:
            case "heading_open":
                self.level = int(token.tag[1:])
            case "heading_close":
                self.level = 0
            case "list_item_open":
                self.items += 1
                self.entries += 1
            case "list_item_close":
                self.items -= 1
                self.open = [entry for entry in self.open if entry[0] <= self.items]
            case "thead_open":
                self.header = ()
            case "tr_open":
                self.cells, self.row_line = [], line
            case "tr_close":
                self.row()
            case "inline":
                self.inline(token.content, line)

    def inline(self, text: str, line: int) -> None:
        """Take a heading's, a cell's or a paragraph's text."""
        if self.cells is not None:
            self.cells.append(plain(text))
        elif self.level:
            self.above = [entry for entry in self.above if entry[0] < self.level]
            above = tuple(name for _, name in self.above)
            entry = Heading(text=plain(text), level=self.level, line=line, above=above)
            self.headings.append(entry)
            self.above.append((self.level, entry.text))
        else:
            above = tuple(name for _, name in self.above)
            self.paragraphs.append(Paragraph(text=text, line=line, above=above))
            self.box(text, line, above)

    def box(self, text: str, line: int, above: tuple[str, ...]) -> None:
        """Take a list entry: a box of its own, or a detail of the boxes around it."""
        for _, _, details in self.open:
            details.append(text)
        words = marked(text)
        if self.items and words.box and words.claim:
            found = Box(
                claim=words.claim, text=words.text, details=(), line=line, above=above
            )
            self.found.append((self.items, found, []))
            self.open.append(self.found[-1])

    def row(self) -> None:
        """Close a table's row; the first one of a table names its columns."""
        cells = tuple(self.cells or ())
        self.cells = None
        if self.header:
            row = Row(header=self.header, cells=cells, line=self.row_line)
            self.rows.append(row)
        else:
            self.header = cells

    def boxes(self) -> list[Box]:
        """Return the boxes with the details that were found below each."""
        return [
            Box(
                claim=box.claim,
                text=box.text,
                details=tuple(details),
                line=box.line,
                above=box.above,
            )
            for _, box, details in self.found
        ]


def _phases(
    headings: list[Heading], paragraphs: list[Paragraph]
) -> tuple[PhaseText, ...]:
    """Return the phases that headings open, with the sections below each."""
    phases = []
    for heading in headings:
        match = _PHASE.fullmatch(heading.text)
        if match is None:
            continue
        path = (*heading.above, heading.text)
        phases.append(
            PhaseText(
                number=int(match[1]),
                name=match[2],
                total=int(match[3].replace(",", "")) if match[3] else None,
                line=heading.line,
                sections=_sections([p for p in paragraphs if p.above == path]),
            )
        )
    return tuple(phases)


def _sections(paragraphs: list[Paragraph]) -> tuple[SectionText, ...]:
    """Return the sections among the paragraphs of a phase."""
    return tuple(
        SectionText(
            name=plain(match[1]),
            topics=tuple(plain(topic) for topic in match[2].split(",")),
            line=paragraph.line,
        )
        for paragraph in paragraphs
        if (match := _SECTION.fullmatch(paragraph.text.strip()))
    )


def _criteria(paragraphs: list[Paragraph]) -> tuple[CriterionText, ...]:
    """Return the sentences that ask a share of a phase."""
    found = []
    for paragraph in paragraphs:
        match = _CRITERION.match(plain(paragraph.text))
        if match:
            first = int(match[2])
            found.append(
                CriterionText(
                    share=Fraction(match[1]) / 100,
                    first=first,
                    last=int(match[3]) if match[3] else first,
                    name=match[4].strip(" ()"),
                    text=plain(paragraph.text),
                    line=paragraph.line,
                )
            )
    return tuple(found)
