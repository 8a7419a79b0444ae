"""ctrf.json: the run in the Common Test Report Format.

The format has five statuses; `rawStatus` keeps the verdict.  As in junit.xml,
an unknown that blocks is a failure.
"""

from __future__ import annotations

import uuid
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from pytest_roadmap.model import Outcome, Verdict
from pytest_roadmap.reporting import files, lined
from pytest_roadmap.reporting.reading import (
    blocking_ids,
    moment,
    phase_name,
    why,
)
from pytest_roadmap.reporting.text import one_line, plain

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_roadmap.model import Finding, Result, Scorecard

FILE = "ctrf.json"
_STATUSES = ("passed", "failed", "skipped", "pending", "other")
_OUTCOMES = {Outcome.PASSED: "passed", Outcome.FAILED: "failed"}
_Json = dict[str, Any]  # JSON is untyped; nothing of it leaves this module


@pytest.hookimpl
def pytest_roadmap_report(scorecard: Scorecard, folder: Path) -> None:
    """Write ctrf.json."""
    files.write(folder / FILE, dumps(scorecard))


def dumps(scorecard: Scorecard) -> str:
    """Return a scorecard as a CTRF document."""
    run = scorecard.run
    tests = _tests(scorecard)
    found = Counter(test["status"] for test in tests)
    summary = {status: found[status] for status in _STATUSES}
    times = {"start": _milliseconds(run.started), "stop": _milliseconds(run.finished)}
    suites = len({tuple(test["suite"][:2]) for test in tests})
    document = {
        "reportFormat": "CTRF",
        "specVersion": "0.0.0",
        "reportId": str(uuid.uuid5(uuid.NAMESPACE_URL, f"roadmap:{_key(scorecard)}")),
        "timestamp": moment(run.finished),
        "generatedBy": f"pytest-roadmap {one_line(run.version)}",
        "results": {
            "tool": {"name": "pytest-roadmap", "version": one_line(run.version)},
            "summary": {"tests": len(tests), **summary, "suites": suites, **times},
            "tests": lined.Lines(tests),
            "environment": {"commit": one_line(run.commit), "extra": _extra(scorecard)},
        },
    }
    return lined.dumps(document)


def _key(scorecard: Scorecard) -> str:
    """Return what tells this document from others: the run and its judging."""
    at = scorecard.basis.at if scorecard.basis else scorecard.run.finished
    return one_line(f"{scorecard.run.id} {at}")


def _extra(scorecard: Scorecard) -> _Json:
    """Return what the format has no field for."""
    return {
        "run": one_line(scorecard.run.id),
        "decision": scorecard.decision.value,
        "target": {
            one_line(key): one_line(value) for key, value in scorecard.run.target
        },
    }


def _tests(scorecard: Scorecard) -> list[_Json]:
    """Return every requirement as a test."""
    blocking = blocking_ids(scorecard)
    names = {(p.suite, p.number): phase_name(p) for p in scorecard.phases}
    found = []
    for result in scorecard.results:
        asked = result.requirement
        phase = names.get((asked.suite, asked.phase), str(asked.phase))
        suite = [one_line(part) for part in (asked.suite, phase, asked.section)]
        found.append(_test(result, suite, blocks=asked.id in blocking))
    return found


def _test(result: Result, suite: list[str], *, blocks: bool) -> _Json:
    """Return one requirement as a test; every attempt but the last is a retry."""
    asked = result.requirement
    test: _Json = {
        "name": one_line(f"{asked.id} {asked.title}"),
        "status": status(result, blocks=blocks),
        "duration": _milliseconds(result.duration_s),
        "suite": suite,
        "rawStatus": result.verdict.value,
        "type": "roadmap",
        "tags": [one_line(flag) for flag in result.flags],
        "retries": max(0, result.attempts - 1),
        "flaky": "flaky" in result.flags and result.verdict is Verdict.PASSED,
    }
    if said := plain(why(result)):
        test["message"] = said
    if result.attempts > 1:
        test["retryAttempts"] = [_attempt(f) for f in result.findings[:-1]]
    return test


def _attempt(finding: Finding) -> _Json:
    """Return one attempt that was made again."""
    return {
        "attempt": max(1, finding.attempt),
        "status": _OUTCOMES.get(finding.outcome, "other"),
        "duration": _milliseconds(finding.duration_s),
        "message": one_line(finding.message),
    }


def status(result: Result, *, blocks: bool) -> str:
    """Return which of the format's statuses a result has."""
    verdict = result.verdict
    if verdict is Verdict.PASSED:
        return "passed"
    if verdict is Verdict.FAILED or (blocks and verdict is not Verdict.ERROR):
        return "failed"
    if verdict.unknown and verdict is not Verdict.ERROR:
        return "pending"
    return "other"


def _milliseconds(seconds: float) -> int:
    """Return seconds as whole milliseconds, never negative."""
    return max(0, round(seconds * 1000))
