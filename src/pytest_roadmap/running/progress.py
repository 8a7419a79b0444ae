"""What the terminal says while probes run: one line per finished requirement."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from pytest_roadmap.model import Outcome, Verdict
from pytest_roadmap.reporting.reading import SIGNS

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    import pytest

    from pytest_roadmap.model import Finding, Requirement
    from pytest_roadmap.running.dealing import Unit

COLOURS = {
    Outcome.PASSED: "green",
    Outcome.FAILED: "red",
    Outcome.ERROR: "red",
    Outcome.NOT_APPLICABLE: "cyan",
}


class Progress:
    """Writes through pytest's terminal reporter, once it is attached."""

    def __init__(self, lanes: int) -> None:
        self._terminal: pytest.TerminalReporter | None = None
        self._lanes = max(lanes, 1)
        self._left: dict[str, float] = {}
        self._alone: set[str] = set()
        self._running: dict[str, float] = {}  # when each began
        self._total = 0
        self._done = 0
        self._started = time.monotonic()
        self._planned = 0.0

    def attach(self, terminal: pytest.TerminalReporter | None) -> None:
        """Write to `terminal` from now on, instead of its dots."""
        self._terminal = terminal
        if terminal is not None:
            terminal.showfspath = False
            terminal._show_progress_info = False  # noqa: SLF001 - no public way

    def begin(self, units: Iterable[Unit], requirements: int) -> None:
        """The run knows what it will do."""
        for unit in units:
            share = unit.seconds / len(unit.tests)
            for test in unit.tests:
                self._left[test] = share
                if unit.alone:
                    self._alone.add(test)
        self._total = requirements
        self._planned = self._expected()
        self._started = time.monotonic()
        self.say(
            f"{requirements} requirements to measure, {self._lanes} at a time, "
            f"about {_span(self._planned)}"
        )

    def start(self, test: str) -> None:
        """A test begins."""
        if test in self._left:
            self._running[test] = time.monotonic()
            self._show()

    def finish(
        self, finding: Finding, requirement: Requirement, outcome: Outcome, said: str
    ) -> None:
        """Write the line of a finding.

        Args:
            finding: What one attempt saw.
            requirement: What it was about.
            outcome: What the verdict will read in it, a worse number than the
                baseline's included.
            said: Why.
        """
        self._left.pop(finding.probe, None)
        self._running.pop(finding.probe, None)
        self._done += 1
        sign = SIGNS[Verdict(outcome.value)]
        words = said or requirement.title
        head = f"{sign} {finding.requirement:<14} {finding.duration_s:7.1f} s"
        tail = f"[{self._done}/{self._total}{self._remaining()}]"
        colour = COLOURS.get(outcome, "yellow")
        self.say(f"{head}  {words}  {tail}", colour)

    def say(self, line: str, colour: str = "") -> None:
        """Write one line."""
        if self._terminal is not None and self._terminal.verbosity >= 0:
            if self._terminal.isatty:
                self._terminal.rewrite("", erase=True)
            self._terminal.ensure_newline()
            self._terminal.write_line(line, **({colour: True} if colour else {}))
            self._show()

    def _show(self) -> None:
        """On a screen, keep one line at the bottom that says what runs now."""
        terminal = self._terminal
        if terminal is None or not terminal.isatty or terminal.verbosity < 0:
            return
        names = ", ".join(test.rpartition("::")[2] for test in self._running)
        text = f"{self._done}/{self._total}{self._remaining()}  {names}"
        room = terminal._tw.fullwidth - 1  # noqa: SLF001 - as pytest's own plugins do
        terminal.rewrite(text[:room] if self._running else "", erase=True)

    def shorten(self, report: pytest.TestReport, folder: Path) -> None:
        """Let pytest's own section show a failure in two lines, unless verbose."""
        if self._terminal is None or self._terminal.verbosity > 0:
            return
        if report.failed:
            message = report.roadmap_message
            report.longrepr = f"{message}\nevidence: {folder}"

    def _expected(self) -> float:
        """Return the seconds that what is left should take."""
        now = time.monotonic()
        left = {
            test: max(seconds - (now - self._running.get(test, now)), 0.0)
            for test, seconds in self._left.items()
        }
        alone = sum(s for test, s in left.items() if test in self._alone)
        together = [s for test, s in left.items() if test not in self._alone]
        return alone + max([sum(together) / self._lanes, *together, 0.0])

    def _remaining(self) -> str:
        """Return the rest of the time in words, corrected by how it went so far."""
        rest = self._expected()
        done = self._planned - rest
        if rest <= 0 or done <= 0:
            return ""
        pace = (time.monotonic() - self._started) / done
        return f", {_span(rest * pace)} left"


def _span(seconds: float) -> str:
    """Return a duration as a reader says it."""
    if seconds < 90:  # noqa: PLR2004 - below, seconds say more
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min"
