"""The nodes of a kind cluster: containers of its engine."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from pytest_roadmap.errors import TargetError, UnavailableError
from pytest_roadmap.target.provider import NodeStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import BinaryIO

    from pytest_roadmap.target.commands import CommandResult
    from pytest_roadmap.target.engine import Engine

_CLUSTER = "io.x-k8s.kind.cluster"
_ROLE = "io.x-k8s.kind.role"
NETWORK = "kind"
_ADDRESS = "/kind/address"  # written by the node's entrypoint
_FIRST = "control-plane"
_STOP_S = 0  # a power button held down asks nobody


class EngineNodes:
    """The machines of the kind cluster `cluster`, reached through its engine.

    Args:
        cluster: The cluster's name.
        engine: Returns the engine; it must answer.
    """

    def __init__(self, cluster: str, engine: Callable[[], Engine]) -> None:
        self._cluster = cluster
        self._engine = engine

    def all(self) -> tuple[NodeStatus, ...]:
        """Return every node with its state, the control plane first."""
        role = f'{{{{json (.Label "{_ROLE}")}}}}'
        row = (
            f'{{"name":{{{{json .Names}}}},"state":{{{{json .State}}}},"role":{role}}}'
        )
        result = self._engine().run(
            "ps",
            "--all",
            f"--filter=label={_CLUSTER}={self._cluster}",
            f"--format={row}",
            timeout_s=30,
        )
        if not result.ok:
            raise TargetError(
                f"the engine does not list its containers: {result.complaint}",
                where=self._engine().host,
                remedy="`pytest-roadmap doctor` says what this machine has and lacks",
            )
        rows = [json.loads(row) for row in result.stdout.splitlines()]
        nodes = [
            NodeStatus(name=row["name"], role=row["role"], state=_state(row["state"]))
            for row in rows
        ]
        return tuple(sorted(nodes, key=lambda it: (it.role != _FIRST, it.name)))

    @property
    def control_plane(self) -> str:
        """The name of the control plane's node."""
        return f"{self._cluster}-{_FIRST}"

    def names(self) -> tuple[str, ...]:
        """Return the names of all nodes, the control plane's first."""
        return tuple(node.name for node in self.all())

    def run(
        self,
        node: str,
        argv: Sequence[str],
        *,
        stdin: bytes | Callable[[BinaryIO], None] | None = None,
        timeout_s: float | None = None,
    ) -> CommandResult:
        """Run a program on a node, as root."""
        interactive = [] if stdin is None else ["--interactive"]
        return self._engine().run(
            "exec", *interactive, node, *argv, stdin=stdin, timeout_s=timeout_s
        )

    def state(self, node: str) -> str:
        """Return how a node is: running, paused or stopped."""
        self._prove(node)
        return next(one.state for one in self.all() if one.name == node)

    def stop(self, node: str) -> None:
        """Switch a node off, as by its power button held down."""
        self._do(node, "stop", f"--time={_STOP_S}")

    def start(self, node: str) -> None:
        """Switch a node on."""
        self._do(node, "start")

    def pause(self, node: str) -> None:
        """Freeze every process of a node."""
        self._do(node, "pause")

    def resume(self, node: str) -> None:
        """Let a frozen node go on; one that is not frozen goes on anyway."""
        if self.state(node) == "paused":
            self._do(node, "unpause")

    def disconnect(self, node: str) -> None:
        """Take a node off the network."""
        self._prove(node)
        self._must(node, "network", "disconnect", NETWORK, node)

    def connect(self, node: str) -> None:
        """Put a node back on the network, at its former address."""
        self._prove(node)
        if self._on_network(node):
            return
        former = self.run(node, ["cat", _ADDRESS]).stdout.strip()
        with_address = ("network", "connect", f"--ip={former}", NETWORK, node)
        if former and self._engine().run(*with_address, timeout_s=60).ok:
            return
        # The network is not one that we made: the engine chooses the address, and
        # a node that got another one has to start again to know it.
        self._must(node, "network", "connect", NETWORK, node)
        now = self.run(node, ["hostname", "--all-ip-addresses"]).stdout.split()
        if former and former not in now:
            self.stop(node)
            self.start(node)

    def _on_network(self, node: str) -> bool:
        """Whether a node is on the network now."""
        form = f'--format={{{{index .NetworkSettings.Networks "{NETWORK}"}}}}'
        said = self._engine().run("inspect", form, node, timeout_s=30)
        return said.ok and said.stdout.strip() not in {"", "<no value>", "<nil>"}

    def _do(self, node: str, *deed: str) -> None:
        """Do something to a node's container."""
        self._prove(node)
        self._must(node, *deed, node)

    def _prove(self, node: str) -> None:
        """Refuse containers that are no node of this cluster.

        Raises:
            UnavailableError: There is no such node.
        """
        names = self.names()
        if node not in names:
            raise UnavailableError(
                f"the cluster {self._cluster} has no node {node!r}, only "
                f"{', '.join(names) or 'none at all'}"
            )

    def _must(self, node: str, *arguments: str) -> None:
        """Run the client; it has to succeed."""
        result = self._engine().run(*arguments, timeout_s=120)
        if not result.ok:
            raise TargetError(
                f"the engine could not {' '.join(arguments)}: {result.complaint}",
                where=f"node {node}",
                remedy="`pytest-roadmap status` shows the nodes",
            )


def _state(engines_word: str) -> str:
    """Return our word for a container's state."""
    return {"exited": "stopped", "created": "stopped"}.get(engines_word, engines_word)
