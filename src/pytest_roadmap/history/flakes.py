"""Flake health: how steadily a requirement passes.

    health = pass rate * (1 - flip rate)

Only runs that tried the requirement count.  A change on the same commit is what
no change of the code explains, so those are counted apart.  A run in which
everything broke says something of the system, nothing of single requirements,
and is left out.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING

from pytest_roadmap.model import FlakeHealth
from pytest_roadmap.model.history import ABSENT, LETTERS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pytest_roadmap.history.window import Window

_PASSES = frozenset("pP")
_TRIED = frozenset("pfweuiPFWEUI")  # it was measured, whatever came of it
_ALL = [*LETTERS.values(), *(c.upper() for c in LETTERS.values()), ABSENT]
_IS_PASS = {ord(c): str(int(c in _PASSES)) for c in _ALL}
_IS_TRIED = {ord(c): str(int(c in _TRIED)) for c in _ALL}
_FEWEST = 5  # passes that have to vanish before it is an outage
_LOST = Fraction(4, 5)  # of them


def flake_health(window: Window) -> tuple[FlakeHealth, ...]:
    """Return the health of each requirement of the last run, the worst first."""
    out = set(outages(window))
    kept = [i for i, sheet in enumerate(window.sheets) if sheet.run.id not in out]
    commits = [sheet.run.commit for sheet in window.sheets]
    alike: dict[str, list[str]] = {}  # most requirements share a strip with others
    for name, strip in zip(window.names, window.strips, strict=True):
        alike.setdefault(strip, []).append(name)
    groups = [_health(strip, kept, commits, alike[strip]) for strip in alike]
    groups.sort(key=lambda group: _worst_first(group[0]))
    return tuple(health for group in groups for health in group)


def _health(
    strip: str, kept: Sequence[int], commits: Sequence[str], names: Sequence[str]
) -> list[FlakeHealth]:
    """Return the health of the requirements `names`, which share a strip."""
    attempts, passes, flips, same = _counts(strip, kept, commits)
    return [
        FlakeHealth(
            requirement=name,
            attempts=attempts,
            passes=passes,
            flips=flips,
            same_commit_flips=same,
            strip=strip,
        )
        for name in names
    ]


def _worst_first(health: FlakeHealth) -> tuple[bool, Fraction, int]:
    """Return the sort key; what nobody tried comes last."""
    return not health.attempts, health.health, -health.same_commit_flips


def unsteady(healths: Iterable[FlakeHealth]) -> tuple[FlakeHealth, ...]:
    """Return those that flipped, whether the code had changed or not."""
    return tuple(h for h in healths if h.flips or h.same_commit_flips)


def outages(window: Window) -> tuple[str, ...]:
    """Return the ids of the runs in which everything broke.

    That is a run in which four fifths of what passed in the last good run, at
    least five requirements, was tried and did not pass.  The first run is
    compared with the one after it.
    """
    seen = [(_bits(c, _IS_TRIED), _bits(c, _IS_PASS)) for c in window.columns]
    found = []
    good = None
    for place, sheet in enumerate(window.sheets):
        tried, passed = seen[place]
        other = good if good is not None else seen[min(place + 1, len(seen) - 1)][1]
        asked = (other & tried).bit_count()
        lost = asked - (other & passed).bit_count()
        if lost >= _FEWEST and lost >= _LOST * asked:
            found.append(sheet.run.id)
        else:
            good = passed
    return tuple(found)


def _bits(column: str, kind: dict[int, str]) -> int:
    """Return a column as a number with a bit per requirement."""
    return int(column.translate(kind) or "0", 2)


def _counts(
    strip: str, kept: Sequence[int], commits: Sequence[str]
) -> tuple[int, int, int, int]:
    """Return attempts, passes, flips and flips on one commit of a strip."""
    tried = [(strip[i] in _PASSES, commits[i]) for i in kept if strip[i] in _TRIED]
    changes = [
        before_commit == after_commit != ""
        for (before, before_commit), (after, after_commit) in pairwise(tried)
        if before != after
    ]
    retried = sum(strip[i].isupper() for i in kept)
    passes = sum(passed for passed, _ in tried)
    return len(tried), passes, len(changes), sum(changes) + retried
