"""What Prometheus may know of a run.

    metrics.prom       for the node exporter's text-file collector
    openmetrics.txt    the same for readers of OpenMetrics
    items.prom         a series per requirement: collect it to opt in

Ratios are 0 to 1 and times are seconds; there are no time stamps on samples,
as the text-file collector demands.  "Items" are our requirements: the metrics'
names follow what other tools call them.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from prometheus_client import CollectorRegistry, Gauge, Info
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import generate_latest
from prometheus_client.openmetrics import exposition as openmetrics
from prometheus_client.registry import Collector

from pytest_roadmap.model import Decision, Outcome, Verdict
from pytest_roadmap.reporting import files
from pytest_roadmap.reporting.reading import by_phase
from pytest_roadmap.reporting.text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from fractions import Fraction
    from pathlib import Path

    from prometheus_client.metrics_core import Metric

    from pytest_roadmap.model import PhaseScore, Result, Scorecard

FILE = "metrics.prom"
OPEN_FILE = "openmetrics.txt"
ITEMS_FILE = "items.prom"
_MOST_WAIVERS = 100  # one time series each: bounded, whatever people write
_PHASE = ["suite", "phase"]


@pytest.hookimpl
def pytest_roadmap_report(scorecard: Scorecard, folder: Path) -> None:
    """Write metrics.prom, openmetrics.txt and items.prom."""
    registry = registered(scorecard)
    files.write(folder / FILE, generate_latest(registry))
    open_text = openmetrics.generate_latest(registry)  # type: ignore[no-untyped-call] # the library leaves it so
    files.write(folder / OPEN_FILE, open_text)
    files.write(folder / ITEMS_FILE, generate_latest(items(scorecard)))


def registered(scorecard: Scorecard) -> CollectorRegistry:
    """Return the metrics of a run: as many series however large the plan is."""
    registry = CollectorRegistry(auto_describe=False)
    _run(scorecard, registry)
    _phases(scorecard, registry)
    _waivers(scorecard, registry)
    return registry


def items(scorecard: Scorecard) -> CollectorRegistry:
    """Return a series per requirement, for those who want to pay for it."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Items(scorecard))
    return registry


class _Items(Collector):
    """The series per requirement, made when they are collected.

    A gauge of the library would keep an object with a lock for each of them.
    """

    def __init__(self, scorecard: Scorecard) -> None:
        self._results = scorecard.results

    def collect(self) -> Iterator[Metric]:
        """Yield the verdicts, and when what passes was last seen to pass."""
        verdicts: dict[tuple[str, ...], float] = {}
        verified: dict[tuple[str, ...], float] = {}
        for result in self._results:
            asked, name = result.requirement, one_line(result.requirement.id)
            phase = (one_line(asked.suite), str(asked.phase))
            verdicts[name, *phase, result.verdict.value] = 1.0
            passed = [
                finding.started + finding.duration_s
                for finding in result.findings
                if finding.outcome is Outcome.PASSED
            ]
            if passed and result.verdict is Verdict.PASSED:
                verified[name,] = max(passed)
        labels = ["item", *_PHASE, "verdict"]
        help_ = "1 for a requirement's verdict."
        yield _family("item_verdict", help_, labels, verdicts)
        name = "item_last_verified_timestamp_seconds"
        help_ = "When a probe of the requirement last passed."
        yield _family(name, help_, ["item"], verified)


def _family(
    name: str, help_: str, labels: list[str], series: Mapping[tuple[str, ...], float]
) -> Metric:
    """Return the gauges called `roadmap_<name>`, a series per tuple of labels."""
    family = GaugeMetricFamily(f"roadmap_{name}", help_, labels=labels)
    for key, value in series.items():
        family.add_metric(key, value)
    return family


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
        "flaky_items": (
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
    number = _gauge(registry, "phase_items", "Requirements by verdict.", labels)
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
