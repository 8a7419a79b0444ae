"""On the controller of workers: a signal stops the run in good order.

The workers are told first, so that their probes heal what they broke and their
findings still arrive.  A second signal, or workers that do not end in time,
ends the run at once.
"""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

from pytest_roadmap.running.guarding import SIGNALS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import FrameType

PATIENCE_S = 300


class Interrupter:
    """Handles the controller's signals.

    Args:
        processes: Returns the process numbers of the workers that live.
    """

    def __init__(self, processes: Callable[[], Iterable[int]]) -> None:
        self._processes = processes
        self._before: dict[int, object] = {}
        self.reason = ""

    def start(self) -> None:
        """Take over the signals."""
        for number in (*SIGNALS, signal.SIGALRM):
            self._before[number] = signal.signal(number, self._handle)

    def end(self) -> None:
        """Give the signals back."""
        signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]
        self._before.clear()

    def _handle(self, number: int, _frame: FrameType | None) -> None:
        """Tell the workers; the second time, give up on them."""
        processes = list(self._processes())
        if self.reason or not processes:
            self.reason = self.reason or f"interrupted by {signal.Signals(number).name}"
            raise KeyboardInterrupt(self.reason)
        self.reason = f"interrupted by {signal.Signals(number).name}"
        for process in processes:
            try:
                os.kill(process, signal.SIGTERM)
            except ProcessLookupError:
                continue
        signal.setitimer(signal.ITIMER_REAL, PATIENCE_S)
