"""How it went before: each phase through the runs, and what is not steady."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_roadmap.model.percent import percent
from pytest_roadmap.reporting.chapters import Cell, Chapter
from pytest_roadmap.reporting.reading import moment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_roadmap.model import FlakeHealth, History, PhaseTrend, Scorecard

ENOUGH = 2  # runs from which a line can be drawn


def chapter(scorecard: Scorecard) -> Chapter | None:
    """Return what earlier runs tell, None where there were none."""
    history = scorecard.history
    if history is None or len(history.runs) < ENOUGH:
        return None
    return Chapter(
        name="history",
        title="Earlier runs",
        place=60,
        lead=_lead(history),
        columns=("requirement", "since or health", "seen"),
        rows=tuple(_rows(history)),
        points=tuple(curve for trend in history.trends if (curve := _curve(trend))),
    )


def _lead(history: History) -> str:
    """Return what the curves and the table show, and what a reader has to know."""
    first = moment(history.runs[0].started)
    read = (
        f"What was certain of each phase in {len(history.runs)} runs since {first}, "
        "in percent; below, what fails and since when, and what does not pass steadily."
    )
    words = [read]
    if history.outages:
        words.append(f"Outages, which count for nobody: {', '.join(history.outages)}.")
    return " ".join((*words, *history.notes))


def _curve(trend: PhaseTrend) -> tuple[str, tuple[float, ...]] | None:
    """Return a phase's certain rates, None where fewer than two runs have one."""
    rates = tuple(100 * float(p.low) for p in trend.points if p.low is not None)
    return (f"{trend.number} {trend.name}", rates) if len(rates) >= ENOUGH else None


def _rows(history: History) -> Iterator[tuple[Cell, ...]]:
    """Yield what fails, and then what is flaky."""
    for each in history.failing:
        more = "at least " if each.at_least else ""
        since = f"fails since {moment(each.started)}, run {each.run}"
        yield (
            Cell(text=each.requirement, requirement=each.requirement),
            Cell(text=since, broken=True),
            Cell(text=f"{more}{each.runs} runs"),
        )
    for flake in history.flaky:
        yield (
            Cell(text=flake.requirement, requirement=flake.requirement),
            Cell(text=f"health {percent(flake.health)}"),
            Cell(text=_seen(flake)),
        )


def _seen(flake: FlakeHealth) -> str:
    """Return how often it passed and changed, with the strip of its results."""
    unexplained = flake.same_commit_flips
    same = f", {unexplained} without a change of the code" if unexplained else ""
    return (
        f"{flake.passes} of {flake.attempts} passed, {flake.flips} changes{same}: "
        f"{flake.strip}"
    )
