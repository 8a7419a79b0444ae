"""scorecard.json: the whole judged run, and enough to judge it again.

Its schema is `reports/schema/scorecard.schema.json`.  One requirement is one
line, so that a difference of two archives can be read.  The last field is the
SHA-256 of everything else: an archive that somebody edited is told apart from
one that a run wrote.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest

from pytest_roadmap.errors import ReportError
from pytest_roadmap.model.jsonable import to_json, to_lean_json
from pytest_roadmap.reporting import files, lined, outlines
from pytest_roadmap.reporting.reading import blocking_ids, counts, moment
from pytest_roadmap.reporting.unpacking import PLAIN, scorecard_of

if TYPE_CHECKING:
    from fractions import Fraction
    from pathlib import Path

    from pytest_roadmap.model import PhaseScore, Result, Scorecard

FILE = "scorecard.json"
FORMAT = "pytest-roadmap/scorecard"
VERSION = 1

_Json = dict[str, Any]  # JSON is untyped; nothing of it leaves this module


@pytest.hookimpl
def pytest_roadmap_report(scorecard: Scorecard, folder: Path) -> None:
    """Write scorecard.json."""
    files.write(folder / FILE, dumps(scorecard))


def dumps(scorecard: Scorecard) -> str:
    """Return a scorecard as the text of its archive."""
    body = _body(scorecard)
    body["digest"] = _digest(body)
    return lined.dumps(body)


def read(path: Path) -> Scorecard:
    """Return the scorecard that `path` holds.

    Raises:
        ReportError: It cannot be read, is cut off, is no scorecard, is of
            another version or was edited.
    """
    body = _parsed(path)
    stated = body.pop("digest", None)
    if stated != _digest(body):
        raise ReportError(
            "it was changed after a run wrote it: its digest does not fit",
            where=str(path),
            remedy="use the file as the run wrote it; to judge it by other criteria "
            "there is `pytest-roadmap score --criteria`",
        )
    try:
        return scorecard_of(body)
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise ReportError(
            f"it does not follow the schema: {error!r}",
            where=str(path),
            remedy="compare it with reports/schema/scorecard.schema.json",
        ) from error


def _parsed(path: Path) -> _Json:
    """Return the JSON of a scorecard of our version.

    Raises:
        ReportError: It is something else.
    """
    where = str(path)
    try:
        body = json.loads(path.read_bytes())
    except OSError as error:
        reason = error.strerror or str(error)
        remedy = "name the scorecard.json of a run, for example reports/runs/latest"
        message = f"it cannot be read: {reason}"
        raise ReportError(message, where=where, remedy=remedy) from error
    except (ValueError, RecursionError) as error:
        remedy = "copy it again; a run writes it whole or not at all"
        message = f"it is no complete JSON ({error})"
        raise ReportError(message, where=where, remedy=remedy) from error
    if not isinstance(body, dict) or body.get("format") != FORMAT:
        remedy = "name a scorecard.json that a run wrote"
        raise ReportError("it is no scorecard of ours", where=where, remedy=remedy)
    if body.get("version") != VERSION:
        message = f"it has version {body.get('version')!r}, and this reads {VERSION}"
        remedy = "use the pytest-roadmap that wrote it, or make the run again"
        raise ReportError(message, where=where, remedy=remedy)
    return body


def _digest(body: _Json) -> str:
    """Return the SHA-256 of a body's canonical JSON."""
    text = json.dumps(body, sort_keys=True, separators=(",", ":"), allow_nan=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _body(scorecard: Scorecard) -> _Json:
    """Return a scorecard as JSON values, without the digest."""
    run = to_json(scorecard.run)
    run["started_at"] = moment(scorecard.run.started)
    run["finished_at"] = moment(scorecard.run.finished)
    blocking = blocking_ids(scorecard)
    past = {} if scorecard.history is None else {"history": to_json(scorecard.history)}
    return {
        "format": FORMAT,
        "version": VERSION,
        "decision": scorecard.decision.value,
        "reasons": list(scorecard.reasons),
        "notes": list(scorecard.notes),
        "run": run,
        "counts": {v.value: n for v, n in counts(scorecard).items()},
        "flips": to_json(scorecard.flips),
        "phases": lined.Lines(_phase(phase) for phase in scorecard.phases),
        "requirements": lined.Lines(
            _requirement(result, blocking) for result in scorecard.results
        ),
        "roadmaps": [outlines.outline(roadmap) for roadmap in scorecard.roadmaps],
        "basis": to_json(scorecard.basis),
    } | past


def _phase(phase: PhaseScore) -> _Json:
    """Return a phase; shares are numbers for a program, and exact beside it."""
    entry: _Json = to_json(phase)
    for name in ("threshold", "low", "high"):
        exact: Fraction | None = getattr(phase, name)
        entry[name] = None if exact is None else float(exact)
        entry[f"{name}_exact"] = None if exact is None else _exact(exact, phase, name)
    return entry


def _exact(share: Fraction, phase: PhaseScore, name: str) -> str:
    """Return a share as `61/65`: out of the phase's total or points, not reduced."""
    if name == "threshold":
        return f"{share.numerator}/{share.denominator}"
    whole = phase.weight or phase.total
    return f"{share * whole}/{whole}"


def _requirement(result: Result, blocking: frozenset[str]) -> _Json:
    """Return a requirement with its verdict, its findings and its evidence.

    A finding names its evidence by position in the requirement's list, so that
    nothing stands there twice.  What a plan or a probe does not say is left out.
    """
    asked: _Json = to_lean_json(result.requirement)
    asked["strength"] = result.requirement.strength.value
    entry = {name: asked.pop(name) for name in PLAIN}
    evidence: list[_Json] = []
    findings = []
    for finding in result.findings:
        told = to_lean_json(finding)
        start = len(evidence)
        evidence += told.pop("evidence", ())
        if len(evidence) > start:
            told["evidence"] = list(range(start, len(evidence)))
        findings.append(told)
    return entry | {
        "verdict": result.verdict.value,
        "outcome": result.outcome.value,
        "message": result.message,
        "flags": list(result.flags),
        "blocking": result.requirement.id in blocking,
        "duration_s": round(result.duration_s, 3),
        "attempts": result.attempts,
        "waiver": to_json(result.waiver),
        "disposition": to_json(result.disposition),
        "evidence": evidence,
        "probes": list(result.probes),
        "findings": findings,
        "asked": asked,
    }
