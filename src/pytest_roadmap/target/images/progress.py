"""How far a build is, and how long it still takes."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_MINUTE = 60


class Progress:
    """Counts finished builds and estimates the rest.

    Args:
        expected: How many seconds each build is expected to take.
        jobs: How many run side by side.
        clock: Seconds, ever growing.
    """

    def __init__(
        self,
        expected: Mapping[str, float],
        *,
        jobs: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._expected = dict(expected)
        self._jobs = jobs
        self._clock = clock
        self._start = clock()
        self._running: dict[str, float] = {}
        self._done: set[str] = set()

    def started(self, name: str) -> str:
        """Note that a build started; return the line that says so."""
        self._running[name] = self._clock()
        about = duration(self._expected[name])
        return f"{self._count()} {name}: building, about {about}"

    def finished(self, name: str) -> str:
        """Note that a build ended well; return the line that says so."""
        took = self._clock() - self._running.pop(name)
        self._done.add(name)
        return f"{self._count()} {name}: done in {duration(took)}{self._rest()}"

    def heartbeat(self) -> str:
        """Return the line that says that it still goes on."""
        since = duration(self._clock() - self._start)
        names = ", ".join(self._running)
        return f"{self._count()} {since} so far: building {names}{self._rest()}"

    def left_s(self) -> float:
        """Return about how many seconds are left."""
        now = self._clock()
        left = [
            max(0.0, seconds - (now - self._running.get(name, now)))
            for name, seconds in self._expected.items()
            if name not in self._done
        ]
        return max(sum(left) / self._jobs, max(left, default=0.0))

    def _count(self) -> str:
        """Return how many of all builds are done."""
        return f"[{len(self._done)}/{len(self._expected)}]"

    def _rest(self) -> str:
        """Return the estimate of the rest, if there is a rest."""
        if len(self._done) == len(self._expected):
            return ""
        return f"; about {duration(self.left_s())} left"


def duration(seconds: float) -> str:
    """Return a duration as people say it: `45 s`, `2 min 05 s`."""
    whole = round(seconds)
    if whole < _MINUTE:
        return f"{whole} s"
    return f"{whole // _MINUTE} min {whole % _MINUTE:02d} s"
