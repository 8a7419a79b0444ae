"""How a node guards its memory and its disk, and how much of them is left.

pressure.guard(api, "worker").memory        # its hard threshold
pressure.memory(api, "worker").available    # what its pods may still take
pressure.disk(nodes, "worker").own          # whether the kubelet has a disk to itself
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pytest_roadmap.errors import TargetError
from pytest_roadmap.target import clock
from pytest_roadmap.target.experiments.rounds import seconds
from pytest_roadmap.target.quantities import quantity

if TYPE_CHECKING:
    from pytest_roadmap.target.api import Api
    from pytest_roadmap.target.machines import Nodes
    from pytest_roadmap.target.objects import Node
    from pytest_roadmap.target.watching import Watch

KUBELET: Final = "/var/lib/kubelet"
_PODS: Final = "pods"
# Device numbers of the kubelet's folder and of where images and everything else are,
# then block size, blocks and available blocks of the first.
_DISK: Final = r"""
stat -c %d "$1" || exit 1
stat -f -c '%S %b %a' "$1"
for other in / /var /var/lib/containerd /var/lib/docker; do
  if [ -d "$other" ]; then stat -c %d "$other"; fi
done
"""
_HOST: Final = "awk '/^MemAvailable:/ {print $2}' /proc/meminfo"


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """A threshold in bytes or per cent; empty or 0 for none."""

    declared: str

    def of(self, capacity: int) -> int:
        """Return it in bytes."""
        if not self.declared:
            return 0
        if self.declared.endswith("%"):
            return math.ceil(capacity * float(self.declared[:-1]) / 100)
        return int(quantity(self.declared))


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """What a kubelet does before its node has nothing left.

    Attributes:
        enforced: Whether the pods together are held to what is allocatable.
        memory: The hard threshold of available memory, as it is declared.
        disk: The hard threshold of the kubelet's disk, as it is declared.
        transition_s: How long a condition lasts when its cause is gone.
    """

    enforced: bool
    memory: Threshold
    disk: Threshold
    transition_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """What all pods of a node together hold and may still take."""

    used: int
    available: int

    @property
    def capacity(self) -> int:
        """What they may hold."""
        return self.used + self.available


@dataclass(frozen=True, slots=True, kw_only=True)
class Disk:
    """The file system of a kubelet's folder; `own` if nothing else is on it."""

    own: bool
    size: int
    available: int


def guard(api: Api, node: str) -> Guard:
    """Return how a node's kubelet is set up, as it says itself.

    Raises:
        ApiError: The kubelet may not be asked through the API server.
    """
    said = api.requests.call("GET", f"/api/v1/nodes/{node}/proxy/configz")
    settings = said["kubeletconfig"]
    hard = settings.get("evictionHard") or {}
    return Guard(
        enforced=_PODS in (settings.get("enforceNodeAllocatable") or ()),
        memory=Threshold(declared=hard.get("memory.available", "")),
        disk=Threshold(declared=hard.get("nodefs.available", "")),
        transition_s=seconds(settings.get("evictionPressureTransitionPeriod") or "0"),
    )


def memory(api: Api, node: str) -> Memory:
    """Return the memory of all pods of a node, as its kubelet counts it now.

    Raises:
        TargetError: It does not tell, or may not be asked.
    """
    path = f"/api/v1/nodes/{node}/proxy/stats/summary"
    said = api.requests.call("GET", path, query={"only_cpu_and_memory": "true"})
    for group in said["node"].get("systemContainers") or ():
        found = group.get("memory") or {}
        if group["name"] == _PODS and "availableBytes" in found:
            return Memory(
                used=int(found["workingSetBytes"]),
                available=int(found["availableBytes"]),
            )
    raise TargetError("the kubelet tells no limit for its pods", where=f"node {node}")


def host_memory(nodes: Nodes, node: str) -> int:
    """Return the bytes that a node's machine could still give, without limits."""
    return int(nodes.script(node, _HOST)) * 1024


def disk(nodes: Nodes, node: str) -> Disk:
    """Return the file system of a node's kubelet."""
    device, sizes, *others = nodes.script(node, _DISK, KUBELET).splitlines()
    block, blocks, free = map(int, sizes.split())
    return Disk(own=device not in others, size=block * blocks, available=block * free)


def relieved_at(watch: Watch[Node], node: str, kind: str, since: float) -> float:
    """Return when a pressure of a node last ended; now, while it goes on.

    Args:
        watch: The nodes, followed since before.
        node: The node.
        kind: "MemoryPressure" or "DiskPressure".
        since: The moment; also the answer where there was no pressure.
    """
    flips = watch.flips(lambda one: one.holds(kind), name=node, since=since)
    if not any(flip.answer for flip in flips):
        return since
    return clock.now() if flips[-1].answer else flips[-1].at
