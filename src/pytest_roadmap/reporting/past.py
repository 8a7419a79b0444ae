"""Past runs on the screen: tables that fit 80 columns."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from rich import box
from rich.table import Table

from pytest_roadmap.model.history import ABSENT
from pytest_roadmap.model.percent import percent
from pytest_roadmap.reporting.reading import DECISION_SIGNS, SIGNS, moment, share
from pytest_roadmap.reporting.text import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_roadmap.model import FailingSince, FlakeHealth, PastRun, PhaseTrend

_BARS = "▁▂▃▄▅▆▇█"
_SHOWN = 20  # cells of a strip
_DAY_S = 86_400


def runs_table(runs: Sequence[PastRun]) -> Table:
    """Return the runs, the newest last."""
    table = _table("run", "started (UTC)", "commit", "passed", "decision")
    for run in runs:
        cut = "" if run.complete else " (cut off)"
        table.add_row(
            one_line(run.id, 24),
            moment(run.started)[:16].replace("T", " "),
            one_line(run.commit, 300)[:9],
            f"{run.passed}/{run.total}",
            f"{DECISION_SIGNS[run.decision]} {run.decision}{cut}",
        )
    return table


def trends_table(trends: Sequence[PhaseTrend]) -> Table:
    """Return the phases: a bar per run, the first and the last rate."""
    table = _table("phase", "passed, run by run", "first", "last", "asked")
    several = len({trend.suite for trend in trends}) > 1
    for trend in trends:
        points = trend.points[-_SHOWN:]
        suite = f"{trend.suite}: " if several else ""
        table.add_row(
            one_line(f"{suite}{trend.number} {trend.name}", 30),
            "".join(bar(None if p.low is None else float(p.low)) for p in points),
            share(points[0].low),
            share(points[-1].low),
            share(points[-1].threshold),
        )
    return table


def bar(height: float | None) -> str:
    """Return a bar of this height, 0 to 1; the full one means all."""
    if height is None:
        return "·"
    return _BARS[min(int(height * (len(_BARS) - 1)), len(_BARS) - 1)]


def failing_table(failing: Sequence[FailingSince]) -> Table:
    """Return what fails, what began first standing first."""
    table = _table("failing", "since run", "since (UTC)", "days", "runs")
    for one in failing:
        least = "≥ " if one.at_least else ""
        days = max(0, int((time.time() - one.started) / _DAY_S))
        table.add_row(
            one_line(one.requirement, 30),
            one_line(one.run, 24),
            moment(one.started)[:10],
            f"{least}{days}",
            f"{least}{one.runs}",
        )
    return table


def flakes_table(flakes: Sequence[FlakeHealth]) -> Table:
    """Return what does not pass steadily, the least healthy first."""
    table = _table("requirement", "health", "passed", "flips", "same commit", "runs")
    for flake in flakes:
        table.add_row(
            one_line(flake.requirement, 24),
            percent(flake.health),
            f"{flake.passes}/{flake.attempts}",
            str(flake.flips),
            str(flake.same_commit_flips),
            strip(flake),
        )
    return table


def strip(flake: FlakeHealth) -> str:
    """Return the last runs as signs, the newest last."""
    shown = flake.verdicts[-_SHOWN:]
    return "".join(ABSENT if verdict is None else SIGNS[verdict] for verdict in shown)


def _table(*names: str) -> Table:
    """Return an empty table with these columns."""
    table = Table(
        box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0)
    )
    for name in names:
        table.add_column(name, overflow="fold")
    return table
