"""Which worker runs what next: the rules, without pytest and xdist.

* What may overlap overlaps, longest first, so that the long ones do not trail.
* Tests of one unit stay on one worker, one after the other: they judge one fact.
* A unit that needs the cluster alone waits for silence.  All of these come at
  the end together, on one worker, so that silence is waited for once; before
  them each worker rests: it puts down whatever it still holds on the cluster.
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
    """Deals units out to workers, which are objects of any kind.

    Args:
        units: What there is to run.
        rest: The test by which a worker rests; empty if there is none.
    """

    def __init__(self, units: Iterable[Unit], rest: str = "") -> None:
        ordered = sorted(units, key=lambda unit: -unit.seconds)
        self._together = deque(unit for unit in ordered if not unit.alone)
        self._alone = deque(unit for unit in ordered if unit.alone)
        self._rest = rest
        self._to_rest: set[W] = set()  # those that have run something since
        self._soloist: W | None = None  # who runs the units that run alone
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
        self._to_rest.discard(worker)
        if self._soloist is worker:
            self._soloist = None
        if lost == self._rest:
            return None
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
            unit = None if held else self._next(worker)
            if unit is not None:
                held.extend(unit.tests)
                self._unit[worker] = unit
                dealt.append((worker, unit))
        return dealt

    def _next(self, worker: W) -> Unit | None:
        """Return what an idle worker may begin now, if anything."""
        busy = [other for other, held in self._held.items() if held]
        if any(self._unit[other].alone for other in busy):
            return None
        if self._together:
            if self._rest:
                self._to_rest.add(worker)
            return self._together.popleft()
        resting = all(self._held[other][0] == self._rest for other in busy)
        if not self._alone or not resting:
            return None
        if self._rest and worker in self._to_rest:
            self._to_rest.discard(worker)
            return Unit(tests=(self._rest,))
        if busy or self._to_rest or worker is not self._chosen(worker):
            return None
        return self._alone.popleft()

    def _chosen(self, worker: W) -> W:
        """Return the worker that runs alone: the first that was asked."""
        if self._soloist is None:
            self._soloist = worker
        return self._soloist


def in_one_process(units: Iterable[Unit], rest: str = "") -> list[str]:
    """Return the tests in the order of a run without workers."""
    units = list(units)
    together = [test for unit in units if not unit.alone for test in unit.tests]
    alone = [test for unit in units if unit.alone for test in unit.tests]
    between = [rest] if rest and together and alone else []
    return [*together, *between, *alone]
