"""Large histories: the trend page, and a whole run of 10,000 requirements.

    python tests/benchmarks/bench_history.py [REQUIREMENTS]

Three measurements in one process, as ratios to a bare json.dumps of the
findings, and to what pytest's own junitxml and pytest-html take to write one
report of the same run, without any history:

    a run with 30 runs behind it   score, all reports, and the history's part
    a million results              100 runs of 10,000 requirements: the trend page
    a million rows                 as many phases of small runs: the trend page

Processor time counts, so that the ratios hold on a busy machine as well.
pytest-html comes with `python tests/tools.py`.
"""

from __future__ import annotations

import json
import resource
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from sqlalchemy import insert
from tests.benchmarks.bench_reports import judged, timed
from tests.benchmarks.others import junitxml, pytest_html

from pytest_roadmap.history.database import Database
from pytest_roadmap.history.flakes import flake_health
from pytest_roadmap.history.places import Place
from pytest_roadmap.history.store import append, read
from pytest_roadmap.history.summary import RUNS, history_with
from pytest_roadmap.history.tables import PHASE, PLAN, RUN, SHEET
from pytest_roadmap.history.trends import failing_since, trend
from pytest_roadmap.history.window import Window
from pytest_roadmap.model import Result, Scorecard, Verdict
from pytest_roadmap.model.jsonable import to_json
from pytest_roadmap.reporting import write_all

ROWS = 1_000_000
PHASES = 10


def main() -> int:
    """Print the comparison."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        parsing, scoring, card = judged(root, count)
        findings = [f for result in card.results for f in result.findings]
        dumping, _ = timed(lambda: json.dumps([to_json(f) for f in findings]))
        database = Database(Place(file=root / "results.sqlite"))
        for number in range(RUNS - 1):
            append(database, earlier(card, number))
        telling, told = timed(lambda: with_history(database, card))
        reporting, errors = timed(lambda: write_all(told, root / "run"))
        adding, _ = timed(lambda: append(database, card))
        whole = parsing + scoring + telling + reporting + adding
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        xml, page_of_others = junitxml(card, root), pytest_html(card, root)
        for number in range(RUNS, ROWS // count):
            append(database, earlier(card, number))
        results, _ = timed(lambda: page(database))
        rows = Database(Place(file=root / "rows.sqlite"))
        fill(rows, ROWS // PHASES)
        many, _ = timed(lambda: page(rows))
    others = {"dumps": dumping, "junitxml": xml, "html": page_of_others}
    print(f"{'':<36} {'seconds':>7}  times json.dumps, junitxml, pytest-html")
    for name, seconds in (
        (f"{count} requirements: parse", parsing),
        ("score", scoring),
        (f"read {RUNS - 1} runs, tell trends", telling),
        ("all reports", reporting),
        ("add the run", adding),
        ("together", whole),
        ("trend page of 1,000,000 results", results),
        ("trend page of 1,000,000 rows", many),
        ("bare json.dumps of the findings", dumping),
        ("pytest's own junitxml, one run", xml),
        ("pytest-html, one run", page_of_others),
    ):
        ratios = " ".join(f"{seconds / each:8.2f}" for each in others.values())
        print(f"{name:<36} {seconds:7.3f} {ratios}")
    print(f"peak memory until then: {peak:.0f} MB; {len(errors)} reports not written")
    return 1 if errors else 0


def earlier(card: Scorecard, number: int) -> Scorecard:
    """Return an earlier run; in every third, one requirement in twenty differs."""
    return replace(
        card,
        run=replace(card.run, id=f"run-{number}", commit=f"c{number // 2}"),
        results=tuple(
            changed(r) if place % 20 == 0 and number % 3 == 0 else r
            for place, r in enumerate(card.results)
        ),
    )


def changed(result: Result) -> Result:
    """Return the result with the other verdict."""
    passed = result.verdict is Verdict.PASSED
    return replace(result, verdict=Verdict.FAILED if passed else Verdict.PASSED)


def with_history(database: Database, card: Scorecard) -> Scorecard:
    """Return the card as a run completes it before the reports."""
    sheets, more = read(database, last=RUNS - 1, suites=["large"])
    return replace(card, history=history_with(sheets, card, more=more))


def page(database: Database) -> tuple[object, ...]:
    """Return all that a trend page shows of the last thirty runs."""
    sheets, more = read(database, last=RUNS)
    window = Window.of(sheets, more=more)
    return trend(window), failing_since(window), flake_health(window)


def fill(database: Database, runs: int) -> None:
    """Fill a history with that many small runs of ten phases."""
    names = json.dumps([f"R-{n}" for n in range(PHASES)])
    with database.writing() as connection:
        connection.execute(insert(PLAN), {"serial": 1, "digest": "d", "names": names})
        fixed = {"started": 0.0, "finished": 0.0, "version": "0", "commit": ""}
        fixed |= {"decision": "GO", "complete": True, "passed": 10, "total": 10}
        counts = {"total": 1, "passed": 1, "failed": 0, "waived": 0, "unknown": 0}
        counts |= {"low": "1/1", "high": "1/1", "threshold": None, "decision": "GO"}
        for first in range(1, runs + 1, 5000):
            some = range(first, min(first + 5000, runs + 1))
            connection.execute(
                insert(RUN),
                [fixed | {"serial": n, "id": f"r{n}", "place": n} for n in some],
            )
            connection.execute(
                insert(PHASE),
                [
                    counts | {"run": n, "suite": "small", "number": p, "name": "P"}
                    for n in some
                    for p in range(PHASES)
                ],
            )
            connection.execute(
                insert(SHEET),
                [
                    {"run": n, "suite": "small", "plan": 1, "letters": "pppppppppf"}
                    for n in some
                ],
            )


if __name__ == "__main__":
    sys.exit(main())
