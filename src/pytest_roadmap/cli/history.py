"""`history`, `trend` and `flaky`: what the runs before tell."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_roadmap.errors import HistoryError, ReportError
from pytest_roadmap.model.jsonable import to_json

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable

    from pytest_roadmap.history.database import Database
    from pytest_roadmap.history.window import Window

DEFAULT = Path("reports/history.sqlite")


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `history`, `trend` and `flaky`."""
    runs = commands.add_parser("history", help="list past runs, or add some")
    _add_options(runs, last=20)
    runs.set_defaults(run=show_runs)
    adder = runs.add_subparsers(metavar="import").add_parser(
        "import", help="add runs from their archives"
    )
    adder.add_argument("archives", type=Path, nargs="+", metavar="ARCHIVE")
    adder.add_argument("--history", default=None, metavar="URL|FILE", dest="to")
    adder.add_argument("--format", choices=("text", "json"), default="text")
    adder.set_defaults(run=import_archives)
    trends = commands.add_parser("trend", help="how each phase went, what fails")
    _add_options(trends, last=30)
    trends.set_defaults(run=show_trends)
    flakes = commands.add_parser(
        "flaky", help="which requirements do not pass steadily"
    )
    _add_options(flakes, last=20)
    flakes.set_defaults(run=show_flakes)


def _add_options(parser: argparse.ArgumentParser, *, last: int) -> None:
    """Add what all three commands take."""
    parser.add_argument(
        "--history",
        metavar="URL|FILE",
        help=f"(default: $ROADMAP_HISTORY, or {DEFAULT})",
    )
    parser.add_argument("--suite", action="append", metavar="SUITE")
    parser.add_argument("--last", type=int, default=last, metavar="N", help="runs")
    parser.add_argument("--format", choices=("text", "json"), default="text")


def show_runs(options: argparse.Namespace) -> int:
    """List the last runs, the newest last."""
    from pytest_roadmap.history.trends import jumps
    from pytest_roadmap.reporting.past import runs_table

    window = _window(options)
    runs = [sheet.run for sheet in window.sheets]
    notes = jumps(window)
    if options.format == "json":
        return _dump({"runs": to_json(runs), "notes": list(notes)})
    return _print(runs_table(runs), notes)


def show_trends(options: argparse.Namespace) -> int:
    """Tell how each phase went, and since when what fails fails."""
    from pytest_roadmap.history.trends import failing_since, jumps, trend
    from pytest_roadmap.reporting.past import failing_table, trends_table

    window = _window(options)
    trends, failing, notes = trend(window), failing_since(window), jumps(window)
    if options.format == "json":
        return _dump(
            {
                "trends": to_json(trends),
                "failing": to_json(failing),
                "notes": list(notes),
            }
        )
    _print(trends_table(trends), ())
    return _print(failing_table(failing), notes)


def show_flakes(options: argparse.Namespace) -> int:
    """List the requirements that do not pass steadily, the least healthy first."""
    from pytest_roadmap.history.flakes import flake_health, outages, unsteady
    from pytest_roadmap.reporting.past import flakes_table

    window = _window(options)
    flakes, out = unsteady(flake_health(window)), outages(window)
    notes = [f"Everything broke in run {run}, so it does not count." for run in out]
    if options.format == "json":
        told = [to_json(flake) | {"health": to_json(flake.health)} for flake in flakes]
        return _dump({"flaky": told, "outages": list(out)})
    return _print(flakes_table(flakes), notes)


def import_archives(options: argparse.Namespace) -> int:
    """Add runs from their archives, each by its own time; 1 if one cannot be read."""
    from pytest_roadmap.history.store import append
    from pytest_roadmap.reporting import archive

    database = _database(options.to)
    added: list[str] = []
    known: list[str] = []
    broken: list[str] = []
    for path in options.archives:
        file = path / archive.FILE if path.is_dir() else path
        try:
            card = archive.read(file)
        except ReportError as error:
            broken.append(str(error))
            continue
        (added if append(database, card, live=False) else known).append(card.run.id)
    for text in broken:
        print(f"pytest-roadmap: {text}", file=sys.stderr)
    if options.format == "json":
        _dump({"added": added, "known": known, "broken": broken})
    else:
        print(f"{len(added)} added, {len(known)} were there, {len(broken)} unreadable")
    return 1 if broken else 0


def _window(options: argparse.Namespace) -> Window:
    """Return the runs that the options ask for.

    Raises:
        HistoryError: There is none, or the history cannot be read.
    """
    from pytest_roadmap.history.store import read
    from pytest_roadmap.history.window import Window

    if options.last < 1:
        raise HistoryError(
            f"{options.last} is no number of runs",
            where="--last",
            remedy="use 1 or more",
        )
    database = _database(options.history)
    sheets, more = read(database, last=options.last, suites=options.suite)
    if not sheets:
        raise HistoryError(
            "no run is there",
            where=str(database.place),
            remedy="make one with pytest --roadmap, name another: --history, or add "
            "old ones: pytest-roadmap history import reports/runs/*",
        )
    return Window.of(sheets, more=more)


def _database(text: str | None) -> Database:
    """Return the database of the history that is asked for.

    Raises:
        HistoryError: There is no such thing.
    """
    from pytest_roadmap.history.database import Database
    from pytest_roadmap.history.places import chosen, named

    place = named(chosen(text) or DEFAULT, Path.cwd())
    if place is None:
        raise HistoryError(
            "there is no history to read",
            where="--history none",
            remedy="name a file or a URL",
        )
    return Database(place)


def _dump(data: object) -> int:
    """Print `data` as JSON."""
    print(json.dumps(data, indent=2))
    return 0


def _print(table: object, notes: Iterable[str]) -> int:
    """Print a table and the notes beneath it."""
    from rich.console import Console

    console = Console(highlight=False)
    console.print(table, markup=False)
    for note in notes:
        console.print(note, style="dim", markup=False)
    return 0
