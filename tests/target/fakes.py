"""A machine for tests: programs that answer what a test wants."""

from __future__ import annotations

from pytest_roadmap.target.commands import CommandResult

GOOD = CommandResult(status=0)
GONE = CommandResult(status=127, stderr="not found")


class FakeMachine:
    """Answers a program by the first rule whose words are all in its arguments."""

    def __init__(self, *rules):
        self.rules = list(rules)
        self.ran = []

    def run(self, argv, *, stdin=None, **_):
        words = " ".join(argv)
        self.ran.append(words)
        if callable(stdin):
            stdin = None
        for part, answer in self.rules:
            if part in words:
                return answer(words) if callable(answer) else answer
        return GONE

    def start(self, argv, *, log, **_):
        self.ran.append(" ".join(argv))
        log.write_text("failed to start daemon: no permission\n")
        return Ended()


class Ended:
    """A program that ended at once."""

    pid = 1

    def ended_within(self, _seconds):
        return True


def said(stdout):
    return CommandResult(status=0, stdout=stdout)
