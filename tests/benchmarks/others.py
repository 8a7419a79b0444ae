"""The same run as others report it: pytest's own junitxml, and pytest-html.

Both are plugins, so pytest itself is started on an empty folder and handed the
reports in place of tests.  What pytest takes to hand them on to nobody is
subtracted, so that only the reporter counts.
"""

from __future__ import annotations

import contextlib
import io
import sys
import tempfile
import time
from typing import TYPE_CHECKING

import pytest
from tests import tools

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_roadmap.model import Scorecard

_REPEATS = 3  # of which the least disturbed counts
_QUIET = ("-q", "-q", "--no-summary", "-p", "no:cacheprovider", "-p", "no:roadmap")


class Replay:
    """The plugin that hands on reports in place of running tests.

    `seconds` is the processor time from the first report until pytest ends.
    """

    def __init__(self, reports: list[pytest.TestReport]) -> None:
        self._reports = reports
        self._began = 0.0
        self.seconds = 0.0

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Hand on every report."""
        self._began = time.process_time()
        for report in self._reports:
            session.config.hook.pytest_runtest_logreport(report=report)
        return True

    @pytest.hookimpl(trylast=True)
    def pytest_unconfigure(self) -> None:
        """Stop the clock once everybody has written."""
        self.seconds = time.process_time() - self._began


def reported(card: Scorecard, *options: str) -> float:
    """Return the processor seconds that reporters of pytest take for a run."""
    bare = min(_replayed(card) for _ in range(_REPEATS))
    return min(_replayed(card, *options) for _ in range(_REPEATS)) - bare


def junitxml(card: Scorecard, folder: Path) -> float:
    """Return what pytest's own junitxml takes."""
    file = folder / "theirs.xml"
    seconds = reported(card, f"--junitxml={file}")
    assert file.read_text().count("<testcase ") == len(card.results)
    return seconds


def pytest_html(card: Scorecard, folder: Path) -> float:
    """Return what pytest-html takes for one file with everything in it."""
    file = folder / "theirs.html"
    sys.path.append(str(tools.pytest_html()))  # pytest loads what it finds there
    try:
        seconds = reported(card, f"--html={file}", "--self-contained-html")
    finally:
        sys.path.pop()
    assert card.results[-1].requirement.id in file.read_text()
    return seconds


def _replayed(card: Scorecard, *options: str) -> float:
    """Return the processor seconds of pytest over the reports of a run."""
    replay = Replay(reports_of(card))
    with tempfile.TemporaryDirectory() as empty:
        place = (f"--rootdir={empty}", "-c", "/dev/null", empty)
        with contextlib.redirect_stdout(io.StringIO()):
            pytest.main([*_QUIET, *options, *place], plugins=[replay])
    return replay.seconds


def reports_of(card: Scorecard) -> list[pytest.TestReport]:
    """Return a run as pytest would report it, three steps per requirement."""
    found = []
    for result in card.results:
        failed = result.verdict.value == "failed"
        for when in ("setup", "call", "teardown"):
            broken = failed and when == "call"
            found.append(
                pytest.TestReport(
                    nodeid=f"test_probe.py::{result.requirement.id}",
                    location=("test_probe.py", 1, result.requirement.id),
                    keywords={},
                    outcome="failed" if broken else "passed",
                    longrepr=result.message if broken else None,
                    when=when,
                    duration=result.duration_s / 3,
                    start=0,
                    stop=result.duration_s / 3,
                )
            )
    return found
