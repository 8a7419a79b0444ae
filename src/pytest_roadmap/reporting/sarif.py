"""roadmap.sarif: what failed or blocks, as SARIF 2.1.0 with the document's line.

A waived failure is a result with an accepted suppression.  What passed or does
not block is no result; `properties` counts all verdicts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from pytest_roadmap.model import Verdict
from pytest_roadmap.reporting import files, lined
from pytest_roadmap.reporting.places import told
from pytest_roadmap.reporting.reading import counts, moment
from pytest_roadmap.reporting.text import one_line

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_roadmap.model import Requirement, Scorecard
    from pytest_roadmap.reporting.places import Told

FILE = "roadmap.sarif"
_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_Json = dict[str, Any]  # JSON is untyped; nothing of it leaves this module


@pytest.hookimpl
def pytest_roadmap_report(scorecard: Scorecard, folder: Path) -> None:
    """Write roadmap.sarif."""
    files.write(folder / FILE, dumps(scorecard))


def dumps(scorecard: Scorecard) -> str:
    """Return what failed or blocks as a SARIF log."""
    entries = [
        entry
        for entry in told(scorecard)
        if entry.level == "error" or entry.result.verdict is Verdict.WAIVED
    ]
    run = scorecard.run
    driver = {
        "name": "pytest-roadmap",
        "version": one_line(run.version),
        "rules": lined.Lines(_rule(entry.result.requirement) for entry in entries),
    }
    body = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "automationDetails": {"id": "roadmap/"},
        "invocations": [
            {
                "executionSuccessful": run.complete,
                "startTimeUtc": moment(run.started),
                "endTimeUtc": moment(run.finished),
            }
        ],
        "properties": {
            "run": one_line(run.id),
            "commit": one_line(run.commit),
            "decision": scorecard.decision.value,
            "counts": {v.value: n for v, n in counts(scorecard).items()},
        },
        "results": lined.Lines(
            _result(entry, place) for place, entry in enumerate(entries)
        ),
    }
    log = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [body]}
    return lined.dumps(log)


def _rule(requirement: Requirement) -> _Json:
    """Return a requirement as a rule."""
    return {
        "id": one_line(requirement.id),
        "shortDescription": {"text": one_line(requirement.title)},
        "properties": {"tags": [one_line(requirement.section)]},
    }


def _result(entry: Told, place: int) -> _Json:
    """Return a requirement that failed or blocks as a result of its rule."""
    result = entry.result
    failed = result.verdict in {Verdict.FAILED, Verdict.WAIVED}
    found: _Json = {
        "ruleId": one_line(result.requirement.id),
        "ruleIndex": place,
        "kind": "fail",
        "level": "error" if failed else "warning",
        "message": {"text": entry.text},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": _uri(entry.file)},
                    "region": {"startLine": entry.line},
                }
            }
        ],
        "partialFingerprints": {"requirement/v1": one_line(result.requirement.id)},
        "properties": {"verdict": result.verdict.value},
    }
    if result.verdict is Verdict.WAIVED and result.waiver is not None:
        waiver = result.waiver
        said = f"until {waiver.expires}, approved by {waiver.approver}: {waiver.reason}"
        found["suppressions"] = [
            {"kind": "external", "status": "accepted", "justification": one_line(said)}
        ]
    return found


def _uri(file: str) -> str:
    """Return a path as a URI; an absolute one as a file's."""
    text = quote(file.replace("\\", "/"), safe="/")
    return f"file://{text}" if text.startswith("/") else text
