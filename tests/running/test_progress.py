"""The live lines, and what they promise about the time that is left."""

from __future__ import annotations

import time

import pytest

from pytest_roadmap.model import Finding, Outcome, Requirement
from pytest_roadmap.running.dealing import Unit
from pytest_roadmap.running.progress import Progress


class Terminal:
    """As much of pytest's terminal reporter as is written to."""

    verbosity = 0
    isatty = False

    def __init__(self):
        self.lines = []

    def ensure_newline(self):
        pass

    def write_line(self, line, **_colour):
        self.lines.append(line)


@pytest.mark.parametrize(
    ("outcome", "said", "line"),
    [
        (Outcome.PASSED, "", "✓ A-1                3.5 s  It is fast.  [1/1]"),
        (Outcome.FAILED, "slower", "✗ A-1                3.5 s  slower  [1/1]"),
        (Outcome.INCONCLUSIVE, "noisy", "≈ A-1                3.5 s  noisy  [1/1]"),
    ],
)
def test_the_line_of_a_finding_says_what_the_verdict_will_read(outcome, said, line):
    progress, terminal = Progress(lanes=1), Terminal()
    progress.attach(terminal)
    progress.begin([Unit(tests=("p",), seconds=0)], 1)
    passed = Finding(
        requirement="A-1", probe="p", outcome=Outcome.PASSED, duration_s=3.5
    )
    asked = Requirement(
        id="A-1", suite="s", phase=1, section="S", topic="", title="It is fast."
    )

    progress.finish(passed, asked, outcome, said)

    assert terminal.lines[1] == line


def test_a_probe_that_runs_counts_with_the_time_it_has_had(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    progress, terminal = Progress(lanes=2), Terminal()
    progress.attach(terminal)
    progress.begin([Unit(tests=("a",), seconds=60), Unit(tests=("b",), seconds=60)], 2)
    progress.start("a")
    progress.start("b")
    now[0] += 30

    progress.say(progress._remaining())

    assert terminal.lines[0] == "2 requirements to measure, 2 at a time, about 60 s"
    assert terminal.lines[1] == ", 30 s left"
