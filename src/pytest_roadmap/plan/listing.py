"""What `pytest-roadmap plan list` tells of each requirement."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_roadmap.plan.probes_index import by_requirement, index_probes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from pytest_roadmap.model import Requirement
    from pytest_roadmap.plan.probes_index import IndexedProbe
    from pytest_roadmap.plan.suite import Suite

    Seen = Callable[[Path, str], tuple[bool, bool]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A requirement with its probes, and whether they were seen to pass and to fail.

    `probes` are node ids (a script is its command); `places` are their `file:line`.
    """

    requirement: Requirement
    probes: tuple[str, ...]
    places: tuple[str, ...]
    seen_passing: bool
    seen_failing: bool


def listing(suite: Suite, root: Path, seen: Seen) -> list[Listed]:
    """Return the requirements of a suite in the plan's order.

    Args:
        suite: The suite.
        root: The folder that node ids are relative to.
        seen: Tells, for the suite's folder and an id, whether its probe as it is now
            was seen to pass and to fail.
    """
    index = by_requirement(index_probes(root, suite.folder))
    return [
        _listed(entry, suite, index, seen) for entry in suite.roadmap.requirements()
    ]


def _listed(
    entry: Requirement,
    suite: Suite,
    index: Mapping[str, tuple[IndexedProbe, ...]],
    seen: Seen,
) -> Listed:
    """Return one requirement with its probes."""
    probes = index.get(entry.id, ())
    nodes = [probe.node for probe in probes]
    places = [probe.where for probe in probes]
    if entry.script is not None:
        nodes.append(" ".join(entry.script.command))
        places.append(f"{(suite.folder / 'plan.yaml').as_posix()}:{entry.line}")
    passing, failing = seen(suite.folder, entry.id) if nodes else (False, False)
    return Listed(
        requirement=entry,
        probes=tuple(nodes),
        places=tuple(places),
        seen_passing=passing,
        seen_failing=failing,
    )
