"""The nouns of a document: what it promises and claims, each with its line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fractions import Fraction

    from pytest_roadmap.model import Claim
    from pytest_roadmap.plan.outline import Outline


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """A heading with the headings above it, outermost first."""

    text: str
    level: int
    line: int
    above: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraph:
    """A paragraph or a list entry without its nested ones."""

    text: str
    line: int
    above: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionText:
    """A named line of topics below a phase."""

    name: str
    topics: tuple[str, ...]
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseText:
    """A phase's heading, its promised total and its sections."""

    number: int
    name: str
    total: int | None
    line: int
    sections: tuple[SectionText, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row of a table; `header` holds the names of its columns."""

    header: tuple[str, ...]
    cells: tuple[str, ...]
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CriterionText:
    """A sentence that asks a share of one phase, or of several in a row."""

    share: Fraction
    first: int
    last: int
    name: str
    text: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A checkbox with what is nested below it."""

    claim: Claim
    text: str
    details: tuple[str, ...]
    line: int
    above: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """All that was recognised in a document, in its order.

    `entries` is the number of its list entries, whatever they say; `outline` is every
    line with its role and its claim.
    """

    name: str
    text: str
    entries: int
    headings: tuple[Heading, ...]
    paragraphs: tuple[Paragraph, ...]
    phases: tuple[PhaseText, ...]
    rows: tuple[Row, ...]
    criteria: tuple[CriterionText, ...]
    boxes: tuple[Box, ...]
    outline: Outline

    @property
    def asks(self) -> bool:
        """Whether there is anything in it that could ask for something."""
        return bool(self.entries or any(phase.sections for phase in self.phases))

    def where(self, line: int) -> str:
        """Return a line of the document as `file:line`."""
        return f"{self.name}:{line}"
