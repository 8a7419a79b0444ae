"""The faults that leave a node less of what it lives on, by name."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from pytest_roadmap.target import data_volumes, memory, mempools
from pytest_roadmap.target.faults.crowding import Crowded
from pytest_roadmap.target.faults.filling import Filled
from pytest_roadmap.target.faults.flooding import Flood, Flooded
from pytest_roadmap.target.faults.freezing import Frozen
from pytest_roadmap.target.faults.growing import Grown
from pytest_roadmap.target.faults.shaping import Shaped
from pytest_roadmap.target.faults.slowing import Slowed, limit_of, sync_seconds
from pytest_roadmap.target.faults.throttling import Throttled

if TYPE_CHECKING:
    from pytest_roadmap.target.bulk import Order
    from pytest_roadmap.target.chain import ChainInstance
    from pytest_roadmap.target.chain_node import ChainNode
    from pytest_roadmap.target.faults.fault import Fault, Works
    from pytest_roadmap.target.machines import Nodes
    from pytest_roadmap.target.space import Space

_FROZEN_S = 60  # a watchdog thaws then
_FROZEN_ON_S = 15.0
_FILLED_S = 300  # the filler's own deadline
_NOTICED_S = 60.0  # until a node meets its full volume
_GROWN_S = 15.0
_CROWDED_S = 30.0
_FLOODED_S = 180.0  # at the pace that a busy machine permits
_PERIODS_S = 20.0  # until so many periods of a tiny quota are over


class StressFaults(ABC):
    """Makes them on one cluster; a part of `Faults`."""

    _nodes: Nodes

    @abstractmethod
    def _fault(self, works: Works, within: float = 15.0) -> Fault:
        """Return the fault that works so."""

    def throttled(self, node: ChainNode, cores: float) -> Fault:
        """Let a node's container use so many cores and no more."""
        pod, container = node.pod, node.role.container
        works = Throttled(
            nodes=self._nodes,
            pod=pod,
            container=container,
            cores=cores,
            before=self._nodes.control_group(pod, container),
        )
        return self._fault(works, within=_PERIODS_S)

    def crowded(self, space: Space, loops: int, deadline_s: int) -> Fault:
        """Run busy loops on every machine, as BestEffort pods of a namespace.

        Args:
            space: A namespace of their own, which sets no defaults for pods.
            loops: How many on each machine.
            deadline_s: When they end by themselves.
        """
        works = Crowded(
            nodes=self._nodes,
            space=space,
            machines=tuple(node.name for node in self._nodes.watch.now()),
            loops=loops,
            deadline_s=deadline_s,
        )
        return self._fault(works, within=_CROWDED_S)

    def grown_by(self, node: ChainNode, size: int, deadline_s: int) -> Fault:
        """Hold `size` bytes in a node container's control group, beside its own."""
        pod, container = node.pod, node.role.container
        before = memory.of(self._nodes, pod, container)
        works = Grown(
            nodes=self._nodes,
            pod=pod,
            container=container,
            size=size,
            over=before.working_set,
            deadline_s=deadline_s,
        )
        return self._fault(works, within=_GROWN_S)

    def flooded(self, chain: ChainInstance, order: Order) -> Flood:
        """Fill the mempools with large transfers, sent to the full node.

        Raises:
            UnavailableError: The profile has no accounts or no full node.
        """
        works = Flooded(
            chain=chain, order=order, capacity=mempools.capacity(chain.full[0])
        )
        return Flood(fault=self._fault(works, within=_FLOODED_S), works=works)

    def frozen(self, node: ChainNode) -> Fault:
        """Freeze the file system of a node's volume (fsfreeze).

        Raises:
            UnavailableError: It is not the volume's alone.
        """
        volume = data_volumes.of(node)
        works = Frozen(nodes=self._nodes, volume=volume, deadline_s=_FROZEN_S)
        return self._fault(works, within=_FROZEN_ON_S)

    def filled(self, node: ChainNode) -> Fault:
        """Take the last byte of a node's volume; on when the node has met that.

        Raises:
            UnavailableError: Its file system is not the volume's alone.
        """
        works = Filled(
            nodes=self._nodes,
            volume=data_volumes.of(node),
            pod=node.pod,
            container=node.role.container,
            deadline_s=_FILLED_S,
        )
        return self._fault(works, within=_NOTICED_S)

    def slowed(self, node: ChainNode) -> Fault:
        """Make a node's writes with fsync slow: 20 ms, and twice what they took.

        Raises:
            UnavailableError: Its file system is not the volume's alone.
        """
        pod, container = node.pod, node.role.container
        volume = data_volumes.of(node)
        works = Slowed(
            nodes=self._nodes,
            volume=volume,
            pod=pod,
            container=container,
            # The best of three: what others did to the disk meanwhile is not its own.
            before_s=min(
                sync_seconds(self._nodes, volume, pod, container) for _ in range(3)
            ),
            limit=limit_of(self._nodes, volume, pod, container),
        )
        return self._fault(works, within=_PERIODS_S)

    def shaped(self, node: ChainNode, rate: float) -> Fault:
        """Let a node's P2P send so many bytes a second (TBF)."""
        works = Shaped(
            nodes=self._nodes,
            pod=node.pod,
            port=node.instance.profile.ports.p2p,
            rate=int(rate),
        )
        return self._fault(works, within=_PERIODS_S)
