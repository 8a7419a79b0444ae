"""When which probe ran: a lane per worker, and the slowest ten."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_roadmap.reporting.page.words import kind

if TYPE_CHECKING:
    from pytest_roadmap.model import Finding, Result, Scorecard

_MOST_BARS = 500
_SLOWEST = 10
_THINNEST = 0.15  # percent of the width: thinner ones cannot be seen


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """One attempt of a probe in its lane; places in percent of the run."""

    result: Result
    finding: Finding
    kind: str
    left: float
    width: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Lanes:
    """All lanes by worker, and the results whose attempts took longest."""

    start: float
    seconds: float
    by_worker: tuple[tuple[str, tuple[Stay, ...]], ...]
    slowest: tuple[Result, ...]
    left_out: int


def of(scorecard: Scorecard) -> Lanes | None:
    """Return the run's lanes, None where nothing of it has a time.

    Evidence that is carried over from an earlier run has its own time and no
    place here.
    """
    begin = scorecard.run.started
    seen = [
        (result, finding)
        for result in scorecard.results
        for finding in result.findings
        if finding.started >= begin and finding.duration_s > 0
    ]
    if not seen:
        return None
    end = max(finding.started + finding.duration_s for _, finding in seen)
    span = end - begin
    seen.sort(key=lambda pair: -pair[1].duration_s)
    lanes: dict[str, list[Stay]] = {}
    for result, finding in seen[:_MOST_BARS]:
        lanes.setdefault(finding.worker or "main", []).append(
            _stay(result, finding, begin, span)
        )
    slowest = sorted(scorecard.results, key=lambda result: -result.duration_s)
    return Lanes(
        start=begin,
        seconds=span,
        by_worker=tuple((name, tuple(lanes[name])) for name in sorted(lanes)),
        slowest=tuple(r for r in slowest[:_SLOWEST] if r.duration_s > 0),
        left_out=max(0, len(seen) - _MOST_BARS),
    )


def _stay(result: Result, finding: Finding, begin: float, span: float) -> Stay:
    """Return one attempt with its place."""
    width = max(_THINNEST, 100 * finding.duration_s / span)
    return Stay(
        result=result,
        finding=finding,
        kind=kind(result.verdict),
        left=round(100 * (finding.started - begin) / span, 3),
        width=round(width, 3),
    )
