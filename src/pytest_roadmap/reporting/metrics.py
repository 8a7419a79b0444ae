"""metrics.prom: a text file for the collectors of Prometheus.

Ratios are 0 to 1 and times are seconds; there are no time stamps on samples,
as the node exporter's text-file collector demands.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from prometheus_client import CollectorRegistry, Gauge, Info
from prometheus_client.exposition import generate_latest

from pytest_roadmap.model import Decision, Verdict
from pytest_roadmap.reporting import files
from pytest_roadmap.reporting.reading import by_phase

if TYPE_CHECKING:
    from fractions import Fraction
    from pathlib import Path

    from pytest_roadmap.model import PhaseScore, Result, Scorecard

FILE = "metrics.prom"
_MOST_WAIVERS = 100  # one time series each: bounded, whatever people write
_PHASE = ["suite", "phase"]


@pytest.hookimpl
def pytest_roadmap_report(scorecard: Scorecard, folder: Path) -> None:
    """Write metrics.prom."""
    files.write(folder / FILE, dumps(scorecard))


def dumps(scorecard: Scorecard) -> bytes:
    """Return a scorecard in the text format of Prometheus."""
    registry = CollectorRegistry(auto_describe=False)
    _run(scorecard, registry)
    _phases(scorecard, registry)
    _waivers(scorecard, registry)
    return generate_latest(registry)


def _gauge(
    registry: CollectorRegistry, name: str, help_: str, labels: list[str]
) -> Gauge:
    """Return a new gauge called `roadmap_<name>`."""
    return Gauge(f"roadmap_{name}", help_, labels, registry=registry)


def _run(scorecard: Scorecard, registry: CollectorRegistry) -> None:
    """Add what is known of the run and of the release."""
    run = scorecard.run
    build = Info("roadmap_build", "The tool that made the run.", registry=registry)
    build.info({"version": run.version})
    times = {
        "run_timestamp_seconds": ("When the run ended.", run.finished),
        "run_duration_seconds": (
            "How long the run took.",
            max(0.0, run.finished - run.started),
        ),
        "run_complete": ("1 if nothing interrupted the run.", float(run.complete)),
        "flaky_requirements": (
            "Requirements that passed only after a retry.",
            float(sum("flaky" in r.flags for r in scorecard.results)),
        ),
    }
    for name, (help_, value) in times.items():
        _gauge(registry, name, help_, []).set(value)
    decision = _gauge(
        registry, "decision", "1 for the release's decision.", ["decision"]
    )
    for one in Decision:
        decision.labels(one.value).set(one is scorecard.decision)


def _phases(scorecard: Scorecard, registry: CollectorRegistry) -> None:
    """Add counts, rates and decision of every phase."""
    labels = [*_PHASE, "verdict"]
    number = _gauge(registry, "phase_requirements", "Requirements by verdict.", labels)
    labels = [*_PHASE, "decision"]
    decision = _gauge(registry, "phase_decision", "1 for the phase's decision.", labels)
    ratios = {
        name: _gauge(registry, f"phase_{name}_ratio", help_, _PHASE)
        for name, help_ in (
            ("verified", "Passed of all: the certain share."),
            ("accepted", "Passed or waived of all."),
            ("conclusive", "Passed or failed of all."),
            ("possible", "The share if every unknown passed."),
            ("threshold", "The share that the criterion asks for."),
        )
    }
    for phase, results in by_phase(scorecard):
        key = (phase.suite, str(phase.number))
        for verdict, count in _by_verdict(results).items():
            number.labels(*key, verdict.value).set(count)
        if phase.required:
            for one in Decision:
                decision.labels(*key, one.value).set(one is phase.decision)
        for name, value in _shares(phase).items():
            if value is not None:
                ratios[name].labels(*key).set(float(value))


def _by_verdict(results: list[Result]) -> dict[Verdict, int]:
    """Return how many results have each verdict, zeros included."""
    verdicts = [result.verdict for result in results]
    return {verdict: verdicts.count(verdict) for verdict in Verdict}


def _shares(phase: PhaseScore) -> dict[str, float | Fraction | None]:
    """Return a phase's shares; none for a phase without requirements."""
    found: dict[str, float | Fraction | None] = {"threshold": phase.threshold}
    if phase.total:
        found["verified"] = phase.passed / phase.total
        found["accepted"] = (phase.passed + phase.waived) / phase.total
        found["conclusive"] = (phase.passed + phase.failed) / phase.total
        found["possible"] = phase.high
    return found


def _waivers(scorecard: Scorecard, registry: CollectorRegistry) -> None:
    """Add the waivers by state, and when those in use expire."""
    states = {"used": 0, "unused": 0, "expiring": 0}
    expiry = _gauge(
        registry,
        "waiver_expiry_timestamp_seconds",
        "When a waiver that is in use ends.",
        ["id"],
    )
    for result in scorecard.results:
        if result.waiver is None:
            continue
        used = result.verdict is Verdict.WAIVED
        states["used" if used else "unused"] += 1
        states["expiring"] += "waiver_expiring" in result.flags
        if used and states["used"] <= _MOST_WAIVERS:
            after = result.waiver.expires + dt.timedelta(days=1)
            end = dt.datetime.combine(after, dt.time(), tzinfo=dt.UTC)
            expiry.labels(result.requirement.id).set(end.timestamp())
    number = _gauge(registry, "waivers", "Waivers by state.", ["state"])
    for state, count in states.items():
        number.labels(state).set(count)
