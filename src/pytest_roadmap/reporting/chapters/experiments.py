"""What was broken on purpose, and how long everything took."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from pytest_roadmap.model import Verdict
from pytest_roadmap.reporting.chapters import Cell, Chapter
from pytest_roadmap.reporting.experiments import experiments

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_roadmap.model import Band, Result, Scorecard, Timeline
    from pytest_roadmap.reporting.experiments import Experiment

_UNSEEN = ""  # a kill has no end, and not every recovery is asked for
_SPACE = "\N{NO-BREAK SPACE}"


def chapter(scorecard: Scorecard) -> Chapter | None:
    """Return the faults of the run's experiments, None where there was none."""
    found = experiments(scorecard)
    if not found:
        return None
    return Chapter(
        name="faults",
        title="Faults",
        place=20,
        lead="What was broken on purpose: seconds from the injection until it was "
        "seen to be on, how long it was on, from the healing until it was seen to be "
        "off, and from the healing until the target had recovered.",
        columns=(
            "judged by it",
            "fault",
            "on after",
            "on for",
            "off after",
            "recovered after",
            "longest time without a block",
        ),
        rows=tuple(row for experiment in found for row in _rows(experiment)),
    )


def _rows(experiment: Experiment) -> Iterator[tuple[Cell, ...]]:
    """Yield a row per fault; whoever failed on it comes first."""
    timeline = experiment.timeline
    judges = sorted(experiment.results, key=lambda r: r.verdict is not Verdict.FAILED)
    for band in timeline.bands:
        yield (
            _judges(judges),
            Cell(text=band.what),
            Cell(text=_seconds(band.injected, band.verified)),
            Cell(text=_seconds(band.verified, band.healed)),
            Cell(text=_seconds(band.healed, band.off)),
            _recovery(band),
            Cell(text=_gap(timeline, band)),
        )


def _judges(results: list[Result]) -> Cell:
    """Return the first requirement as a link; how many more there are, in words."""
    first = results[0]
    more = f" +{len(results) - 1}" if len(results) > 1 else ""
    return Cell(
        text=f"{first.requirement.id}{more}",
        requirement=first.requirement.id,
        verdict=first.verdict,
    )


def _recovery(band: Band) -> Cell:
    """Return how long the recovery took; a fault that was healed must have one."""
    since = band.injected if band.healed is None else band.healed
    return Cell(text=_seconds(since, band.recovered))


def _seconds(since: float | None, until: float | None) -> str:
    """Return the time between two moments."""
    if since is None or until is None:
        return _UNSEEN
    return f"{max(until - since, 0):.1f}{_SPACE}s"


def _gap(timeline: Timeline, band: Band) -> str:
    """Return the longest time without a block from a fault to its recovery.

    Like the probes, a gap counts whole when its end lies in that time.
    """
    ends = [m for m in (band.healed, band.off, band.recovered) if m is not None]
    end = max(ends, default=float("inf"))
    gaps = [
        later - earlier
        for earlier, later in itertools.pairwise(timeline.blocks.at)
        if later >= band.injected and earlier <= end
    ]
    return f"{max(gaps):.1f}{_SPACE}s" if gaps else _UNSEEN
