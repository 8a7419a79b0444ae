"""report.html: one file for everybody, without a script and without a request.

Everything that is shown passes through autoescape and `text.plain`, so a log
can neither add an element nor turn the reading direction.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import jinja2
import pytest
from markupsafe import Markup

from pytest_roadmap.model import Verdict
from pytest_roadmap.reporting import files, reading
from pytest_roadmap.reporting.text import middle_out, one_line, plain

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pytest_roadmap.model import (
        Evidence,
        Finding,
        Limit,
        PhaseScore,
        Result,
        Scorecard,
    )

FILE = "report.html"
_EXCERPT = 4_000  # characters of one piece of evidence
_EXCERPTS = 1_500_000  # characters of all pieces together
_MOST_OPEN = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A part of a phase's bar: its kind, how many, and its width in percent."""

    kind: str
    count: int
    width: float


class _Excerpts:
    """Hands out the beginning of each piece of evidence while there is room."""

    def __init__(self) -> None:
        self._room = _EXCERPTS

    def of(self, evidence: Evidence) -> str:
        """Return what the report shows of a piece of evidence itself."""
        if self._room <= 0:
            return ""
        text = middle_out(evidence.text, _EXCERPT)
        self._room -= len(text)
        return text


@pytest.hookimpl
def pytest_roadmap_report(scorecard: Scorecard, folder: Path) -> None:
    """Write report.html."""
    files.write(folder / FILE, dumps(scorecard))


def dumps(scorecard: Scorecard) -> str:
    """Return a scorecard as one HTML document."""
    blocking = reading.blocks(scorecard)
    failed = [
        result.requirement.id
        for block in blocking
        for result in block.results
        if result.verdict is Verdict.FAILED
    ]
    template = _environment().get_template("report.html.j2")
    return template.render(
        card=scorecard,
        blocks=blocking,
        phases=reading.by_phase(scorecard),
        counts={v: n for v, n in reading.counts(scorecard).items() if n},
        flips=reading.flip_sentences(scorecard),
        waived=[r for r in scorecard.results if r.verdict is Verdict.WAIVED],
        opened=frozenset(failed[:_MOST_OPEN]),
        excerpt=_Excerpts().of,
        several=len(scorecard.roadmaps) > 1,
    )


def _environment() -> jinja2.Environment:
    """Return the template environment: everything escaped, everything plain."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("pytest_roadmap.reporting"),
        autoescape=True,
        finalize=_finalized,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(
        signs=reading.SIGNS,
        decision_signs=reading.DECISION_SIGNS,
        segments=segments,
        sections=sections,
        measured=measured,
    )
    environment.filters.update(
        anchor=anchor,
        decision=reading.phase_decision,
        kind=kind,
        line=one_line,
        moment=reading.moment,
        duration=reading.duration,
        name=reading.phase_name,
        share=reading.share,
        size=size,
        why=reading.why,
        word=reading.word,
    )
    return environment


def _finalized(value: object) -> object:
    """Return what a template expression shows: text from outside made plain.

    A percentage stays on the line of its number.
    """
    if isinstance(value, Markup) or not isinstance(value, str):
        return value
    return plain(value).replace(" %", "\N{NO-BREAK SPACE}%")


def anchor(requirement: str) -> str:
    """Return the id that links to a requirement."""
    return "req-" + re.sub(r"[^A-Za-z0-9._-]", "_", requirement)


def kind(verdict: Verdict) -> str:
    """Return which of four kinds a verdict is; it has a colour and a pattern."""
    if not verdict.in_scope:
        return "outside"
    if verdict.unknown:
        return "unknown"
    return verdict.value


def segments(phase: PhaseScore) -> list[Segment]:
    """Return the parts of a phase's bar from left to right.

    What is certain stands first and what is still possible next, so that the
    bracket of the interval lies beneath the unknown ones: waived failures stand
    before them only where they count.
    """
    waived = ("waived", phase.waived)
    count = phase.low is not None and phase.low * phase.total > phase.passed
    counted = (
        ("passed", phase.passed),
        *((waived,) if count else ()),
        ("unknown", phase.unknown),
        *(() if count else (waived,)),
        ("failed", phase.failed),
    )
    return [
        Segment(kind=name, count=count, width=round(100 * count / phase.total, 3))
        for name, count in counted
        if count
    ]


def sections(results: Sequence[Result]) -> dict[str, list[Result]]:
    """Return a phase's results by section, in the plan's order."""
    found: dict[str, list[Result]] = {}
    for result in results:
        found.setdefault(result.requirement.section, []).append(result)
    return found


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
        rows.append((number.name, f"{number.value:g}", text, holds))
    return rows


def size(count: int) -> str:
    """Return a number of bytes as a reader says it."""
    if count < 1024:  # noqa: PLR2004 - a KiB
        return f"{count} B"
    kib = count / 1024
    return f"{kib:.1f} KiB" if kib < 1024 else f"{kib / 1024:.1f} MiB"  # noqa: PLR2004 - KiB in a MiB
