"""gl-code-quality-report.json: what GitLab shows beside a merge request's lines."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from pytest_roadmap.reporting import files, lined
from pytest_roadmap.reporting.places import told
from pytest_roadmap.reporting.reading import must_hold
from pytest_roadmap.reporting.text import one_line

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_roadmap.model import Scorecard
    from pytest_roadmap.reporting.places import Told

FILE = "gl-code-quality-report.json"
_SEVERITIES = {"error": "critical", "warning": "minor", "notice": "info"}


@pytest.hookimpl
def pytest_roadmap_report(scorecard: Scorecard, folder: Path) -> None:
    """Write gl-code-quality-report.json."""
    files.write(folder / FILE, dumps(scorecard))


def dumps(scorecard: Scorecard) -> str:
    """Return what is not fine as GitLab's code-quality JSON."""
    must = must_hold(scorecard)
    return lined.dumps(
        lined.Lines(
            _entry(entry, must=entry.result.requirement.id in must)
            for entry in told(scorecard)
        )
    )


def _entry(entry: Told, *, must: bool) -> dict[str, object]:
    """Return one entry; its fingerprint stays while the verdict does."""
    result = entry.result
    severity = _SEVERITIES[entry.level]
    key = f"{result.requirement.suite}\n{result.requirement.id}\n{result.verdict.value}"
    return {
        "description": f"{one_line(result.requirement.id)}: {entry.text}",
        "check_name": f"roadmap.{result.verdict.value}",
        "fingerprint": hashlib.sha256(files.encoded(key)).hexdigest(),
        "severity": "blocker" if must and severity == "critical" else severity,
        "location": {"path": entry.file, "lines": {"begin": entry.line}},
    }
