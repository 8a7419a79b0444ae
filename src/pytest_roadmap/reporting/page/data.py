"""What the page tells of each requirement: as JSON, from which the script makes rows.

Evidence shares one budget of bytes, so that a run whose probes brought much
still makes a page that opens at once; what has no room is in scorecard.json or
in a file beside the page.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from pytest_roadmap.reporting import reading
from pytest_roadmap.reporting.page.words import anchor, size
from pytest_roadmap.reporting.text import middle_out, one_line, plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pytest_roadmap.model import (
        Evidence,
        Finding,
        Limit,
        Requirement,
        Result,
        Waiver,
    )

BUDGET = 1_500_000  # bytes of all evidence as it stands in the page
_EXCERPT = 16_000  # characters of one piece of evidence
_OURS = re.compile(r"evidence/[0-9a-f]{64}\.txt")
Entry = dict[str, Any]  # JSON is untyped; only the page sees it

_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
# What could end the element or be read as markup; JSON has an escape for it.
_ESCAPES = {c: f"\\u{ord(c):04x}" for c in "<>&\u2028\u2029"}


def dumps(entries: Iterable[Entry]) -> Markup:
    """Return entries as JSON that is safe inside a script element, one a line."""
    text = ",\n".join(map(_encoded, entries))
    return Markup(f"[{text}]")  # noqa: S704 - markup has been escaped


def _encoded(value: object) -> str:
    """Return a value as JSON without a character that could be markup."""
    text = _ENCODER.encode(value)
    for character, escape in _ESCAPES.items():
        if character in text:
            text = text.replace(character, escape)
    return text


class Excerpts:
    """Hands out the text of each piece of evidence while there is room."""

    def __init__(self) -> None:
        self._room = BUDGET

    def of(self, evidence: Evidence) -> str:
        """Return what the page shows of a piece of evidence itself."""
        if self._room <= 0 or not evidence.text:
            return ""
        text = plain(middle_out(evidence.text, _EXCERPT), 2 * _EXCERPT)
        cost = len(_encoded(text).encode())
        if cost > self._room:
            self._room = 0
            return ""
        self._room -= cost
        return text


def entry(result: Result, owners: Mapping[str, str], excerpts: Excerpts) -> Entry:
    """Return one requirement; empty fields are left out."""
    asked = result.requirement
    found: Entry = {
        "id": one_line(asked.id),
        "anchor": anchor(asked.id),
        "phase": f"{asked.suite} {asked.phase}",
        "verdict": result.verdict.value,
        "section": one_line(asked.section),
        "title": one_line(asked.title),
        "topic": one_line(asked.topic),
        "message": plain(result.message),
        "flags": [one_line(flag) for flag in result.flags],
        "asked": _asked(asked),
        "strength": asked.strength.value,
        "claim": asked.claim.value,
        "probes": [] if result.findings else [one_line(p) for p in result.probes],
        "waiver": "" if result.waiver is None else _waiver(result.waiver),
        "owner": one_line(owners.get(asked.id, "")),
        "attempts": [
            _attempt(finding, asked.limits, excerpts) for finding in result.findings
        ],
    }
    return {name: value for name, value in found.items() if value}


def _asked(asked: Requirement) -> list[tuple[str, str]]:
    """Return what was asked as pairs of a label and a text."""
    limits = ", ".join(f"{limit.name} {limit}" for limit in asked.limits)
    pairs = (
        ("Given", asked.given),
        ("When", asked.when),
        ("Then", asked.then),
        ("Must fail on", asked.counter_example),
        ("Limits", limits),
    )
    return [(label, plain(text)) for label, text in pairs if text]


def _waiver(waiver: Waiver) -> str:
    """Return a waiver as a sentence."""
    return one_line(
        f"until {waiver.expires}, owner {waiver.owner}, approved by "
        f"{waiver.approver}: {waiver.reason}",
        600,
    )


def _attempt(finding: Finding, limits: Sequence[Limit], excerpts: Excerpts) -> Entry:
    """Return one attempt; empty fields are left out."""
    entry: Entry = {
        "outcome": finding.outcome.value.replace("_", " "),
        "number": finding.attempt,
        "took": reading.duration(finding.duration_s),
        "at": reading.moment(finding.started) if finding.started else "",
        "strength": finding.strength.value,
        "probe": one_line(finding.probe),
        "message": plain(finding.message),
        "numbers": measured(finding, limits),
        "evidence": [_evidence(piece, excerpts) for piece in finding.evidence],
    }
    return {name: value for name, value in entry.items() if value}


def measured(
    finding: Finding, limits: Sequence[Limit]
) -> list[tuple[str, str, str, bool]]:
    """Return name, value, limit and whether it holds of each measured number."""
    bounds = {limit.name: limit for limit in limits}
    rows = []
    for number in finding.measurements:
        limit = bounds.get(number.name)
        holds = limit is None or limit.admits(number.value)
        text = "" if limit is None else str(limit)
        rows.append((one_line(number.name), f"{number.value:g}", text, holds))
    return rows


def _evidence(piece: Evidence, excerpts: Excerpts) -> Entry:
    """Return one piece of evidence; a path is a link only if we wrote it."""
    entry: Entry = {
        "kind": one_line(piece.kind),
        "name": one_line(piece.name),
        "size": size(piece.size),
        "path": piece.path if _OURS.fullmatch(piece.path) else "",
        "text": excerpts.of(piece),
        "kept": bool(piece.text),
    }
    return {name: value for name, value in entry.items() if value}
