"""The live lines, and what they promise about the time that is left."""

from __future__ import annotations

import time

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
