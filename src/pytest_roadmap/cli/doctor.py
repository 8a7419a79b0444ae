"""`pytest-roadmap doctor`: what this machine has, lacks, and what a lack costs."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from pytest_roadmap.model import Requirement
    from pytest_roadmap.target.doctor import Row

_SHOWN = 6


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `doctor`."""
    parser = commands.add_parser("doctor", help="what this machine has and lacks")
    parser.add_argument("--format", choices=["text", "json"], default="text")
    parser.set_defaults(run=doctor)


def doctor(options: argparse.Namespace) -> int:
    """Tell what this machine has and lacks; 0 if nothing that matters is missing."""
    from pytest_roadmap.target.commands import Machine
    from pytest_roadmap.target.doctor import diagnose
    from pytest_roadmap.target.places import places

    where = places()
    rows = diagnose(where, Machine())
    requirements = _requirements(where.checkout)
    lost = [costs(row, requirements) for row in rows]
    if options.format == "json":
        data = [
            {**asdict(row), "requirements": ids}
            for row, ids in zip(rows, lost, strict=True)
        ]
        print(json.dumps(data, indent=2))
    else:
        _print(rows, lost, len(requirements))
    return 0 if all(row.ok for row in rows) else 1


def costs(row: Row, requirements: Iterable[Requirement]) -> tuple[str, ...]:
    """Return the ids of the requirements that cannot be measured for this lack."""
    if row.ok or not row.components:
        return ()
    everything = "*" in row.components
    return tuple(
        requirement.id
        for requirement in requirements
        if everything or set(row.components) & set(requirement.needs)
    )


def _requirements(checkout: Path) -> tuple[Requirement, ...]:
    """Return the requirements of every suite whose plan can be read."""
    from pytest_roadmap.errors import PlanError
    from pytest_roadmap.plan import find_suites, load_suite

    found: list[Requirement] = []
    for folder in find_suites(checkout, ()):
        try:
            roadmap = load_suite(folder).roadmap
        except PlanError:  # `plan lint` is the place to hear of it
            continue
        found += roadmap.requirements()
    return tuple(found)


def _print(rows: Sequence[Row], lost: Sequence[tuple[str, ...]], total: int) -> None:
    """Print the table."""
    from rich.console import Console
    from rich.table import Table

    table = Table(title="This machine")
    for heading in ("", "what", "found", "what the lack costs"):
        table.add_column(heading, overflow="fold")
    for row, ids in zip(rows, lost, strict=True):
        cost = row.cost
        if ids:
            shown = ", ".join(ids[:_SHOWN]) + (" …" if len(ids) > _SHOWN else "")
            cost = f"{cost}: {len(ids)} of {total} requirements ({shown})"
        if row.remedy:
            cost = f"{cost}\n→ {row.remedy}"
        table.add_row("✓" if row.ok else "✗", row.subject, row.found, cost)
    Console().print(table)
