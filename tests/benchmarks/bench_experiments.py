"""What faults and recoveries cost a run, read from the newest archive that has any.

    python tests/benchmarks/bench_experiments.py [RUN]

From the time-lines of a real run (`pytest --roadmap --roadmap-phase 3`; the live
tests leave one): how long a fault takes until it is seen to be on and off, how fine
a recovery is measured, and how much of the probes' time overlapped.  Ratios are to
the chain's own block interval, for that is what a probe can resolve.
"""

from __future__ import annotations

import statistics
import sys
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_roadmap.reporting.archive import read
from pytest_roadmap.reporting.experiments import experiments

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_roadmap.model import Scorecard

RUNS = Path(__file__).resolve().parents[2] / "reports" / "runs"


def main() -> int:
    """Print the figures of the run that is named, or of the newest one."""
    named = [Path(name) for name in sys.argv[1:2]]
    for folder in named or _kept():
        card = read(folder / "scorecard.json")
        if found := experiments(card):
            tell(card, [each.timeline for each in found])
            return 0
    print("no run with experiments: the live tests make one")
    return 0


def _kept() -> list[Path]:
    """Return the runs that are kept here, the newest first."""
    found = [file.parent for file in RUNS.glob("2*/scorecard.json")]
    return sorted(found, reverse=True)


def tell(card: Scorecard, timelines: Sequence) -> None:
    """Print the figures of a run."""
    gaps = [b - a for line in timelines for a, b in pairwise(line.blocks.at)]
    interval = statistics.median(gaps)
    bands = [band for line in timelines for band in line.bands]
    ons = [b.verified - b.injected for b in bands if b.verified is not None]
    offs = [b.off - b.healed for b in bands if b.off is not None]
    print(f"run {card.run.id}: {len(timelines)} experiments, {len(bands)} faults")
    print(f"{'block interval':34}{interval:8.2f} s")
    line("injection until seen to be on", ons, interval)
    line("healing until seen to be off", offs, interval)
    recoveries = [b.recovered - b.healed for b in bands if b.recovered and b.healed]
    line("healing until recovered", recoveries, interval)
    if recoveries:
        share = interval / statistics.median(recoveries)
        print(f"{'resolution of a recovery':34}{100 * share:8.1f} % of the median one")
    findings = [f for result in card.results for f in result.findings]
    busy = sum(f.duration_s for f in findings if f.started >= card.run.started)
    wall = card.run.finished - card.run.started
    print(f"{'sum of durations to wall time':34}{busy / wall:8.2f}")


def line(name: str, seconds: Sequence[float], interval: float) -> None:
    """Print the median and the 95th percentile of some times."""
    if not seconds:
        print(f"{name:34}    none")
        return
    ordered = sorted(seconds)
    high = ordered[min(len(ordered) - 1, round(0.95 * len(ordered)))]
    middle = statistics.median(ordered)
    print(
        f"{name:34}{middle:8.2f} s at the median ({middle / interval:.1f} blocks), "
        f"{high:.2f} s at the 95th percentile"
    )


if __name__ == "__main__":
    sys.exit(main())
