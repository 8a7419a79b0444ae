"""Waiting for what is observed, without asking again and again.

Everything that observes the target (watches, block recorders, clients) beats
the pulse when it has learnt something.  Whoever waits evaluates its claim
again at each beat, and only then: no request is made for waiting, and the wake
comes in milliseconds.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, TypeVar

from pytest_roadmap.errors import NeverHappenedError
from pytest_roadmap.target import clock

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


class Pulse:
    """Counts what was learnt, and wakes everybody who waits for it."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._beats = 0

    def beat(self) -> None:
        """Say that something was learnt."""
        with self._condition:
            self._beats += 1
            self._condition.notify_all()

    def until(
        self,
        claim: Callable[[], T],
        *,
        within: float,
        what: str,
        seen: Callable[[], str] | None = None,
        every: float | None = None,
    ) -> T:
        """Return the first true answer of `claim`.

        Args:
            claim: Asks what is already known; it is called once at the start,
                after each beat, and at least once at the end.
            within: Seconds to wait at most.
            what: The claim in words, for the failure's text.
            seen: Tells, when it never came, what was observed last.
            every: For a claim that comes true by time alone ("for 10 s now"):
                evaluate it also after so many seconds without a beat.

        Raises:
            NeverHappenedError: It did not become true within `within` seconds.
        """
        deadline = clock.now() + within
        while True:
            before = self._beats
            answer = claim()
            if answer:
                return answer
            if not self._next_beat(before, deadline, every):
                break
        answer = claim()
        if answer:
            return answer
        raise NeverHappenedError(_sentence(what, within, answer, seen))

    def ask_until(
        self,
        claim: Callable[[], T],
        *,
        within: float,
        what: str,
        every: float,
        seen: Callable[[], str] | None = None,
    ) -> T:
        """Return the first true answer of a claim that costs something to ask.

        For what announces nothing: an RPC, a counter, a process on a node.  It
        is asked every `every` seconds, and not at each beat.

        Raises:
            NeverHappenedError: It did not become true within `within` seconds.
        """
        deadline = clock.now() + within
        pause = threading.Event()
        while True:
            answer = claim()
            if answer:
                return answer
            remaining = deadline - clock.now()
            if remaining <= 0:
                raise NeverHappenedError(_sentence(what, within, answer, seen))
            pause.wait(min(every, remaining))

    def _next_beat(self, before: int, deadline: float, every: float | None) -> bool:
        """Wait for a beat after beat `before`; False when time is over."""
        remaining = deadline - clock.now()
        pause = remaining if every is None else min(every, remaining)
        with self._condition:
            beaten = self._condition.wait_for(
                lambda: self._beats != before, timeout=max(pause, 0)
            )
        return beaten or clock.now() < deadline


def _sentence(
    what: str, within: float, answer: object, seen: Callable[[], str] | None
) -> str:
    """Return the failure's text, with the last observed difference."""
    text = f"waited {within:g} s for {what}"
    if seen is not None:
        return f"{text}; last seen: {seen() or 'nothing'}"
    if answer not in (None, False):
        return f"{text}; last answer: {answer!r}"
    return text


pulse = Pulse()
"""The pulse of this process."""
