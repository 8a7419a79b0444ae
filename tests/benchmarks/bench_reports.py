"""Parse + score + report of a large roadmap, against a bare json.dumps of it.

    python tests/benchmarks/bench_reports.py [REQUIREMENTS]

The same 10,000 requirements are parsed from YAML, scored and told by every
reporter.  Processor time, in one process, so that the ratios hold on a busy
machine as well.
"""

from __future__ import annotations

import datetime as dt
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from pytest_roadmap.model import Finding, Outcome, Run, Strength
from pytest_roadmap.model.jsonable import to_json
from pytest_roadmap.plan import load_suite
from pytest_roadmap.reporting import write_all
from pytest_roadmap.scoring import score

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_roadmap.model import Scorecard

T = TypeVar("T")
PHASES = 10
OUTCOMES = (Outcome.PASSED, Outcome.PASSED, Outcome.FAILED, Outcome.UNAVAILABLE)


def main() -> int:
    """Print the comparison."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    with tempfile.TemporaryDirectory() as folder:
        parsing, scoring, card = judged(Path(folder), count)
        findings = [f for result in card.results for f in result.findings]
        reporting, errors = timed(lambda: write_all(card, Path(folder) / "run"))
        dumping, _ = timed(lambda: json.dumps([to_json(f) for f in findings]))
    for name, seconds in (
        ("parse", parsing),
        ("score", scoring),
        ("all reports", reporting),
        ("bare json.dumps of the findings", dumping),
    ):
        ratio = f"{seconds / dumping:7.1f} times json.dumps"
        print(f"{name:<34} {seconds:6.2f} s {ratio}")
    print(f"{count} requirements, {len(errors)} reports not written")
    return 1 if errors else 0


def judged(folder: Path, count: int) -> tuple[float, float, Scorecard]:
    """Return what it takes to parse and to score a large plan, and its scorecard."""
    root = folder / "large"
    _write(root, count)
    parsing, suite = timed(lambda: load_suite(root))
    roadmap = suite.roadmap
    ids = [requirement.id for requirement in roadmap.requirements()]
    findings = [_finding(number, name) for number, name in enumerate(ids)]
    scoring, card = timed(
        lambda: score(
            roadmaps=(roadmap,),
            mapped={name: (f"probe::{name}",) for name in ids},
            findings=findings,
            criteria={roadmap.suite: suite.criteria},
            waivers=(),
            run=Run(id="bench", started=0.0, finished=1.0, version="0"),
            now=dt.datetime.now(dt.UTC),
        )
    )
    return parsing, scoring, card


def timed(work: Callable[[], T]) -> tuple[float, T]:
    """Return the processor seconds of `work`, and its result."""
    begin = time.process_time()
    result = work()
    return time.process_time() - begin, result


def _write(root: Path, count: int) -> None:
    """Write a suite of `count` requirements in ten phases."""
    root.mkdir()
    each = count // PHASES
    phases = []
    for number in range(1, PHASES + 1):
        requirements = [
            {"id": f"BENCH-{number}-{n}", "title": f"Claim {n} of {number} holds."}
            for n in range(1, each + 1)
        ]
        sections = [{"name": f"Section {number}", "requirements": requirements}]
        phases.append({"number": number, "name": f"P{number}", "sections": sections})
    plan = {"suite": root.name, "title": "A large roadmap", "document": "roadmap.md"}
    expect = {str(number): each for number in range(1, PHASES + 1)}
    (root / "plan.yaml").write_text(
        json.dumps({**plan, "expect": expect, "phases": phases})
    )
    (root / "roadmap.md").write_text("# A large roadmap\n\n- [ ] something\n")
    criteria = [{"phase": n, "threshold": "95 %"} for n in range(1, PHASES + 1)]
    (root / "criteria.yaml").write_text(json.dumps({"phases": criteria}))
    (root / "waivers.yaml").write_text("waivers: []\n")


def _finding(number: int, name: str) -> Finding:
    """Return a finding as a probe would leave it."""
    return Finding(
        requirement=name,
        probe=f"probe::{name}",
        outcome=OUTCOMES[number % len(OUTCOMES)],
        message="what was seen, in a sentence of an ordinary length",
        strength=Strength.EXERCISED,
        duration_s=1.0,
    )


if __name__ == "__main__":
    sys.exit(main())
