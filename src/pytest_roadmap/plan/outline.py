"""The outline of a document: every line that says something, and what it is for.

An `Entry` is one line's worth of a document.  Whether it asks for something is a
`Role`, decided from its notation alone (`roles`), so nothing that could be asked is
left out because it is hard to measure.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from pytest_roadmap.model import Claim

_OWN_ID = re.compile(r"\*\*([A-Z][A-Z0-9]*(?:-[A-Z0-9]+)+)\*\*")


def own_id(text: str) -> str:
    """Return the id at the beginning of a line, or nothing."""
    found = _OWN_ID.match(text)
    return found[1] if found else ""


class Role(StrEnum):
    """What a line of a document is for."""

    REQUIREMENT = "requirement"  # it asks for something that holds or does not hold
    TITLE = "title"  # it names what stands below it
    DETAIL = "detail"  # where, why or what is wrong today: it belongs to another line
    STATUS = "status"  # it says how far another line is
    CRITERION = "criterion"  # it says when it is enough
    NARRATIVE = "narrative"  # it tells, sums up or plans time


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A line of a document.

    `text` is without its mark; `above` are the titles that it stands below, outermost
    first; `phase` and `section` are the ones that group it.  `box` says that a
    checkbox carries the claim, `fenced` that it stands in a code block.
    """

    role: Role
    claim: Claim
    text: str
    line: int
    above: tuple[str, ...] = ()
    phase: str = ""
    section: str = ""
    box: bool = False
    fenced: bool = False

    @property
    def own_id(self) -> str:
        """The id that the document itself gives the line, such as `P1-SEC-1`."""
        return own_id(self.text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """The entries of a document in its order."""

    entries: tuple[Entry, ...] = ()

    @property
    def requirements(self) -> tuple[Entry, ...]:
        """The entries that ask for something."""
        return tuple(e for e in self.entries if e.role is Role.REQUIREMENT)

    @property
    def phases(self) -> tuple[str, ...]:
        """The phases that ask for something, in the document's order."""
        return tuple(dict.fromkeys(e.phase for e in self.requirements))

    @property
    def sections(self) -> tuple[tuple[str, str], ...]:
        """The sections that ask for something, each with its phase."""
        return tuple(dict.fromkeys((e.phase, e.section) for e in self.requirements))

    def claims(self) -> dict[Claim, int]:
        """Return how many requirements have each claim, those that occur."""
        found = dict.fromkeys(Claim, 0)
        for entry in self.requirements:
            found[entry.claim] += 1
        return {claim: number for claim, number in found.items() if number}
