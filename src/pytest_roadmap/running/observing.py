"""In the process that runs a probe: from what happens to a finding.

The finding travels in the report of the teardown, as `report.roadmap`: by then
the outcome of all three steps is known, healing included.
"""

from __future__ import annotations

import sys
import threading
import time
import traceback
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest

from pytest_roadmap.model import Finding, Outcome
from pytest_roadmap.model.jsonable import to_json
from pytest_roadmap.probes.evidence import BOOK, EvidenceBook, as_text
from pytest_roadmap.probes.marks import Tie, tie_of_item
from pytest_roadmap.probes.outcomes import Hung, InterruptedRun, outcome_of
from pytest_roadmap.reporting.files import portable
from pytest_roadmap.scoring.limits import judged
from pytest_roadmap.target import transcript

if TYPE_CHECKING:
    from collections.abc import Generator

    from pytest_roadmap.running.guarding import Guard
    from pytest_roadmap.running.limits import TimeLimits

COLLECTING_S = 5.0

_PYTEST_OUTCOME = {Outcome.PASSED: "passed", Outcome.FAILED: "failed"}
_PYTEST_OUTCOME |= {Outcome.ERROR: "failed"}  # the rest: skipped


@dataclass(slots=True)
class Attempt:
    """What is known so far of the running probe."""

    tie: Tie
    book: EvidenceBook
    started: float
    outcome: Outcome = Outcome.PASSED
    message: str = ""
    over: str = ""  # which limits of the plan its numbers break
    duration_s: float = 0.0
    asked: transcript.Transcript | None = None

    def note(self, outcome: Outcome, message: str) -> None:
        """Keep the first thing that went wrong, unless healing failed later."""
        if self.outcome is Outcome.PASSED:
            self.outcome, self.message = outcome, message
        elif message:
            self.book.note(f"{outcome.value}: {message}")


ATTEMPT = pytest.StashKey[Attempt]()


@dataclass(slots=True, eq=False)
class Observer:
    """The plugin that watches each probe of this process.

    `worker` names the process in the findings.
    """

    guard: Guard
    limits: TimeLimits
    worker: str = ""

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, Any, Any]:
        """Open an attempt around a probe's three steps."""
        tie = tie_of_item(item)
        if tie is None:
            return (yield)
        attempt = Attempt(tie=tie, book=EvidenceBook(), started=time.time())
        item.stash[ATTEMPT] = attempt
        item.stash[BOOK] = attempt.book
        self.guard.begin(self.limits.of(tie.ids))
        with transcript.recording() as attempt.asked:
            return (yield)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Generator[None, Any, Any]:
        """Guard the setup."""
        if ATTEMPT not in item.stash:
            return (yield)
        with self.guard.measuring():
            return (yield)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, Any, Any]:
        """Guard the call."""
        if ATTEMPT not in item.stash:
            return (yield)
        with self.guard.measuring():
            return (yield)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Generator[None, Any, Any]:
        """Guard the teardown."""
        if ATTEMPT not in item.stash:
            return (yield)
        with self.guard.healing():
            return (yield)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Learn from each step; after the last one send the finding along."""
        report = yield
        attempt = item.stash.get(ATTEMPT, None)
        if attempt is None:
            return report
        attempt.duration_s += call.duration
        _ignore_xfail(report, call)
        if call.excinfo is not None:
            _learn(attempt, item, report, call.excinfo)
        elif call.when == "call" and (broken := self._broken_limits(item, attempt)):
            attempt.over = broken
            report.outcome, report.longrepr = "failed", broken
        if call.when != "teardown":
            if attempt.over or attempt.outcome not in {Outcome.PASSED, Outcome.NOT_RUN}:
                attempt.book.collect(COLLECTING_S)
        else:
            report.roadmap = self._payload(item, attempt)  # type: ignore[attr-defined]
        report.roadmap_message = attempt.message or attempt.over  # type: ignore[attr-defined]
        _make_portable(report)
        return report

    def _broken_limits(self, item: pytest.Item, attempt: Attempt) -> str:
        """Return which limits of the plan the numbers of a probe break.

        pytest's own words must not say passed of it.  The finding keeps what the
        probe itself saw, so that an archive can be judged by other limits.
        """
        found = self._findings(item, attempt)
        asked = self.limits.requirements
        judgements = (
            judged(each, asked[each.requirement].limits)
            for each in found
            if each.requirement in asked
        )
        broken = (text for outcome, text in judgements if outcome is not Outcome.PASSED)
        return "; ".join(dict.fromkeys(broken))

    def _findings(self, item: pytest.Item, attempt: Attempt) -> list[Finding]:
        """Return one finding for each requirement of the probe."""
        finding = Finding(
            requirement="",
            probe=item.nodeid,
            outcome=attempt.outcome,
            message=attempt.message,
            strength=attempt.book.strength or attempt.tie.strength,
            started=attempt.started,
            duration_s=round(attempt.duration_s, 3),
            worker=self.worker,
            measurements=attempt.book.measured(),
        )
        return [replace(finding, requirement=name) for name in attempt.tie.ids]

    def _payload(self, item: pytest.Item, attempt: Attempt) -> dict[str, Any]:
        """Return the findings and their evidence as plain JSON values."""
        _attach_output(item, attempt)
        return {
            "findings": [to_json(each) for each in self._findings(item, attempt)],
            "contents": [
                [content.kind, portable(content.name), portable(content.text)]
                for content in attempt.book.contents
            ],
        }


def _make_portable(report: pytest.TestReport) -> None:
    """Let what pytest itself tells of a probe travel as well.

    Half a character (a lone surrogate) would stop the worker that reports it.
    """
    if isinstance(report.longrepr, tuple):
        path, line, words = report.longrepr
        report.longrepr = (path, line, portable(words))
    elif (text := report.longreprtext) != portable(text):
        report.longrepr = portable(text)
    report.sections = [
        (portable(head), portable(body)) for head, body in report.sections
    ]


def _ignore_xfail(report: pytest.TestReport, call: pytest.CallInfo[None]) -> None:
    """Take back what an xfail mark made of the report: here it hides nothing."""
    if hasattr(report, "wasxfail"):
        del report.wasxfail
    if call.excinfo is None and report.outcome != "passed":
        report.outcome = "passed"
        report.longrepr = None


def _learn(
    attempt: Attempt,
    item: pytest.Item,
    report: pytest.TestReport,
    excinfo: pytest.ExceptionInfo[BaseException],
) -> None:
    """Let the exception of one step decide outcome, message and evidence."""
    error = excinfo.value
    outcome, message = outcome_of(error, str(report.when))
    message = portable(message)
    attempt.note(outcome, message)
    report.outcome = _PYTEST_OUTCOME.get(outcome, "skipped")  # type: ignore[assignment]
    if report.outcome == "skipped":
        path, line, _ = item.location
        report.longrepr = (path, (line or 0) + 1, f"{outcome.value}: {message}")
        return
    name = f"traceback of the {report.when}"
    attempt.book.attach(name, report.longreprtext, kind="log")
    if isinstance(error, (Hung, InterruptedRun)):
        attempt.book.attach("stacks of all threads", _stacks(), kind="log")


def _attach_output(item: pytest.Item, attempt: Attempt) -> None:
    """Attach what the probe printed and logged, and what it asked the target."""
    for when, kind, text in item._report_sections:  # noqa: SLF001 - no public way
        if text.strip():
            attempt.book.attach(f"{kind} of the {when}", as_text(text), kind="log")
    if attempt.asked is not None and (text := str(attempt.asked)):
        attempt.book.attach("requests and commands", text, kind="request")


def _stacks() -> str:
    """Return the stacks of all threads, as far as Python still knows them."""
    frames = sys._current_frames()  # noqa: SLF001 - documented
    names = {thread.ident: thread.name for thread in threading.enumerate()}
    return "\n".join(
        f"thread {names.get(ident, ident)}\n{''.join(traceback.format_stack(frame))}"
        for ident, frame in frames.items()
    )
