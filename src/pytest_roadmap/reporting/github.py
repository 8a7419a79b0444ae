"""annotations.txt: workflow commands that GitHub shows at the document's lines.

A run within GitHub's actions prints them as well.  GitHub shows ten of each
level per step, so the errors stand first.  The job's own page gets the summary.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_roadmap.errors import ReportError
from pytest_roadmap.reporting import files, markdown
from pytest_roadmap.reporting.places import told
from pytest_roadmap.reporting.reading import word
from pytest_roadmap.reporting.text import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pytest_roadmap.model import Scorecard
    from pytest_roadmap.reporting.places import Told

FILE = "annotations.txt"
SUMMARY_BUDGET = 1024 * 1024  # what a step may add to its job's page, in bytes
_ORDER = ("error", "warning", "notice")
# A command ends at its line's end, its values at the next comma or colon.
_DATA = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_VALUE = {**_DATA, **str.maketrans({":": "%3A", ",": "%2C"})}


@pytest.hookimpl
def pytest_roadmap_report(scorecard: Scorecard, folder: Path) -> None:
    """Write annotations.txt."""
    files.write(folder / FILE, dumps(scorecard))


def dumps(scorecard: Scorecard) -> str:
    """Return what is not fine as workflow commands, one per line."""
    entries = sorted(told(scorecard), key=lambda entry: _ORDER.index(entry.level))
    return "".join(f"{_command(entry)}\n" for entry in entries)


def _command(entry: Told) -> str:
    """Return one workflow command."""
    title = f"{one_line(entry.result.requirement.id)} {word(entry.result.verdict)}"
    place = f"file={entry.file.translate(_VALUE)},line={entry.line}"
    text = entry.text.translate(_DATA)
    return f"::{entry.level} {place},title={title.translate(_VALUE)}::{text}"


def publish(
    scorecard: Scorecard, environment: Mapping[str, str], say: Callable[[str], object]
) -> None:
    """Tell GitHub of the run, where the environment says that it listens.

    Raises:
        ReportError: The job's page cannot be written to.
    """
    if environment.get("GITHUB_ACTIONS") != "true":
        return
    for line in dumps(scorecard).splitlines():
        say(line)
    if page := environment.get("GITHUB_STEP_SUMMARY"):
        _append(Path(page), markdown.dumps(scorecard, SUMMARY_BUDGET - 1))


def _append(page: Path, text: str) -> None:
    """Add text to the job's page.

    Raises:
        ReportError: It cannot be written to.
    """
    try:
        with page.open("ab") as file:
            file.write(files.encoded(text) + b"\n")
    except OSError as error:
        raise ReportError(
            f"the job's page could not be written: {error.strerror or error}",
            where=str(page),
            remedy="GITHUB_STEP_SUMMARY names it; summary.md has the same",
        ) from error
