"""The faults that meet a node which joins, by name."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from pytest_roadmap.errors import TargetError
from pytest_roadmap.target.faults.misleading import (
    Altered,
    Impersonated,
    stored_chunks,
)

if TYPE_CHECKING:
    from pytest_roadmap.target.chain_node import ChainNode
    from pytest_roadmap.target.faults.fault import Fault, Works
    from pytest_roadmap.target.machines import Nodes
    from pytest_roadmap.target.pods import Pod
    from pytest_roadmap.target.space import Space

_APPLICATION = "app.kubernetes.io/"
_OURS = "app.kubernetes.io/managed-by"


class JoiningFaults(ABC):
    """The part of `Faults` that is about nodes which join."""

    _nodes: Nodes

    @abstractmethod
    def _fault(self, works: Works, within: float = 15.0) -> Fault:
        """Return the fault that works so."""

    def altered(self, node: ChainNode, height: int) -> Fault:
        """Alter a byte of each chunk of a snapshot that a node has stored.

        Raises:
            TargetError: It has none of this height.
        """
        genuine = stored_chunks(node, height)
        if not genuine:
            raise TargetError(f"no snapshot of height {height}", where=node.name)
        works = Altered(
            nodes=self._nodes,
            machine=node.worker,
            provider=node.name,
            volume=node.claim.volume,
            folder=node.instance.profile.snapshots().snapshots,
            height=height,
            genuine=genuine,
        )
        return self._fault(works)

    def impersonated(self, service: str, pod: Pod, space: Space) -> Fault:
        """Let a Service lead to another pod than it should."""
        document = space.api.read("Service", service, space.name)
        labels = {
            key: text
            for key, text in pod.labels.items()
            if key.startswith(_APPLICATION) and key != _OURS
        }
        works = Impersonated(
            space=space,
            service=service,
            genuine=document["spec"]["selector"],
            other=labels,
            addresses=frozenset({pod.ip}),
        )
        return self._fault(works, within=30)
