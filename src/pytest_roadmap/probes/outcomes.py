"""From what happened in a probe to its outcome and its one-line message."""

from __future__ import annotations

from typing import NoReturn

import pytest

from pytest_roadmap.errors import (
    InconclusiveError,
    NotApplicableError,
    RoadmapError,
    UnavailableError,
)
from pytest_roadmap.model import Outcome

LONGEST_MESSAGE = 300


class InterruptedRun(BaseException):
    """The run is being stopped while this probe runs."""


class Hung(BaseException):
    """The probe has used up its time."""


def unavailable(reason: str) -> NoReturn:
    """End the probe: target, tool or credential is not there, so nobody can tell."""
    raise UnavailableError(reason)


def inconclusive(reason: str) -> NoReturn:
    """End the probe: measured, but too noisily or too seldom to tell."""
    raise InconclusiveError(reason)


def not_applicable(record: str) -> NoReturn:
    """End the probe: the positive `record` says that it does not apply."""
    raise NotApplicableError(record)


def outcome_of(error: BaseException, when: str) -> tuple[Outcome, str]:
    """Return the outcome and message of a probe that ended with `error`.

    Args:
        error: What was raised.
        when: `setup`, `call` or `teardown`.  A false assertion says something
            about the requirement only in the call: the setup makes the given.
    """
    signals: tuple[tuple[type[BaseException], Outcome], ...] = (
        (UnavailableError, Outcome.UNAVAILABLE),
        (InconclusiveError, Outcome.INCONCLUSIVE),
        (NotApplicableError, Outcome.NOT_APPLICABLE),
        (pytest.skip.Exception, Outcome.NOT_RUN),
        (InterruptedRun, Outcome.NOT_RUN),
    )
    for kind, outcome in signals:
        if isinstance(error, kind):
            return outcome, first_line(error) or "no reason was given"
    if isinstance(error, pytest.xfail.Exception) and when == "setup":
        return Outcome.NOT_RUN, f"xfail without a run: {first_line(error)}"
    if isinstance(error, Hung):
        return Outcome.ERROR, f"hung: {first_line(error)}"
    if when == "call" and isinstance(error, (AssertionError, pytest.fail.Exception)):
        return Outcome.FAILED, first_line(error) or "an assertion without words"
    if when == "teardown":
        return Outcome.ERROR, f"did not heal: {_named(error)}"
    if when == "setup":
        return Outcome.ERROR, f"its fixtures broke: {_named(error)}"
    return Outcome.ERROR, _named(error)


def first_line(error: BaseException) -> str:
    """Return the first line of what `error` says, without the word assert alone."""
    lines = [line.strip() for line in _words(error).splitlines() if line.strip()]
    line = lines[0] if lines else ""
    return line if len(line) <= LONGEST_MESSAGE else f"{line[: LONGEST_MESSAGE - 1]}…"


def _named(error: BaseException) -> str:
    """Return the error's type with its first line; ours speak for themselves."""
    if isinstance(error, RoadmapError):
        return first_line(error)
    words = first_line(error)
    return f"{type(error).__name__}: {words}" if words else type(error).__name__


def _words(error: BaseException) -> str:
    """Return what `error` says; some of pytest's keep it in `msg`."""
    try:
        return str(getattr(error, "msg", None) or error)
    except Exception as broken:  # noqa: BLE001 - a probe's own exception may be anything
        return f"its message cannot be read ({type(broken).__name__})"
