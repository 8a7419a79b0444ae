"""Tables that ask: rows with a status, and rows with a priority."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_roadmap.model import Claim
from pytest_roadmap.plan.marks import status
from pytest_roadmap.plan.outline import Entry, Role

if TYPE_CHECKING:
    from collections.abc import Iterator

    from markdown_it.tree import SyntaxTreeNode

_STATUS = {"status", "current status", "state", "done", "progress"}
_PRIORITY = {"priority", "prio"}


def row_entries(table: SyntaxTreeNode, above: tuple[str, ...]) -> Iterator[Entry]:
    """Yield a table's rows; those of one without status or priority ask nothing."""
    header, *rows = [row for row in table.walk() if row.type == "tr"]
    names = [name.casefold().strip("*") for name in _cells(header)]
    at = next((n for n, name in enumerate(names) if name in _STATUS), None)
    asks = at is not None or any(name in _PRIORITY for name in names)
    for row in rows:
        cells = _cells(row)
        claim = Claim.OPEN if asks else Claim.NONE
        if at is not None:
            claim = status(cells[at]) if cells[at] else Claim.NONE
        yield Entry(
            role=Role.REQUIREMENT if asks else Role.NARRATIVE,
            claim=claim,
            text=" | ".join(cells),
            line=row.map[0] + 1 if row.map else 0,
            above=above,
        )


def _cells(row: SyntaxTreeNode) -> list[str]:
    """Return the texts of a row's cells."""
    return [
        "".join(inline.content for inline in cell.children).strip()
        for cell in row.children
    ]
