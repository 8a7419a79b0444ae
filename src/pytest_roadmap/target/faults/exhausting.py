"""A pod that takes the memory of its node until somebody stops it.

It asks for nothing and is promised nothing (BestEffort, priority 0), takes what
is free at once, down to a little above the kubelet's threshold, and then grows
steadily.  What the pods of a node may take together ends it, or its own deadline.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from pytest_roadmap.target import clock, pressure
from pytest_roadmap.target.faults.crowding import best_effort
from pytest_roadmap.target.journal import Undo

if TYPE_CHECKING:
    from pytest_roadmap.target.machines import Nodes
    from pytest_roadmap.target.pods import Pod
    from pytest_roadmap.target.space import Space

GREEDY: Final = "greedy"
STEP_MIB: Final = 64
"""By how much it grows each second."""
_MIB: Final = 1 << 20
_AHEAD_MIB: Final = 4 * STEP_MIB  # above the threshold, where the steady growth begins
_LOOK_S: Final = 0.5  # each look has the kubelet count anew
_PRESSURE: Final = "MemoryPressure"
# `tail` keeps what it reads in memory of its own, and is the process that is killed.
_GROW: Final = r"""
exec tail -c "$1" > /dev/null < <(
  head -c "$2" /dev/zero
  while sleep 1 # the pace that was asked for
  do head -c "$3" /dev/zero || exit
  done
)
"""


@dataclass(slots=True, kw_only=True)
class Greedy:
    """A greedy pod on a machine.

    Attributes:
        space: Its namespace, which sets no defaults for pods.
        machine: Where it is.
        threshold: The available bytes below which the kubelet evicts.
        first: The bytes that it takes at once.
        most: The bytes beyond which it never goes, whoever stops it or not.
        deadline_s: When it ends by itself.
    """

    nodes: Nodes
    space: Space
    machine: str
    threshold: int
    first: int
    most: int
    deadline_s: int
    _looked: float = field(default=0.0, init=False)

    def what(self) -> str:
        """Return the fault in words."""
        return f"a pod on {self.machine} grows by {STEP_MIB} MiB a second"

    def undo(self) -> tuple[Undo, ...]:
        """Delete it."""
        step = Undo(way="delete", object=f"Pod/{GREEDY}", namespace=self.space.name)
        return (step,)

    def inject(self) -> None:
        """Start it."""
        self.space.pods.wait_synced()
        self.space.apply(self._pod())

    def is_on(self) -> str:
        """Look whether the pods' memory is below the threshold while it lives."""
        pod = self.space.pods.get(GREEDY)
        if pod is None or not pod.container(GREEDY).running:
            return f"it does not run: {pod or 'it is gone'}"
        if self.nodes.watch[self.machine].holds(_PRESSURE):
            return ""
        if clock.now() < self._looked + _LOOK_S:
            return "it was asked a moment ago"
        self._looked = clock.now()
        left = pressure.memory(self.nodes.api, self.machine).available
        if left < self.threshold:
            return ""
        return f"{left // _MIB} MiB are left, above {self.threshold // _MIB}"

    def is_off(self) -> str:
        """Look for it, and for the pressure that it has made."""
        if self.space.pods.get(GREEDY) is not None:
            return "it is still there"
        under = self.nodes.watch[self.machine].holds(_PRESSURE)
        return f"{self.machine} is under {_PRESSURE}" if under else ""

    def _pod(self) -> dict[str, Any]:
        """Return its manifest."""
        arguments = map(str, (self.most, self.first, STEP_MIB * _MIB))
        command = ["bash", "-c", _GROW, GREEDY, *arguments]
        return best_effort(GREEDY, self.machine, GREEDY, command, self.deadline_s)


def sizes(left: pressure.Memory, threshold: int) -> tuple[int, int]:
    """Return what a greedy pod takes at once, and at most."""
    first = max(left.available - threshold - _AHEAD_MIB * _MIB, 0)
    return first, left.capacity


def end_of(pod: Pod) -> str:
    """Return how a greedy pod has ended: Evicted, OOMKilled, …; empty if it has not."""
    if pod.name != GREEDY or not pod.ended:
        return ""
    run = pod.container(GREEDY).now
    return str(pod.at("status", "reason") or run.reason or pod.phase)
