"""Waits for facts that no watch announces: files, sockets, pages, processes.

Kubernetes objects are waited for by watches in `target.watching`; this is the
only module that asks again and again, and it does so at bounded intervals and
at once when a `wake` event says that something may have changed.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, TypeVar

from pytest_roadmap.errors import NeverHappenedError
from pytest_roadmap.probes.outcomes import first_line

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

SHORTEST_PAUSE_S = 0.02
LONGEST_PAUSE_S = 0.5


def eventually(
    claim: Callable[[], T], within: float, *, wake: threading.Event | None = None
) -> T:
    """Wait until `claim` returns something true, and return that.

    Args:
        claim: A named function without arguments.  One that raises an
            AssertionError or OSError counts as not yet true.
        within: Seconds to wait at most.
        wake: Set by whoever knows that the answer may have changed; the claim
            is then evaluated at once.

    Raises:
        NeverHappenedError: It never became true; says its last answer.
    """
    event = wake or threading.Event()
    deadline = time.monotonic() + within
    pause = SHORTEST_PAUSE_S
    while True:
        event.clear()
        answer, words = _ask(claim)
        if answer:
            return answer
        left = deadline - time.monotonic()
        if left <= 0:
            message = f"waited {within:g} s for '{_name(claim)}'; last answer: {words}"
            raise NeverHappenedError(message)
        event.wait(min(pause, left))
        pause = min(pause * 1.5, LONGEST_PAUSE_S)


def throughout(
    claim: Callable[[], object],
    lasting: float,
    *,
    wake: threading.Event | None = None,
) -> None:
    """Make sure that `claim` holds now and for `lasting` seconds from now.

    Raises:
        NeverHappenedError: It did not hold at some moment; says which answer
            it gave then, and when.
    """
    event = wake or threading.Event()
    start = time.monotonic()
    while True:
        event.clear()
        answer, words = _ask(claim)
        passed = time.monotonic() - start
        if not answer:
            message = (
                f"'{_name(claim)}' should have held for {lasting:g} s, "
                f"but not after {passed:.1f} s; answer: {words}"
            )
            raise NeverHappenedError(message)
        if passed >= lasting:
            return
        event.wait(min(LONGEST_PAUSE_S, lasting - passed))


def _ask(claim: Callable[[], T]) -> tuple[T | None, str]:
    """Return the claim's answer and that answer in words."""
    try:
        answer = claim()
    except (AssertionError, OSError) as error:
        return None, f"{type(error).__name__}: {first_line(error)}".rstrip(": ")
    text = repr(answer)
    return answer, text if len(text) <= 200 else f"{text[:199]}…"  # noqa: PLR2004 - a line or two


def _name(claim: Callable[[], object]) -> str:
    """Return what a reader calls the claim."""
    inner = getattr(claim, "func", claim)  # a functools.partial
    return str(getattr(inner, "__name__", repr(inner)))
