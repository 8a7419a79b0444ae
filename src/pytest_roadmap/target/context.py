"""An existing cluster, named on the command line by its kubeconfig context."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import yaml

from pytest_roadmap.errors import RefusedError, TargetError, UnavailableError
from pytest_roadmap.target.api import Api
from pytest_roadmap.target.connection import Connection
from pytest_roadmap.target.objects import Node
from pytest_roadmap.target.provider import ClusterStatus, NodeStatus

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_roadmap.target.commands import CommandResult, Feed


class Context:
    """The cluster behind the kubeconfig context `context`.

    It is not ours: it is never created, changed in its machines or deleted.
    Destructive probes may run on it all the same, for the user named it.

    Args:
        context: The context's name.
        kubeconfig: The file; by default what kubectl would read.
    """

    def __init__(self, context: str, kubeconfig: Path | None = None) -> None:
        self.name = f"context:{context}"
        self._context = context
        self._kubeconfig = kubeconfig or default_kubeconfig()

    @property
    def owned(self) -> bool:
        """Whether this tool made the cluster: never."""
        return False

    @property
    def nodes(self) -> NoNodes:
        """The machines, which cannot be reached."""
        return NoNodes(self)

    def plan(self) -> tuple[str, ...]:
        """Return what `ensure` would do outside the checkout: nothing."""
        return ()

    def ensure(self) -> Connection:
        """Return how the cluster is reached, once it has answered.

        Raises:
            TargetError: There is no such context, or nothing answers there.
        """
        known = contexts(self._kubeconfig)
        if self._context not in known:
            raise TargetError(
                f"there is no context {self._context!r}",
                where=str(self._kubeconfig),
                remedy=f"the contexts there are: {', '.join(known) or 'none'}",
            )
        connection = self._connection()
        Api.connected(connection).requests.call("GET", "/version")
        return connection

    def load(self, recipes: Sequence[str]) -> tuple[str, ...]:
        """Refuse: images get to this cluster by its own registry.

        Raises:
            UnavailableError: Always, if there is anything to load.
        """
        if recipes:
            raise UnavailableError(
                f"images ({', '.join(recipes)}) cannot be put on the nodes of "
                f"{self.name}: publish them where its nodes pull from, and name a "
                "profile with --roadmap-target"
            )
        return ()

    def delete(self) -> None:
        """Refuse.

        Raises:
            RefusedError: Always.
        """
        raise RefusedError(
            "this cluster was not made by pytest-roadmap and is not deleted by it",
            where=self.name,
            remedy="delete it with the tool that made it",
        )

    def status(self) -> ClusterStatus:
        """Return what there is now."""
        exists = self._context in contexts(self._kubeconfig)
        nodes: tuple[NodeStatus, ...] = ()
        answers = False
        if exists:
            try:
                found = Api.connected(self._connection()).list(Node)
                nodes = tuple(_node_status(node) for node in found)
                answers = True
            except TargetError:
                answers = False
        return ClusterStatus(
            name=self.name,
            exists=exists,
            answers=answers,
            owned=False,
            kubeconfig=str(self._kubeconfig),
            context=self._context,
            nodes=nodes,
        )

    def _connection(self) -> Connection:
        """Return how the cluster is reached."""
        return Connection(
            kubeconfig=self._kubeconfig, context=self._context, named=True
        )


class NoNodes:
    """The machines of a cluster that we only know by its API."""

    def __init__(self, context: Context) -> None:
        self._name = context.name

    def names(self) -> tuple[str, ...]:
        """Raise UnavailableError."""
        self._unavailable()

    def run(
        self,
        node: str,
        argv: Sequence[str],
        *,
        stdin: bytes | Feed | None = None,
        timeout_s: float | None = None,
    ) -> CommandResult:
        """Raise UnavailableError."""
        del argv, stdin, timeout_s
        self._unavailable(node)

    def state(self, node: str) -> str:
        """Raise UnavailableError."""
        self._unavailable(node)

    def stop(self, node: str) -> None:
        """Raise UnavailableError."""
        self._unavailable(node)

    def start(self, node: str) -> None:
        """Raise UnavailableError."""
        self._unavailable(node)

    def pause(self, node: str) -> None:
        """Raise UnavailableError."""
        self._unavailable(node)

    def resume(self, node: str) -> None:
        """Raise UnavailableError."""
        self._unavailable(node)

    def disconnect(self, node: str) -> None:
        """Raise UnavailableError."""
        self._unavailable(node)

    def connect(self, node: str) -> None:
        """Raise UnavailableError."""
        self._unavailable(node)

    def _unavailable(self, node: str = "") -> NoReturn:
        """Say why nothing can be done."""
        which = f"node {node}" if node else "the nodes"
        raise UnavailableError(
            f"{which} of {self._name} cannot be reached from outside of Kubernetes; "
            "that needs the kind cluster (--roadmap-cluster kind)"
        )


def default_kubeconfig() -> Path:
    """Return the file that kubectl reads: KUBECONFIG's first, or ~/.kube/config."""
    named = os.environ.get("KUBECONFIG", "").split(os.pathsep)[0]
    return Path(named) if named else Path.home() / ".kube" / "config"


def contexts(kubeconfig: Path) -> list[str]:
    """Return the names of the contexts in a kubeconfig file.

    Raises:
        TargetError: The file cannot be read or is no kubeconfig.
    """
    try:
        data = yaml.safe_load(kubeconfig.read_text("utf-8"))
        return [str(entry["name"]) for entry in (data or {}).get("contexts") or []]
    except OSError as error:
        problem: str = error.strerror or str(error)
    except (yaml.YAMLError, UnicodeDecodeError, TypeError, AttributeError, KeyError):
        problem = "this is no kubeconfig"
    raise TargetError(
        f"the kubeconfig cannot be read: {problem}",
        where=str(kubeconfig),
        remedy="name the right file in KUBECONFIG",
    )


def _node_status(node: Node) -> NodeStatus:
    """Return a node's state as its cluster reports it."""
    return NodeStatus(
        name=node.name,
        role="worker" if node.is_worker else "control-plane",
        state="ready" if node.ready else "not ready",
    )
