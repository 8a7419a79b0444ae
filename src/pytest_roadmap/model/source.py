"""The document behind a plan, as it was read for a run."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_roadmap.model.roadmap import Claim


class Wording(StrEnum):
    """Whether the document still says what a requirement was mapped to."""

    SAME = "same"
    CHANGED = "changed"  # the line is there in other words
    TWICE = "twice"  # several lines say it: nobody can tell which one is meant
    VANISHED = "vanished"  # no line says it any more
    NONE = "none"  # the plan does not say which words it stands for


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceLine:
    """What the document says of one requirement.

    `line` is the 1-based line in the document, 0 where it has none; `text` is the
    line without its mark; `box` says that a checkbox carries the claim.
    """

    requirement: str
    wording: Wording
    claim: Claim
    line: int = 0
    text: str = ""
    box: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """Where the document contradicts itself."""

    line: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A document: its file, the SHA-256 (hex) of its bytes, and what it says."""

    file: str
    digest: str
    lines: tuple[SourceLine, ...] = ()
    remarks: tuple[Remark, ...] = ()

    def of(self, requirement: str) -> SourceLine | None:
        """Return what the document says of a requirement."""
        return next((ln for ln in self.lines if ln.requirement == requirement), None)
