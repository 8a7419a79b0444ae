"""The time-lines of a run's experiments, read from their evidence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_roadmap.model import Timeline
from pytest_roadmap.model.timeline import KIND
from pytest_roadmap.reporting.sharing import shared

if TYPE_CHECKING:
    from pytest_roadmap.model import Finding, Result, Scorecard


@dataclass(frozen=True, slots=True, kw_only=True)
class Experiment:
    """An experiment and every requirement that was judged by it."""

    timeline: Timeline
    results: tuple[Result, ...]


@shared
def experiments(scorecard: Scorecard) -> tuple[Experiment, ...]:
    """Return the experiments in the plan's order, each once.

    Requirements that share a fact share its time-line.  A text that is none,
    in an archive that somebody has edited, is left to the evidence's reader.
    """
    by_text: dict[str, list[Result]] = {}
    for result in scorecard.results:
        for text in {text for finding in result.findings for text in _texts(finding)}:
            by_text.setdefault(text, []).append(result)
    found = []
    for text, results in by_text.items():
        try:
            timeline = Timeline.from_text(text)
        except ValueError:
            continue
        found.append(Experiment(timeline=timeline, results=tuple(results)))
    return tuple(found)


def _texts(finding: Finding) -> tuple[str, ...]:
    """Return the time-lines of an attempt, as they were kept."""
    return tuple(e.text for e in finding.evidence if e.kind == KIND and e.text)
