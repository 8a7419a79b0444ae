"""`plan drift`: where a document and what was measured disagree."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_roadmap.model import DriftKind, drift
from pytest_roadmap.model.jsonable import to_json
from pytest_roadmap.reporting import archive
from pytest_roadmap.reporting.text import one_line

if TYPE_CHECKING:
    import argparse

    from pytest_roadmap.model import Drift, Scorecard

_MEANINGS = {
    DriftKind.OVER_CLAIM: "ticked, and the probe fails",
    DriftKind.UNVERIFIED: "ticked, and nobody knows whether it holds",
    DriftKind.CONTRADICTION: "the document contradicts itself or the plan",
    DriftKind.DUPLICATE: "several lines for one requirement",
    DriftKind.VANISHED: "asked once, and gone",
    DriftKind.CHANGED: "other words than those that were mapped or waived",
    DriftKind.UNDER_CLAIM: "open, and the probe passes: `pytest-roadmap tick`",
}


def add_drift(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `plan drift` to the actions of `plan`."""
    parser = actions.add_parser("drift", help="where document and probes disagree")
    parser.add_argument("archive", type=Path, metavar="ARCHIVE")
    parser.add_argument("--since", type=Path, metavar="OLDER", help="an older archive")
    parser.add_argument("--format", choices=("text", "json"), default="text")
    parser.set_defaults(run=show_drift)


def show_drift(options: argparse.Namespace) -> int:
    """Print every disagreement; they are for people, so the exit status is 0."""
    card = archive_of(options.archive)
    since = None if options.since is None else archive_of(options.since)
    found = drift(card, since)
    if options.format == "json":
        print(json.dumps(to_json(found), ensure_ascii=False, indent=2))
    else:
        _print(found, len(card.results))
    return 0


def archive_of(path: Path) -> Scorecard:
    """Return the scorecard of an archive, or of a run's folder.

    Raises:
        ReportError: See `reporting.archive.read`.
    """
    return archive.read(path / archive.FILE if path.is_dir() else path)


def _print(found: tuple[Drift, ...], asked: int) -> None:
    """Print disagreements by kind, each with its place in the document."""
    for kind in DriftKind:
        entries = [entry for entry in found if entry.kind is kind]
        if entries:
            print(f"{kind.value.replace('_', ' ')} ({len(entries)}): {_MEANINGS[kind]}")
        for entry in entries:
            place = f"{entry.file}:{entry.line}: " if entry.line else ""
            print(f"  {place}{one_line(entry.sentence)}")
    print(f"{len(found)} disagreements, {asked} requirements")
