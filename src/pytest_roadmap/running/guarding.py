"""In the process that runs probes: time limits and signals.

A signal, or the end of a probe's time, becomes an exception inside the probe
as long as it sets up or measures, so that its fixtures heal what it broke.
While it heals nothing interrupts it.  A probe that swallows that exception, or
hangs where Python cannot reach it, ends its process: the stacks of its threads
are left in a file, for the controller to find.
"""

from __future__ import annotations

import contextlib
import faulthandler
import signal
import time
from typing import TYPE_CHECKING

from pytest_roadmap.probes.outcomes import Hung, InterruptedRun

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import FrameType

    import pytest

GRACE_S = 30.0
LONGEST_HEALING_S = 300.0
SIGNALS = (signal.SIGTERM, signal.SIGINT)


class Guard:
    """Watches over the probes of this process.

    Args:
        stacks: The file that a hanging probe's stacks go to.
        grace: Seconds between the exception and the end of the process.
    """

    def __init__(self, stacks: Path, grace: float = GRACE_S) -> None:
        self._stacks = stacks
        self._grace = grace
        self._limit = 0.0
        self._deadline = 0.0
        self._interruptible = False
        self._session: pytest.Session | None = None
        self._before: dict[int, object] = {}
        self.interrupted_by = ""

    def start(self, session: pytest.Session) -> None:
        """Take over the signals; they stop `session`."""
        self._session = session
        for number in (*SIGNALS, signal.SIGALRM):
            handler = self._alarm if number == signal.SIGALRM else self._stop
            self._before[number] = signal.signal(number, handler)

    def end(self) -> None:
        """Give the signals back."""
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]
        self._before.clear()

    def begin(self, limit: float) -> None:
        """A probe begins, and has `limit` seconds to set up and to measure."""
        self._limit = limit
        self._deadline = time.monotonic() + limit

    @contextlib.contextmanager
    def measuring(self) -> Iterator[None]:
        """Setup or call: a signal or the end of the time interrupts it."""
        left = max(self._deadline - time.monotonic(), 0.001)
        with self._last_resort(left + self._grace):
            self._interruptible = True
            signal.setitimer(signal.ITIMER_REAL, left)
            try:
                yield
            finally:
                self._interruptible = False
                signal.setitimer(signal.ITIMER_REAL, 0)

    @contextlib.contextmanager
    def healing(self) -> Iterator[None]:
        """Teardown: only the last resort ends it.

        The last teardown ends whole chains, so that it may take its time.
        """
        with self._last_resort(max(self._limit, LONGEST_HEALING_S) + self._grace):
            yield

    @contextlib.contextmanager
    def _last_resort(self, seconds: float) -> Iterator[None]:
        """End the process if the block takes longer than `seconds`."""
        with self._stacks.open("w") as file:
            faulthandler.dump_traceback_later(seconds, exit=True, file=file)
            try:
                yield
            finally:
                faulthandler.cancel_dump_traceback_later()
        self._stacks.unlink(missing_ok=True)

    def _alarm(self, _number: int, _frame: FrameType | None) -> None:
        """Raise Hung in the probe."""
        if self._interruptible:
            self._interruptible = False
            raise Hung(f"no result after {self._limit:g} s")

    def _stop(self, number: int, _frame: FrameType | None) -> None:
        """Stop the session after this probe, and interrupt the probe."""
        first = not self.interrupted_by
        self.interrupted_by = f"interrupted by {signal.Signals(number).name}"
        if self._session is not None:
            self._session.shouldstop = self.interrupted_by
        if self._interruptible and first:
            self._interruptible = False
            raise InterruptedRun(self.interrupted_by)
