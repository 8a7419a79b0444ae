"""`pytest-roadmap waiver`: which failures are accepted, by whom, until when."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_roadmap.cli.signed import day_of, requirement_of, suites_of
from pytest_roadmap.errors import PlanError
from pytest_roadmap.model import Verdict, Waiver, WaiverState
from pytest_roadmap.model.fingerprint import fingerprint
from pytest_roadmap.model.jsonable import to_json
from pytest_roadmap.plan.waiver_ledger import HOLDS, ledger
from pytest_roadmap.plan.waiver_writing import add_waiver
from pytest_roadmap.plan.waivers import FILE

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from pytest_roadmap.model import Requirement
    from pytest_roadmap.plan.waiver_ledger import Entry

LATEST = Path("reports/runs/latest/scorecard.json")


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `waiver list`, `waiver lint` and `waiver add`."""
    top = commands.add_parser("waiver", help="accepted failures: list, lint, add")
    actions = top.add_subparsers(metavar="ACTION", required=True)
    lister = actions.add_parser("list", help="every waiver and what it is worth today")
    lister.set_defaults(run=list_waivers)
    linter = actions.add_parser("lint", help="what somebody must do about waivers")
    linter.set_defaults(run=lint_waivers)
    for action in (lister, linter):
        action.add_argument("--at", metavar="DATE", help="as if today were this date")
        action.add_argument(
            "--run", dest="archive", type=Path, metavar="ARCHIVE", default=None
        )
    adder = actions.add_parser("add", help="accept a failure for a time")
    adder.add_argument("id", metavar="ID")
    for name in ("reason", "owner", "approver", "expires"):
        adder.add_argument(f"--{name}", required=name != "approver", default="")
    adder.add_argument("--scope", default="", help="where it holds: key=value …")
    adder.set_defaults(run=add_to_file)
    for action in (lister, linter, adder):
        action.add_argument("--suite", action="append", metavar="SUITE", default=[])
        action.add_argument("--format", choices=("text", "json"), default="text")


def list_waivers(options: argparse.Namespace) -> int:
    """Print every waiver with its state."""
    entries = _entries(options)
    if options.format == "json":
        _print_json([to_json(entry) for entry in entries])
        return 0
    for entry in entries:
        print("\n".join(_told(entry)))
    print(_summary(entries))
    return 0


def lint_waivers(options: argparse.Namespace) -> int:
    """Print the waivers that somebody must act on; 1 if one does not hold."""
    entries = _entries(options)
    told = [entry for entry in entries if entry.what]
    if options.format == "json":
        _print_json([to_json(entry) for entry in told])
    else:
        for entry in told:
            print(f"{entry.state}: {entry.where}: {entry.what}")
            if entry.remedy:
                print(f"  → {entry.remedy}")
        print(_summary(entries))
    return 0 if all(entry.state in HOLDS for entry in entries) else 1


def add_to_file(options: argparse.Namespace) -> int:
    """Append a waiver to the file of the suite that asks for its requirement."""
    suites = suites_of(options.suite)
    suite, requirement = requirement_of(suites, options.id)
    waiver = _waiver(options, requirement)
    _refuse_longer(waiver, suite.criteria.policy.longest_waiver_days)
    path = suite.folder / FILE
    entry = add_waiver(path, suite.roadmap, waiver)
    if options.format == "json":
        _print_json({"file": path.as_posix(), "waiver": to_json(waiver)})
    else:
        print(f"Added to {path.as_posix()}:\n{entry}", end="")
    return 0


def _entries(options: argparse.Namespace) -> list[Entry]:
    """Return the waivers of all suites."""
    day = day_of("--at", options.at) if options.at else _today()
    passed = _passed(options.archive)
    return [
        entry
        for suite in suites_of(options.suite)
        for entry in ledger(suite, day, passed)
    ]


def _passed(path: Path | None) -> frozenset[str]:
    """Return what passed in the named run, or in the last one if there was one."""
    if path is None and not LATEST.exists():
        return frozenset()
    from pytest_roadmap.reporting import archive  # loads every report's library

    file = path or LATEST
    card = archive.read(file / archive.FILE if file.is_dir() else file)
    return frozenset(
        r.requirement.id for r in card.results if r.verdict is Verdict.PASSED
    )


def _waiver(options: argparse.Namespace, requirement: Requirement) -> Waiver:
    """Return the waiver that the command line describes.

    Raises:
        PlanError: Something of it is missing, or nobody could accept it.
    """
    text = {
        name: " ".join(getattr(options, name).split())
        for name in ("reason", "owner", "approver", "scope")
    }
    for name in ("reason", "owner", "approver"):
        if not text[name]:
            raise PlanError(
                f"a waiver needs {'an' if name[0] in 'ao' else 'a'} {name}",
                where=f"--{name}",
                remedy="Say why, who mends it, and who else accepts that.",
            )
        if not text[name].isprintable():
            raise PlanError(
                f"{text[name]!r} holds characters that cannot be printed",
                where=f"--{name}",
                remedy="Write it as plain text.",
            )
    if text["owner"].casefold() == text["approver"].casefold():
        raise PlanError(
            f"{text['owner']!r} approves their own waiver",
            where="--approver",
            remedy="Name somebody else as approver.",
        )
    expires = day_of("--expires", options.expires)
    if expires < _today():
        raise PlanError(
            f"the waiver would be over already: {expires.isoformat()} is past",
            where="--expires",
            remedy="Name the last day on which the failure is accepted.",
        )
    return Waiver(
        requirement=requirement.id,
        reason=text["reason"],
        owner=text["owner"],
        approver=text["approver"],
        expires=expires,
        scope=text["scope"],
        fingerprint=fingerprint(requirement),
        issued=_today(),
    )


def _refuse_longer(waiver: Waiver, longest: int) -> None:
    """Raise a PlanError if a waiver would last more than so many days."""
    if excess := waiver.excess(_today(), longest):
        last = _today() + dt.timedelta(days=longest)
        raise PlanError(
            f"the waiver would last too long: {excess}",
            where="--expires",
            remedy=f"Name a day until {last.isoformat()}; decide again then.",
        )


def _today() -> dt.date:
    """Return today's date in UTC."""
    return dt.datetime.now(dt.UTC).date()


def _told(entry: Entry) -> list[str]:
    """Return a waiver as lines of text."""
    waiver = entry.waiver
    if waiver is None:
        return [f"{entry.state:<8} {entry.where}: {entry.what}"]
    until = waiver.expires.isoformat()
    scope = f"  ({waiver.scope})" if waiver.scope else ""
    return [
        f"{entry.state:<8} {waiver.requirement}  until {until}{scope}",
        f"         {waiver.reason}",
        f"         owner {waiver.owner}, approved by {waiver.approver}",
    ]


def _summary(entries: Sequence[Entry]) -> str:
    """Return how many waivers there are in each state."""
    if not entries:
        return "There is no waiver."
    states = [entry.state for entry in entries]
    parts = [f"{states.count(s)} {s}" for s in WaiverState if s in states]
    return ", ".join(parts)


def _print_json(data: object) -> None:
    """Print plain JSON values."""
    print(json.dumps(data, ensure_ascii=False, indent=2))
