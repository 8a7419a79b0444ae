"""The faults that leave a machine without memory or disk, by name."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from pytest_roadmap.errors import UnavailableError
from pytest_roadmap.target import pressure
from pytest_roadmap.target.faults import exhausting
from pytest_roadmap.target.faults.cluttering import Cluttered
from pytest_roadmap.target.faults.exhausting import Greedy

if TYPE_CHECKING:
    from pytest_roadmap.target.faults.fault import Fault, Works
    from pytest_roadmap.target.machines import Nodes
    from pytest_roadmap.target.pressure import Guard
    from pytest_roadmap.target.space import Space

_TRANSITION_S = 10.0  # a condition that outlives its cause longer hides when it ended
_HOST_BYTES = 256 << 20  # what the machine must have beside what its pods may take
_SMALL_DISK = 64 << 30
_GREEDY_S = 240  # the greedy pod's own deadline
_SEEN_S = 120.0  # both until it is on, and until the node has recovered


class RoomFaults(ABC):
    """Makes them on one cluster; a part of `Faults`."""

    _nodes: Nodes

    @abstractmethod
    def _fault(self, works: Works, within: float = 15.0) -> Fault:
        """Return the fault that works so."""

    def greedy(self, space: Space, machine: str) -> Fault:
        """Run a pod on a machine that grows until it is evicted or killed.

        It is on when the machine's pods have less memory left than the kubelet's
        hard threshold, and off when the machine is no more under pressure.

        Args:
            space: A namespace of its own, which sets no defaults for pods.
            machine: Which.

        Raises:
            UnavailableError: The machine would be exhausted with its node.
        """
        guard = self._guard(machine)
        left = pressure.memory(self._nodes.api, machine)
        threshold = guard.memory.of(left.capacity)
        if not guard.enforced or not threshold:
            raise UnavailableError(
                f"the kubelet of {machine} does not hold its pods to a limit of memory"
            )
        host = pressure.host_memory(self._nodes, machine)
        if host < left.available + _HOST_BYTES:
            raise UnavailableError(
                f"the pods of {machine} may take {left.available >> 20} MiB more, and "
                f"its host has {host >> 20}: it would be exhausted itself"
            )
        first, most = exhausting.sizes(left, threshold)
        works = Greedy(
            nodes=self._nodes,
            space=space,
            machine=machine,
            threshold=threshold,
            first=first,
            most=most,
            deadline_s=_GREEDY_S,
        )
        return self._fault(works, within=_SEEN_S)

    def cluttered(self, machine: str) -> Fault:
        """Take half of what a kubelet's disk must have left at the least.

        It is on when the machine is under pressure and tainted, and off when it
        is not under pressure any more.

        Raises:
            UnavailableError: The kubelet has no disk of a limited size to itself.
        """
        guard, disk = self._guard(machine), pressure.disk(self._nodes, machine)
        threshold = guard.disk.of(disk.size)
        if not disk.own or disk.size > _SMALL_DISK or not threshold:
            raise UnavailableError(
                f"the kubelet of {machine} has no disk of a limited size to itself"
            )
        size = disk.available - threshold // 2
        if size <= 0:
            raise UnavailableError(f"the kubelet's disk of {machine} is full already")
        works = Cluttered(nodes=self._nodes, machine=machine, size=size)
        return self._fault(works, within=_SEEN_S)

    def _guard(self, machine: str) -> Guard:
        """Return how a machine's kubelet is set up.

        Raises:
            UnavailableError: Its pressure lasts too long to be told from its cause.
        """
        guard = pressure.guard(self._nodes.api, machine)
        if guard.transition_s > _TRANSITION_S:
            raise UnavailableError(
                f"the kubelet of {machine} stays under pressure for "
                f"{guard.transition_s:g} s after its cause is gone"
            )
        return guard
