"""Which worker runs what next: the rules, without pytest and xdist.

* What may overlap overlaps, longest first, so that the long ones do not trail.
* Tests of one unit stay on one worker, one after the other: they judge one fact.
* A unit that needs the cluster alone waits for silence.  All of these come at
  the end together, so that silence is waited for once.
* A worker that dies loses only the test that it was running: the rest of its
  unit goes to another worker, and the lost one is not tried again.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

W = TypeVar("W")

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """Tests (node ids) that one worker runs in this order.

    `seconds` is what they take together, as far as the plan knows.
    """

    tests: tuple[str, ...]
    seconds: float = 0.0
    alone: bool = False


class Dealer(Generic[W]):
    """Deals units out to workers, which are objects of any kind."""

    def __init__(self, units: Iterable[Unit]) -> None:
        ordered = sorted(units, key=lambda unit: -unit.seconds)
        self._together = deque(unit for unit in ordered if not unit.alone)
        self._alone = deque(unit for unit in ordered if unit.alone)
        self._held: dict[W, deque[str]] = {}
        self._unit: dict[W, Unit] = {}

    @property
    def workers(self) -> tuple[W, ...]:
        """The workers that take part."""
        return tuple(self._held)

    @property
    def waiting(self) -> int:
        """How many tests nobody holds yet."""
        return sum(len(unit.tests) for unit in (*self._together, *self._alone))

    @property
    def done(self) -> bool:
        """Whether every test has been run or lost."""
        return not self.waiting and not any(self._held.values())

    def join(self, worker: W) -> None:
        """Let `worker` take part."""
        self._held.setdefault(worker, deque())

    def leave(self, worker: W) -> str | None:
        """Take `worker` out, and return the test that it was running, if any."""
        held = self._held.pop(worker, deque())
        unit = self._unit.pop(worker, None)
        lost = held.popleft() if held else None
        if held and unit is not None:
            queue = self._alone if unit.alone else self._together
            queue.appendleft(
                Unit(tests=tuple(held), seconds=unit.seconds, alone=unit.alone)
            )
        return lost

    def finish(self, worker: W, test: str) -> None:
        """Note that `worker` has ended `test`, teardown included."""
        held = self._held.get(worker)
        if held and test in held:
            held.remove(test)

    def deal(self) -> list[tuple[W, Unit]]:
        """Return what idle workers begin now; they hold it from now on."""
        dealt = []
        for worker, held in self._held.items():
            if held:
                continue
            unit = self._next()
            if unit is None:
                break
            held.extend(unit.tests)
            self._unit[worker] = unit
            dealt.append((worker, unit))
        return dealt

    def _next(self) -> Unit | None:
        """Return the unit that may begin now, if there is one."""
        busy = [worker for worker, held in self._held.items() if held]
        if any(self._unit[worker].alone for worker in busy):
            return None
        if self._together:
            return self._together.popleft()
        if self._alone and not busy:
            return self._alone.popleft()
        return None


def in_one_process(units: Iterable[Unit]) -> list[str]:
    """Return the tests in the order of a run without workers."""
    ordered = sorted(units, key=lambda unit: unit.alone)
    return [test for unit in ordered for test in unit.tests]
