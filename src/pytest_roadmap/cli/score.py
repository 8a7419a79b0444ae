"""`score` judges an old run again; `report` rebuilds the reports of a run."""

from __future__ import annotations

import datetime as dt
import re
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from pytest_roadmap.cli.signed import suites_of, with_sign_offs
from pytest_roadmap.errors import PlanError, ReportError
from pytest_roadmap.plan.criteria import read_criteria
from pytest_roadmap.reporting import archive, files, journal, write_all
from pytest_roadmap.reporting.terminal import show
from pytest_roadmap.scoring import exit_status, score_again
from pytest_roadmap.scoring.regressions import baseline_of

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from pytest_roadmap.model import (
        Attestation,
        Criteria,
        Roadmap,
        Scorecard,
        SignOff,
    )

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}(?:[T ].+)?\Z", re.ASCII)


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `score` and `report`."""
    scorer = commands.add_parser("score", help="judge an old run again")
    scorer.add_argument("archive", type=Path, metavar="ARCHIVE")
    scorer.add_argument("--at", metavar="DATE", help="as if today were this ISO date")
    scorer.add_argument("--criteria", type=Path, metavar="FILE")
    scorer.add_argument("--suite", metavar="SUITE", help="whose criteria FILE holds")
    scorer.add_argument(
        "--attested",
        action="append",
        metavar="SUITE",
        default=[],
        help="with the attestations that lie in this suite by now",
    )
    scorer.add_argument(
        "--baseline", type=Path, action="append", metavar="ARCHIVE", default=[]
    )
    scorer.add_argument("--strict", action="store_true", help="conditions block")
    scorer.add_argument("--format", choices=("text", "json"), default="text")
    scorer.set_defaults(run=score)
    reporter = commands.add_parser("report", help="rebuild the reports of a run")
    reporter.add_argument("folder", type=Path, metavar="RUN_DIR")
    reporter.add_argument("--format", choices=("text", "json"), default="text")
    reporter.set_defaults(run=report)


def score(options: argparse.Namespace) -> int:
    """Judge an archive again; the exit status says the decision."""
    old = archive.read(archive_file(options.archive))
    now = None if options.at is None else moment(options.at)
    criteria = _criteria(old, options)
    words = _attestations(old, options.attested)
    earlier = [archive.read(archive_file(path)) for path in options.baseline]
    card = score_again(
        old,
        now=now,
        criteria=criteria,
        attestations=words,
        baseline=baseline_of(earlier) if earlier else None,
    )
    tell(card, options.format)
    return exit_status(card.decision, strict=options.strict)


def report(options: argparse.Namespace) -> int:
    """Rebuild the reports of a run's folder out of what the run left there.

    The journal may know more than the archive, which a killed run could not
    finish; what neither of them has is not run.  An archive to which there is
    nothing to add keeps its bytes, for people have signed them.
    """
    folder: Path = options.folder
    file = folder / archive.FILE
    found, data = archive.read(file), file.read_bytes()
    card = _completed(found, folder) if (folder / journal.FILE).exists() else found
    complete = card == found
    if not complete:
        data = files.encoded(archive.dumps(card))
    card = replace(card, sign_offs=_sign_offs(card, data, folder))
    errors = write_all(card, folder)
    if complete:
        files.write(file, data)
    for error in errors:
        print(f"pytest-roadmap: {error}", file=sys.stderr)
    tell(card, options.format, str(folder))
    return 1 if errors else 0


def _sign_offs(card: Scorecard, data: bytes, folder: Path) -> tuple[SignOff, ...]:
    """Return the sign-offs of a run whose archive is `data`."""
    if not any(folder.glob("sign-offs/*.json")):
        return ()
    return tuple(with_sign_offs(card, data, folder))


def _attestations(
    old: Scorecard, names: Sequence[str]
) -> tuple[Attestation, ...] | None:
    """Return the attestations of an archive, those of the named suites anew."""
    if not names:
        return None
    from pytest_roadmap.signing.attestations import read_attestations

    suites = suites_of(names)
    fresh = {suite.roadmap.suite for suite in suites}
    kept = old.basis.attestations if old.basis else ()
    found = [word for suite in suites for word in read_attestations(suite)]
    return (*(word for word in kept if word.found_in not in fresh), *found)


def _completed(card: Scorecard, folder: Path) -> Scorecard:
    """Return the scorecard with the findings that only the journal has."""
    findings, notes = journal.read(folder / journal.FILE)
    ends = [finding.started + finding.duration_s for finding in findings]
    run = replace(card.run, finished=max([card.run.finished, *ends]))
    at = max(run.finished, card.basis.at if card.basis else 0.0)
    now = dt.datetime.fromtimestamp(at, tz=dt.UTC)
    again = score_again(card, findings=findings, run=run, now=now)
    return replace(again, notes=(*again.notes, *notes))


def moment(text: str) -> dt.datetime:
    """Return the time that `--at` names; a bare date is the end of that day, UTC.

    Raises:
        ReportError: It is no ISO date.
    """
    try:
        return _moment(text)
    except (ValueError, OverflowError) as error:
        raise ReportError(
            f"{text!r} is no date",
            where="--at",
            remedy="write it as 2026-12-31 or 2026-12-31T12:00:00+00:00",
        ) from error


def _moment(text: str) -> dt.datetime:
    """Return the time that an ISO date names, in UTC.

    Raises:
        OverflowError: No calendar has it in UTC.
        ValueError: It is no ISO date.
    """
    if not _DAY.match(text):
        raise ValueError(text)
    found = dt.datetime.fromisoformat(text)
    if len(text) == len("2026-12-31"):
        found = found.replace(hour=23, minute=59, second=59)
    found = found if found.tzinfo else found.replace(tzinfo=dt.UTC)
    return found.astimezone(dt.UTC)


def archive_file(path: Path) -> Path:
    """Return the archive itself where a run's folder is named."""
    return path / archive.FILE if path.is_dir() else path


def _criteria(
    old: Scorecard, options: argparse.Namespace
) -> dict[str, Criteria] | None:
    """Return the criteria that replace those of the archive, if any are named."""
    if options.criteria is None:
        return None
    roadmap = _roadmap(old, options.suite)
    kept = dict(old.basis.criteria) if old.basis else {}
    return kept | {roadmap.suite: read_criteria(options.criteria, roadmap)}


def _roadmap(card: Scorecard, suite: str | None) -> Roadmap:
    """Return the plan that the named criteria are for.

    Raises:
        PlanError: There is more than one, or the named one is not there.
    """
    names = [roadmap.suite for roadmap in card.roadmaps]
    wanted = suite or (names[0] if len(names) == 1 else None)
    for roadmap in card.roadmaps:
        if roadmap.suite == wanted:
            return roadmap
    raise PlanError(
        f"the archive has the suites {', '.join(names) or '(none)'}, not {wanted}"
        if wanted
        else f"the archive has the suites {', '.join(names) or '(none)'}",
        where="--criteria",
        remedy="name the one that the file is for: --suite NAME",
    )


def tell(card: Scorecard, form: str, folder: str = "") -> None:
    """Print the scorecard as text or as its archive."""
    if form == "json":
        sys.stdout.write(files.encoded(archive.dumps(card)).decode())
    else:
        show(card, Console(), folder)
