"""`diff` tells what changed from one run to another."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from pytest_roadmap.cli.score import archive_file
from pytest_roadmap.model import Transition
from pytest_roadmap.model.jsonable import to_json
from pytest_roadmap.model.percent import percents
from pytest_roadmap.reporting import archive
from pytest_roadmap.reporting.files import encoded
from pytest_roadmap.reporting.reading import share, word
from pytest_roadmap.reporting.text import one_line
from pytest_roadmap.scoring.comparing import compare

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from pytest_roadmap.model import Difference, Moved, PhaseMoved

_TOLD = [t for t in Transition if t is not Transition.UNCHANGED]


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `diff`."""
    differ = commands.add_parser("diff", help="what changed from one run to another")
    differ.add_argument("before", type=Path, metavar="A")
    differ.add_argument("after", type=Path, metavar="B")
    differ.add_argument("--format", choices=("text", "json"), default="text")
    differ.set_defaults(run=diff)


def diff(options: argparse.Namespace) -> int:
    """Print what changed; the exit status is 0 whatever it is."""
    cards = [archive.read(archive_file(p)) for p in (options.before, options.after)]
    found = compare(*cards)
    if options.format == "json":
        text = json.dumps(_plain(found), ensure_ascii=False, indent=1)
        sys.stdout.write(encoded(f"{text}\n").decode())
    else:
        console = Console(markup=False, highlight=False, emoji=False)
        for line in _lines(found):
            console.print(line)
    return 0


def _plain(found: Difference) -> dict[str, object]:
    """Return a difference as plain JSON values, its counts first."""
    counts = {each.value: found.count(each) for each in Transition}
    fields: dict[str, object] = to_json(found)
    return {"counts": counts, **fields}


def _lines(found: Difference) -> Iterator[str]:
    """Yield a difference line by line."""
    yield f"{one_line(found.before)} → {one_line(found.after)}"
    yield f"{found.decision_before} → {found.decision_after}"
    for phase in found.phases:
        if (phase.before, phase.total_before) != (phase.after, phase.total_after):
            yield _phase(phase)
    for transition in _TOLD:
        moved = [m for m in found.requirements if m.transition is transition]
        if moved:
            yield f"\n{_word(transition)} ({len(moved)})"
            yield from (_line(one) for one in moved)
    counts = [f"{found.count(each)} {_word(each)}" for each in Transition]
    yield f"\n{', '.join(counts)}"


def _word(transition: Transition) -> str:
    """Return a transition as a reader writes it."""
    return transition.value.replace("_", " ")


def _phase(phase: PhaseMoved) -> str:
    """Return what happened to a phase: its share and what it is a share of."""
    before, after = phase.before, phase.after
    if before is None or after is None:
        told = f"{share(before)} → {share(after)}"
    else:
        told = " → ".join(percents(before, after))
    totals = f"of {phase.total_before} → of {phase.total_after}"
    if phase.total_before == phase.total_after:
        totals = f"of {phase.total_after}"
    return f"phase {phase.number} {one_line(phase.name)}: {told} {totals}"


def _line(moved: Moved) -> str:
    """Return what happened to one requirement."""
    both = (moved.before, moved.after)
    verdicts = [word(verdict) if verdict else "—" for verdict in both]
    why = one_line(moved.message or moved.title)
    return f"  {one_line(moved.requirement)}  {' → '.join(verdicts)}  {why}"
