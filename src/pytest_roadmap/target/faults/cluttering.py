"""A file that takes the kubelet's disk, allocated by the node itself.

It is in no pod, so nothing that the kubelet evicts makes room.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pytest_roadmap.target import pressure
from pytest_roadmap.target.journal import Undo

if TYPE_CHECKING:
    from pytest_roadmap.target.machines import Nodes

TAINT: Final = "node.kubernetes.io/disk-pressure"
_PRESSURE: Final = "DiskPressure"
_FILE: Final = f"{pressure.KUBELET}/.roadmap-clutter"
_ALLOCATE: Final = 'fallocate -l "$1" "$2"'
_SEEN: Final = 'if [ -e "$1" ]; then echo "$1"; fi'
# Evicted pods stay as objects.  Only those whose names nobody uses again are removed:
# the others are replaced under their name, by their own controllers.  The kubelet
# still evicts until it has seen the room.
_SWEEP: Final = r"""
ask() { kubectl --kubeconfig=/etc/kubernetes/admin.conf "$@"; }
ask wait "node/$1" --for=condition=DiskPressure=False --timeout=12s > /dev/null 2>&1
pods='{range .items[?(@.status.reason=="Evicted")]}'
pods="$pods{.metadata.ownerReferences[0].kind} {.metadata.namespace}"
pods="$pods"' {.metadata.name}{"\n"}{end}'
where=spec.nodeName=$1,status.phase=Failed
ask get pods -A --field-selector="$where" -o jsonpath="$pods" |
while read -r kind namespace name; do
  if [ "$kind" = ReplicaSet ]; then
    ask delete pod "$name" --namespace="$namespace" --ignore-not-found --wait=false
  fi
done
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluttered:
    """A machine whose kubelet has no room on its disk.

    Attributes:
        size: The bytes that the file takes.
    """

    nodes: Nodes
    machine: str
    size: int

    def what(self) -> str:
        """Return the fault in words."""
        return (
            f"{self.size >> 20} MiB of the kubelet's disk of {self.machine} are taken"
        )

    def undo(self) -> tuple[Undo, ...]:
        """Remove the file, and what is left of the pods that were evicted for it."""
        first = self.nodes.power.names[0]
        argv = ("sh", "-c", _SWEEP, "roadmap", self.machine)
        sweep = Undo(way="run", node=first, argv=argv)
        remove = Undo(way="run", node=self.machine, argv=("rm", "-f", _FILE))
        return (remove, sweep, sweep)  # no step may take long, but the second waits on

    def inject(self) -> None:
        """Allocate the file: it takes room, and nothing is written."""
        self.nodes.script(self.machine, _ALLOCATE, str(self.size), _FILE)

    def is_on(self) -> str:
        """Look for the node's condition and its taint."""
        node = self.nodes.watch[self.machine]
        taints = [taint["key"] for taint in node.at("spec", "taints", default=[])]
        if not node.holds(_PRESSURE):
            return f"{self.machine} is not under {_PRESSURE}"
        return "" if TAINT in taints else f"{self.machine} has no taint {TAINT}"

    def is_off(self) -> str:
        """Look for the file and the condition."""
        left = self.nodes.script(self.machine, _SEEN, _FILE).strip()
        if left:
            return f"still there: {left}"
        under = self.nodes.watch[self.machine].holds(_PRESSURE)
        return f"{self.machine} is under {_PRESSURE}" if under else ""
