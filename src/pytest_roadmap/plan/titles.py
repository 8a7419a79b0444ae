"""The titles above a line, and what they mean for it."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from pytest_roadmap.model import Claim

BOLD = 7  # the level of a paragraph of bold words: below every heading


@dataclass(frozen=True, slots=True, kw_only=True)
class Title:
    """An open title, and what it claims of the unmarked lines below it."""

    level: int
    text: str
    claim: Claim | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Below:
    """What a line of a list stands below."""

    titles: tuple[Title, ...]
    box: bool = False
    fenced: bool = False
    offset: int = 0
    level: int = 0

    @property
    def names(self) -> tuple[str, ...]:
        """The titles' words."""
        return tuple(title.text for title in self.titles)

    @property
    def silent(self) -> tuple[str, ...]:
        """The words of the titles below the last one that claims something."""
        claiming = [n for n, title in enumerate(self.titles) if title.claim]
        return self.names[claiming[-1] + 1 if claiming else 0 :]

    @property
    def claim(self) -> Claim:
        """The claim of the nearest title that makes one; open without any."""
        claims = (title.claim for title in reversed(self.titles))
        return next((claim for claim in claims if claim), Claim.OPEN)

    def under(self, text: str, claim: Claim | None, *, box: bool) -> Below:
        """Return what the lines below one more title stand below."""
        title = Title(level=BOLD + self.level, text=text, claim=claim)
        titles = (*self.titles, title)
        return dataclasses.replace(self, titles=titles, box=box, level=self.level + 1)
