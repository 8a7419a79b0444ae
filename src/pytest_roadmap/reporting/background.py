"""Behind what blocks: who answers for it, and since when it fails."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_roadmap.reporting.reading import first, moment
from pytest_roadmap.reporting.text import one_line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_roadmap.model import FailingSince, Scorecard
    from pytest_roadmap.reporting.reading import Block

_SHOWN = 3  # owners of one block


@dataclass(frozen=True, slots=True, kw_only=True)
class Background:
    """The owners of a run's requirements and their unbroken rows of failures.

    Both are by requirement id; who or what is not known has no entry.
    """

    owners: Mapping[str, str]
    failing: Mapping[str, FailingSince]

    def owner(self, block: Block) -> str:
        """Return who answers for what blocks, nothing where nobody is named."""
        ids = [result.requirement.id for result in block.results]
        names = dict.fromkeys(self.owners[name] for name in ids if name in self.owners)
        return one_line(first(tuple(names), _SHOWN), 120)

    def since(self, block: Block) -> FailingSince | None:
        """Return the oldest failure of what blocks that no pass has ended."""
        ids = [result.requirement.id for result in block.results]
        rows = [self.failing[name] for name in ids if name in self.failing]
        return min(rows, key=lambda row: row.started, default=None)

    def told(self, block: Block) -> str:
        """Return owner and beginning of what blocks, as one clause."""
        owner, row = self.owner(block), self.since(block)
        parts = (owner and f"owner {owner}", row and since(row))
        return "; ".join(part for part in parts if part)


def of(scorecard: Scorecard) -> Background:
    """Return the background of a run's requirements.

    The plan says who owns a requirement; where it names nobody, the owner of its
    waiver does, even of one that is over: they have said that they mend it.  Where
    the history has no earlier run, nobody knows since when anything fails.
    """
    basis, past = scorecard.basis, scorecard.history
    waivers = sorted(basis.waivers if basis else (), key=lambda w: w.expires)
    owners = {waiver.requirement: waiver.owner for waiver in waivers}
    stated = ((r.requirement.id, r.requirement.owner) for r in scorecard.results)
    owners |= {name: owner for name, owner in stated if owner}
    rows = past.failing if past is not None and len(past.runs) > 1 else ()
    return Background(owners=owners, failing={row.requirement: row for row in rows})


def since(row: FailingSince) -> str:
    """Return when and in which run a row of failures began."""
    least = "at least " if row.at_least else ""
    runs = f"{row.runs} run" if row.runs == 1 else f"{row.runs} runs"
    name = one_line(row.run, 60)
    return f"failing since {least}{moment(row.started)[:10]} (run {name}, {runs})"


def short(row: FailingSince) -> str:
    """Return only the day, for a screen."""
    return f"since {'≤ ' * row.at_least}{moment(row.started)[:10]}"
