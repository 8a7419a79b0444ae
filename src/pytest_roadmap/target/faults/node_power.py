"""Nodes that are off, frozen or without network, and an API server that is gone.

All but the last are done from outside, by the container engine that runs the
nodes: nothing inside the cluster can undo them.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pytest_roadmap.errors import TargetError
from pytest_roadmap.target.journal import Undo

if TYPE_CHECKING:
    from pytest_roadmap.target.machines import Nodes

_KUBELET: Final = 10250
_CONNECT: Final = r"""
timeout 1 bash -c "exec 3<> /dev/tcp/$1/$2" 2> /dev/null && echo open || echo closed
"""
_MANIFEST: Final = "/etc/kubernetes/manifests/kube-apiserver.yaml"
_ASIDE: Final = "/etc/kubernetes/kube-apiserver.yaml.roadmap"
_BACK: Final = f"if [ -e {_ASIDE} ]; then mv {_ASIDE} {_MANIFEST}; fi"
_LISTENS: Final = "ss -Hltn 'sport = :6443' | wc -l"
_ANSWERS: Final = "curl -skf --max-time 2 https://127.0.0.1:6443/readyz || true"


@dataclass(frozen=True, slots=True, kw_only=True)
class PoweredOff:
    """Nodes that are switched off."""

    machines: Nodes
    names: tuple[str, ...]

    def what(self) -> str:
        """Return the fault in words."""
        return f"{' and '.join(self.names)} without power"

    def undo(self) -> tuple[Undo, ...]:
        """Switch them on."""
        return tuple(Undo(way="start", node=name) for name in self.names)

    def inject(self) -> None:
        """Switch all of them off at once."""
        with ThreadPoolExecutor(len(self.names)) as pool:
            list(
                pool.map(lambda name: self.machines.power.do("stop", name), self.names)
            )

    def is_on(self) -> str:
        """Ask the engine."""
        running = [n for n in self.names if self.machines.power.state(n) == "running"]
        return f"{', '.join(running)} still run" if running else ""

    def is_off(self) -> str:
        """Ask the engine, and their kubelets."""
        return "; ".join(filter(None, (_unwell(self.machines, n) for n in self.names)))


@dataclass(frozen=True, slots=True, kw_only=True)
class FrozenNode:
    """A node of which no process gets any time."""

    machines: Nodes
    node: str

    def what(self) -> str:
        """Return the fault in words."""
        return f"{self.node} is frozen"

    def undo(self) -> tuple[Undo, ...]:
        """Let it go on."""
        return (Undo(way="resume", node=self.node),)

    def inject(self) -> None:
        """Freeze it."""
        self.machines.power.do("pause", self.node)

    def is_on(self) -> str:
        """Ask the engine."""
        state = self.machines.power.state(self.node)
        return "" if state == "paused" else f"it is {state}"

    def is_off(self) -> str:
        """Ask the engine, and its kubelet."""
        return _unwell(self.machines, self.node)


@dataclass(frozen=True, slots=True, kw_only=True)
class OffNetwork:
    """A node without network; its processes go on."""

    machines: Nodes
    node: str
    ports: tuple[tuple[str, int], ...]  # that must not answer, beside the kubelet's

    def what(self) -> str:
        """Return the fault in words."""
        return f"{self.node} is off the network"

    def undo(self) -> tuple[Undo, ...]:
        """Put it back."""
        return (Undo(way="connect", node=self.node),)

    def inject(self) -> None:
        """Take it off."""
        self.machines.power.do("disconnect", self.node)

    def is_on(self) -> str:
        """Try to connect to it from every other node."""
        reached = [
            f"{address}:{port} from {other}"
            for other in self._others()
            for address, port in self._ports()
            if self._connects(other, address, port)
        ]
        return f"these still answer: {', '.join(reached)}" if reached else ""

    def is_off(self) -> str:
        """Connect to its kubelet from another node."""
        address = self._address()
        other = self._others()[0]
        if not self._connects(other, address, _KUBELET):
            return f"{other} does not reach {address}:{_KUBELET}"
        return _unwell(self.machines, self.node)

    def _ports(self) -> tuple[tuple[str, int], ...]:
        """Return what must not answer."""
        return ((self._address(), _KUBELET), *self.ports)

    def _others(self) -> tuple[str, ...]:
        """Return the other nodes."""
        names = [node.name for node in self.machines.watch.now()]
        return tuple(name for name in names if name != self.node)

    def _address(self) -> str:
        """Return its address in the cluster's network."""
        return self.machines.watch[self.node].address

    def _connects(self, node: str, address: str, port: int) -> bool:
        """Whether a connection from a node is accepted."""
        answer = self.machines.script(node, _CONNECT, address, str(port))
        return answer.strip() == "open"


@dataclass(frozen=True, slots=True, kw_only=True)
class NoApiServer:
    """A control plane whose API server is stopped; its manifest lies aside."""

    machines: Nodes

    def what(self) -> str:
        """Return the fault in words."""
        return "the API server is stopped"

    def undo(self) -> tuple[Undo, ...]:
        """Put its manifest back."""
        return (Undo(way="run", node=self._node, argv=("sh", "-c", _BACK)),)

    def inject(self) -> None:
        """Move its manifest aside: the kubelet stops it."""
        self.machines.script(self._node, f"mv {_MANIFEST} {_ASIDE}")

    def is_on(self) -> str:
        """Look for its port."""
        listens = self.machines.script(self._node, _LISTENS).strip()
        return "" if listens == "0" else "its port is still open"

    def is_off(self) -> str:
        """Ask whether it is ready."""
        said = self.machines.script(self._node, _ANSWERS).strip()
        return "" if said == "ok" else f"it is not ready: {said or 'no answer'}"

    @property
    def _node(self) -> str:
        """The control plane's node."""
        return self.machines.power.names[0]


def _unwell(machines: Nodes, node: str) -> str:
    """Return what is wrong with a node that should run and be Ready."""
    state = machines.power.state(node)
    if state != "running":
        return f"{node} is {state}"
    try:
        health = machines.script(
            node, "curl -sf --max-time 2 http://127.0.0.1:10248/healthz || true"
        ).strip()
    except TargetError as error:
        return f"{node}: {error.what}"
    if health != "ok":
        return f"the kubelet of {node} is not healthy"
    return "" if machines.watch[node].ready else f"{node} is not Ready"
