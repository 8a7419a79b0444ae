"""`pytest-roadmap tick`: writes evidence back into the boxes of a document."""

from __future__ import annotations

import datetime as dt
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_roadmap.cli._plan_drift import archive_of
from pytest_roadmap.errors import PlanError
from pytest_roadmap.model.jsonable import to_json
from pytest_roadmap.plan.patches import patch
from pytest_roadmap.plan.ticking import apply, writing
from pytest_roadmap.scoring import score_again

if TYPE_CHECKING:
    import argparse

    from pytest_roadmap.model import Roadmap
    from pytest_roadmap.plan.ticking import Writing


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `tick`."""
    parser = commands.add_parser("tick", help="tick what a run has shown to hold")
    parser.add_argument("archive", type=Path, metavar="ARCHIVE")
    parser.add_argument("--apply", action="store_true", help="write; else a patch")
    parser.add_argument("--untick", action="store_true", help="open what fails, too")
    parser.add_argument(
        "--link", default="", metavar="URL", help="evidence; {id} is the requirement"
    )
    parser.add_argument("--format", choices=("text", "json"), default="text")
    parser.set_defaults(run=tick)


def tick(options: argparse.Namespace) -> int:
    """Print a patch that ticks what passed, or write it with `--apply`.

    The run is judged again as of today, so that evidence that has aged ticks nothing.
    Every suite is looked at before anything is written.
    """
    card = score_again(archive_of(options.archive), now=dt.datetime.now(dt.UTC))
    found = [
        (
            _document(roadmap),
            writing(
                _document(roadmap),
                [r for r in card.results if r.requirement.suite == roadmap.suite],
                untick=options.untick,
                link=options.link,
            ),
        )
        for roadmap in card.roadmaps
    ]
    patches = [b"" if options.apply else patch(one, _name(path)) for path, one in found]
    if options.apply:
        for path, one in found:
            if one.ticks:
                apply(one, path)
    if options.format == "json":
        entries = [_entry(w, p) for (_, w), p in zip(found, patches, strict=True)]
        print(json.dumps(entries, ensure_ascii=False, indent=2))
    else:
        sys.stdout.flush()
        sys.stdout.buffer.write(b"".join(patches))
        sys.stdout.buffer.flush()
        _tell([one for _, one in found], applied=options.apply)
    return 0


def _document(roadmap: Roadmap) -> Path:
    """Return the document of a suite.

    Raises:
        PlanError: The archive does not say which one it was.
    """
    if roadmap.source is None:
        raise PlanError(
            f"does not say which document the suite {roadmap.suite!r} was read from",
            where="the archive",
            remedy="It was written by an older version.  Make a new run.",
        )
    return Path(roadmap.source.file)


def _name(path: Path) -> str:
    """Return a document's name as a patch says it: relative to the current folder.

    Raises:
        PlanError: It lies elsewhere, where no patch may reach.
    """
    try:
        return path.absolute().relative_to(Path.cwd()).as_posix()
    except ValueError as error:
        raise PlanError(
            "lies outside of the current folder, where no patch reaches",
            where=path.as_posix(),
            remedy="Change to the project's root, or write it with --apply.",
        ) from error


def _entry(found: Writing, changes: bytes) -> dict[str, object]:
    """Return what was found for one document as plain JSON values."""
    return {
        "file": found.original.name,
        "ticks": to_json(found.ticks),
        "skipped": to_json(found.skipped),
        "patch": changes.decode(),
    }


def _tell(found: list[Writing], *, applied: bool) -> None:
    """Say on standard error, beside the patch, what is in it and what is not."""
    for one in found:
        for left in one.skipped:
            place = f"{one.original.name}:{left.line}" if left.line else "no line"
            print(f"left: {left.requirement} ({place}): {left.reason}", file=sys.stderr)
    count = sum(len(one.ticks) for one in found)
    if not count:
        print("nothing to mark", file=sys.stderr)
    elif applied:
        print(f"{count} boxes marked", file=sys.stderr)
    else:
        print(f"{count} boxes to mark; --apply writes them", file=sys.stderr)
