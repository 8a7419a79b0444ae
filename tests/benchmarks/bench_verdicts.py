"""Judge, judge again, merge and compare a large run, against a bare json.dumps.

    python tests/benchmarks/bench_verdicts.py [REQUIREMENTS]

Every switch of the criteria is on: weights, a warning band, a bound on waivers, a
baseline of three runs, ages.  Processor time, in one process, so that the ratios
hold on a busy machine as well.
"""

from __future__ import annotations

import datetime as dt
import json
import sys
import time
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, TypeVar

from pytest_roadmap.model import (
    Criteria,
    Criterion,
    Finding,
    Limit,
    Measurement,
    Outcome,
    Phase,
    Policy,
    Regression,
    Requirement,
    Roadmap,
    Run,
    Scorecard,
    Section,
)
from pytest_roadmap.model.jsonable import to_json
from pytest_roadmap.scoring import score, score_again
from pytest_roadmap.scoring.comparing import compare
from pytest_roadmap.scoring.merging import merged
from pytest_roadmap.scoring.regressions import baseline_of

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
PHASES = 10
OUTCOMES = (Outcome.PASSED,) * 7 + (Outcome.FAILED, Outcome.ERROR, Outcome.UNAVAILABLE)
NOW = dt.datetime(2026, 3, 10, 12, tzinfo=dt.UTC)


def main() -> int:
    """Print the comparison."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    roadmap = _roadmap(count)
    past = [_judged(roadmap, _findings(roadmap), f"past-{n}", None) for n in range(3)]
    learning, baseline = timed(lambda: baseline_of(past))
    found = _findings(roadmap)
    scoring, card = timed(lambda: _judged(roadmap, found, "now", baseline))
    again, _ = timed(lambda: score_again(card))
    halves = {
        f"{n}.json": _judged(roadmap, found[n::2], f"shard-{n}", baseline)
        for n in range(2)
    }
    merging, joined = timed(lambda: merged(halves))
    comparing, _ = timed(lambda: compare(past[0], joined))
    dumping, _ = timed(lambda: json.dumps([to_json(f) for f in found]))
    for name, seconds in (
        ("learn a baseline of three runs", learning),
        ("score", scoring),
        ("score again", again),
        ("merge two shards", merging),
        ("compare two runs", comparing),
        ("bare json.dumps of the findings", dumping),
    ):
        print(f"{name:<34} {seconds:6.2f} s {seconds / dumping:7.1f} times json.dumps")
    same = [r.verdict for r in joined.results] == [r.verdict for r in card.results]
    print(f"{count} requirements; merged they are {'the same' if same else 'others'}")
    return 0 if same else 1


def timed(work: Callable[[], T]) -> tuple[float, T]:
    """Return the processor seconds of `work`, and its result."""
    begin = time.process_time()
    result = work()
    return time.process_time() - begin, result


def _roadmap(count: int) -> Roadmap:
    """Return a plan of `count` requirements in ten phases."""
    limits = (Limit(name="seconds", at_most=30.0),)
    phases = []
    for number in range(1, PHASES + 1):
        requirements = tuple(
            Requirement(
                id=f"BENCH-{number}-{n}",
                suite="bench",
                phase=number,
                section="All",
                topic="All",
                title=f"Claim {n} of {number} holds.",
                limits=limits,
            )
            for n in range(count // PHASES)
        )
        section = Section(name="All", requirements=requirements)
        phases.append(Phase(number=number, name=f"P{number}", sections=(section,)))
    return Roadmap(suite="bench", title="", root="", digest="", phases=tuple(phases))


def _findings(roadmap: Roadmap) -> list[Finding]:
    """Return a finding per requirement, as a probe would leave it."""
    return [
        Finding(
            requirement=requirement.id,
            probe=f"probe::{requirement.id}",
            outcome=OUTCOMES[number % len(OUTCOMES)],
            message="what was seen, in a sentence of an ordinary length",
            started=NOW.timestamp() - 60,
            measurements=(Measurement(name="seconds", value=12.5),),
        )
        for number, requirement in enumerate(roadmap.requirements())
    ]


def _judged(roadmap: Roadmap, findings: list[Finding], name: str, past) -> Scorecard:
    """Return the scorecard with every switch on."""
    criterion = Criterion(
        phase=0,
        threshold=Fraction(9, 10),
        warning_band=Fraction(1, 50),
        most_waivers=3,
        regression=Regression(allowed=Fraction(1, 10)),
    )
    criteria = [
        replace(
            criterion,
            phase=phase.number,
            weights=tuple((r.id, 5) for r in list(phase.requirements())[:100]),
        )
        for phase in roadmap.phases
    ]
    policy = Policy(max_age_days=30, age_warning_days=7)
    return score(
        roadmaps=(roadmap,),
        mapped={r.id: (f"probe::{r.id}",) for r in roadmap.requirements()},
        findings=findings,
        criteria={"bench": Criteria(phases=tuple(criteria), policy=policy)},
        waivers=(),
        run=Run(id=name, started=0.0, finished=1.0, version="0"),
        now=NOW,
        baseline=past,
    )


if __name__ == "__main__":
    sys.exit(main())
