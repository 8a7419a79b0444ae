"""The nodes of a cluster as machines: switched off and on, frozen, off the network.

nodes.power.do("stop", "roadmap-worker"), nodes.power.state("roadmap-worker")
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_roadmap.errors import UnavailableError
from pytest_roadmap.target import clock, transcript

if TYPE_CHECKING:
    from pytest_roadmap.target.api import Api
    from pytest_roadmap.target.provider import Nodes as Access


class Power:
    """What can be done to nodes from outside of them."""

    def __init__(self, api: Api, access: Access | None) -> None:
        self._api = api
        self._access = access

    @property
    def names(self) -> tuple[str, ...]:
        """The nodes by name, the control plane's first.

        Raises:
            UnavailableError: We cannot get at the machines of this cluster.
        """
        return self._machines().names()

    def state(self, node: str) -> str:
        """Return how a node is, seen from outside: running, paused or stopped.

        Raises:
            UnavailableError: We cannot get at the machines of this cluster.
        """
        return self._machines().state(node)

    def do(self, way: str, node: str) -> None:
        """Do to a node from outside what `way` says.

        Args:
            way: stop, start, pause, resume, disconnect or connect.
            node: The node.

        Raises:
            UnavailableError: We cannot get at the machines of this cluster.
            RefusedError: The cluster is neither ours nor named by the user.
        """
        machines = self._machines()
        self._api.requests.guard("RUN", f"{way} of node {node}")
        ways = {
            "stop": machines.stop,
            "start": machines.start,
            "pause": machines.pause,
            "resume": machines.resume,
            "disconnect": machines.disconnect,
            "connect": machines.connect,
        }
        began = clock.now()
        ways[way](node)
        transcript.record("command", f"{way} {node}", "", began)

    def _machines(self) -> Access:
        """Return the way to the machines."""
        if self._access is None:
            raise UnavailableError("the machines behind the nodes need node-access")
        return self._access
