"""report.html: one file for everybody, without a request.

Everything that decides stands in the document itself and needs no script.  The
one script is ours, named in the policy by its hash; it filters the requirements
and builds their rows as a reader comes to them, as text and never as markup.
Whatever a probe brought passes through autoescape or `page.data`, and through
`text.plain`, so a log can neither add an element nor turn the reading direction.
"""

from __future__ import annotations

import base64
import hashlib
import re
from importlib import resources
from typing import TYPE_CHECKING

import jinja2
import pytest
from markupsafe import Markup

from pytest_roadmap.reporting import background, files, reading
from pytest_roadmap.reporting.chapters import chapters
from pytest_roadmap.reporting.page import bars, document, drawing, rows, timeline
from pytest_roadmap.reporting.page.words import anchor, kind
from pytest_roadmap.reporting.text import one_line, plain

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_roadmap.model import Scorecard

FILE = "report.html"


@pytest.hookimpl
def pytest_roadmap_report(scorecard: Scorecard, folder: Path) -> None:
    """Write report.html."""
    files.write(folder / FILE, dumps(scorecard))


def dumps(scorecard: Scorecard) -> str:
    """Return a scorecard as one HTML document."""
    style, script = _asset("report.css"), _asset("report.js")
    flagged = {flag for result in scorecard.results for flag in result.flags}
    return (
        _environment()
        .get_template("report.html.j2")
        .render(
            card=scorecard,
            blocks=reading.blocks(scorecard),
            behind=(behind := background.of(scorecard)),
            owners=sorted(set(behind.owners.values())),
            phases=reading.by_phase(scorecard),
            counts={v: n for v, n in reading.counts(scorecard).items() if n},
            flips=reading.flip_sentences(scorecard),
            sentences=reading.criterion_sentences(scorecard),
            chapters=chapters(scorecard),
            documents=document.documents(scorecard),
            lanes=timeline.of(scorecard),
            drawings=drawing.drawings(scorecard),
            flags=sorted(flagged),
            several=len(scorecard.roadmaps) > 1,
            listing=rows.of(scorecard, behind.owners),
            style=style,
            script=script,
            policy=_policy(style, script),
        )
    )


def _asset(name: str) -> Markup:
    """Return a file of ours that becomes a part of the page as it is."""
    folder = resources.files("pytest_roadmap.reporting") / "templates"
    return Markup((folder / name).read_text(encoding="utf-8"))  # noqa: S704 - ours


def _policy(style: str, script: str) -> str:
    """Return the policy: nothing is loaded, and only our own script runs."""
    return (
        f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; "
        "base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    """Return the source expression that admits an inline element with `text`."""
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


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
        bar=bars.of,
        segments=bars.segments,
    )
    environment.filters.update(
        anchor=anchor,
        decision=reading.phase_decision,
        kind=kind,
        line=one_line,
        moment=reading.moment,
        duration=reading.duration,
        name=reading.phase_name,
        since=background.since,
        why=reading.why,
        word=reading.word,
    )
    return environment


_NUMBER_AND_UNIT = re.compile(r"(?<=\d) (?=%)")


def _finalized(value: object) -> object:
    """Return what a template expression shows: text from outside made plain.

    A percentage stays on the line of its number.
    """
    if isinstance(value, Markup) or not isinstance(value, str):
        return value
    text = plain(value)
    return _NUMBER_AND_UNIT.sub("\N{NO-BREAK SPACE}", text) if " %" in text else text
