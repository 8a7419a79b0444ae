"""`merge` joins the archives of shards: several machines or clusters, one plan."""

from __future__ import annotations

import hashlib
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_roadmap.cli.score import archive_file, moment, tell
from pytest_roadmap.errors import ReportError
from pytest_roadmap.reporting import archive, write_all
from pytest_roadmap.scoring import exit_status
from pytest_roadmap.scoring.merging import merged

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable

    from pytest_roadmap.model import Scorecard


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `merge`."""
    merger = commands.add_parser("merge", help="join the archives of shards")
    merger.add_argument("archives", type=Path, nargs="+", metavar="ARCHIVE")
    merger.add_argument("--into", type=Path, required=True, metavar="DIR")
    merger.add_argument("--at", metavar="DATE", help="as if today were this ISO date")
    merger.add_argument("--strict", action="store_true", help="conditions block")
    merger.add_argument("--format", choices=("text", "json"), default="text")
    merger.set_defaults(run=merge)


def merge(options: argparse.Namespace) -> int:
    """Join archives and write all reports; the exit status says the decision."""
    paths = [archive_file(path) for path in options.archives]
    cards = {str(path): archive.read(path) for path in paths}
    at = None if options.at is None else moment(options.at)
    card = merged(cards, at)
    folder: Path = options.into
    if (folder / archive.FILE).exists():
        raise ReportError(
            "it holds a run already",
            where=str(folder),
            remedy="name a folder that is new: --into DIR",
        )
    errors = [*_bring(card, paths, folder), *write_all(card, folder)]
    for error in errors:
        print(f"pytest-roadmap: {error}", file=sys.stderr)
    tell(card, options.format, str(folder))
    return 1 if errors else exit_status(card.decision, strict=options.strict)


def _bring(
    card: Scorecard, paths: Iterable[Path], folder: Path
) -> Iterable[ReportError]:
    """Copy the evidence that lies beside the archives, and yield what is not there."""
    wanted = {
        piece.path: piece.sha256
        for result in card.results
        for finding in result.findings
        for piece in finding.evidence
        if piece.path
    }
    homes = [path.parent for path in paths]
    for name, digest in sorted(wanted.items()):
        found = [home / name for home in homes if _is(home, name, digest)]
        if not found:
            yield ReportError(
                f"the evidence {name} lies beside none of the archives as it was kept",
                where=str(folder),
                remedy="copy the whole folder of each shard, evidence included",
            )
            continue
        target = folder / name
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(found[0], target)
        except OSError as error:
            yield ReportError(
                f"it could not be written: {error.strerror or error}",
                where=str(target),
                remedy="make room or rights there, then merge into a new folder",
            )


def _is(home: Path, name: str, digest: str) -> bool:
    """Tell whether evidence lies below `home` with the content that was kept."""
    path = home / name
    if not path.resolve().is_relative_to(home.resolve()) or not path.is_file():
        return False
    return hashlib.sha256(path.read_bytes()).hexdigest() == digest
