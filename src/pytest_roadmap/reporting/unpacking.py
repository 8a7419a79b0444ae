"""From the JSON of an archive back to the scorecard that it was made from."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

from pytest_roadmap.model import (
    Basis,
    Decision,
    Disposition,
    Evidence,
    Finding,
    Flip,
    History,
    Outcome,
    PhaseScore,
    Requirement,
    Result,
    Run,
    Scorecard,
    Verdict,
    Waiver,
)
from pytest_roadmap.model.jsonable import from_json
from pytest_roadmap.reporting import outlines

PLAIN = ("id", "suite", "phase", "section", "topic", "title", "strength")
LAST_SECOND = 253_402_300_799  # of the year 9999

_Json = dict[str, Any]  # JSON is untyped; nothing of it leaves this module


def scorecard_of(body: _Json) -> Scorecard:
    """Return the scorecard that a body holds.

    Raises:
        KeyError: A field is missing.
        TypeError: A field is unknown or of another type.
        ValueError: A value cannot be.
    """
    run = dict(body["run"])
    del run["started_at"], run["finished_at"]
    results = tuple(_result(entry) for entry in body["requirements"])
    known = {result.requirement.id: result.requirement for result in results}
    basis = body["basis"]
    _check_times(body, [seen for entry in results for seen in entry.findings])
    return Scorecard(
        run=from_json(Run, run),
        roadmaps=tuple(outlines.roadmap_of(entry, known) for entry in body["roadmaps"]),
        decision=Decision(body["decision"]),
        reasons=tuple(body["reasons"]),
        phases=tuple(_phase_of(entry) for entry in body["phases"]),
        results=results,
        notes=tuple(body["notes"]),
        flips=tuple(from_json(Flip, entry) for entry in body["flips"]),
        basis=None if basis is None else from_json(Basis, basis),
        history=from_json(History, body["history"]) if "history" in body else None,
    )


def _check_times(body: _Json, findings: list[Finding]) -> None:
    """Refuse times that no calendar has.

    Raises:
        ValueError: One of them is no time.
    """
    basis = body["basis"] or {}
    stated = [body["run"]["started"], body["run"]["finished"], basis.get("at", 0.0)]
    for seconds in (*stated, *(finding.started for finding in findings)):
        number = float(seconds)
        if not (math.isfinite(number) and 0 <= number <= LAST_SECOND):
            message = f"{seconds} is no time in seconds since 1970"
            raise ValueError(message)


def _phase_of(entry: _Json) -> PhaseScore:
    """Return the phase that `_phase` wrote."""
    fields = dict(entry)
    for name in ("threshold", "low", "high"):
        fields[name] = fields.pop(f"{name}_exact")
    return from_json(PhaseScore, fields)


def _result(entry: _Json) -> Result:
    """Return the result that `_requirement` wrote."""
    asked = {name: entry[name] for name in PLAIN} | entry["asked"]
    evidence = [from_json(Evidence, one) for one in entry["evidence"]]
    findings = []
    for told in entry["findings"]:
        mine = tuple(evidence[place] for place in told.get("evidence", ()))
        bare = from_json(Finding, told | {"evidence": []})
        findings.append(_with_evidence(bare, mine))
    waiver, decided = entry["waiver"], entry.get("disposition")
    return Result(
        requirement=from_json(Requirement, asked),
        verdict=Verdict(entry["verdict"]),
        outcome=Outcome(entry["outcome"]),
        message=entry["message"],
        findings=tuple(findings),
        flags=tuple(entry["flags"]),
        waiver=None if waiver is None else from_json(Waiver, waiver),
        probes=tuple(entry["probes"]),
        disposition=None if decided is None else from_json(Disposition, decided),
    )


def _with_evidence(finding: Finding, evidence: tuple[Evidence, ...]) -> Finding:
    """Return the finding with its evidence."""
    return dataclasses.replace(finding, evidence=evidence) if evidence else finding
