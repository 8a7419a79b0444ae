"""Which phase and which section each entry of an outline belongs to.

A phase is a title such as "Phase 4B: Main function" or "CRITICAL (P1)", or one beside
such a title; without any, the heading below the document's own title.  A section is the
next title below the phase.  A table with a column "Priority" that names the sections
makes its priorities the phases.
"""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING

from pytest_roadmap.plan.marks import without_signs
from pytest_roadmap.plan.outline import Role
from pytest_roadmap.plan.roles import PHASE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_roadmap.plan.outline import Entry

_PRIORITY = re.compile(r"(P\d+) \| ([^|]+)")
_SHORTEST_STEM = 4  # letters that a word of a row and one of a title have in common


def grouped(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """Return the entries with their phases and sections."""
    titles = {entry.above[:n] for entry in entries for n in range(len(entry.above) + 1)}
    beside = {path[:-1] for path in titles if path and PHASE.search(path[-1])}
    roots = {path[0] for path in titles if path}
    depth = 1 if len(roots) == 1 and len(titles) > len(roots) + 1 else 0
    placed = [_placed(entry, beside, depth) for entry in entries]
    return _by_priority(placed)


def _placed(entry: Entry, beside: set[tuple[str, ...]], depth: int) -> Entry:
    """Return one entry with its phase and section."""
    path = entry.above
    if not path:
        return entry
    places = range(len(path))
    at = next(
        (n for n in reversed(places) if PHASE.search(path[n])),
        next((n for n in reversed(places) if path[:n] in beside), None),
    )
    if at is None:
        at = min(depth, len(path) - 1)
    below = path[at + 1] if at + 1 < len(path) else path[at]
    return dataclasses.replace(entry, phase=_name(path[at]), section=_name(below))


def _name(title: str) -> str:
    """Return a title as people say it: without signs, emphasis and colon."""
    bare = re.sub(r"[*`]", "", without_signs(title))
    return re.sub(r"^\W+(?=\w)|:$", "", bare)


def _by_priority(entries: list[Entry]) -> tuple[Entry, ...]:
    """Return the entries, their phases replaced by the priorities of a table."""
    rows = [
        (match[1], match[2])
        for entry in entries
        if (match := _PRIORITY.match(entry.text))
    ]
    if not rows:
        return tuple(entries)
    priority: dict[str, str] = {}
    for level, name in rows:
        for heading in _nearest(name, {e.phase for e in entries if e.phase}):
            priority[heading] = level
    return tuple(_prioritised(entry, priority) for entry in entries)


def _prioritised(entry: Entry, priority: dict[str, str]) -> Entry:
    """Return an entry whose phase is its row's or its section's priority."""
    row = _PRIORITY.match(entry.text)
    level = row[1] if row else priority.get(entry.phase)
    if level is None or entry.role is not Role.REQUIREMENT:
        return entry
    return dataclasses.replace(entry, phase=level, section=entry.phase)


def _nearest(name: str, headings: set[str]) -> list[str]:
    """Return the one heading that shares most beginnings of words with a row's name."""
    shared = {heading: len(_stems(name) & _stems(heading)) for heading in headings}
    most = max(shared.values(), default=0)
    found = [heading for heading, number in shared.items() if number == most]
    return found if most and len(found) == 1 else []


def _stems(text: str) -> set[str]:
    """Return the beginnings of a text's words."""
    words = re.findall(r"[a-z0-9]+", text.casefold())
    return {word[:_SHORTEST_STEM] for word in words if len(word) >= _SHORTEST_STEM}
