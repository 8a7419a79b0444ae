"""Where a cluster comes from: ours by kind, an existing context, or none.

provider = provide("kind", Wishes(tell=print))
connection = provider.ensure()
provider.load(["reference-chain"])
provider.nodes.run("roadmap-worker", ["df", "/var"])
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from pytest_roadmap.errors import TargetError
from pytest_roadmap.target.commands import Machine
from pytest_roadmap.target.places import Places, places

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pytest_roadmap.target.commands import CommandResult, Commands, Feed
    from pytest_roadmap.target.connection import Connection

CONTEXT = "context:"


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeStatus:
    """One node, as seen from outside of it.

    `state` is `running`, `paused`, `stopped` or, for a cluster whose machines we
    cannot see, `ready` or `not ready`.
    """

    name: str
    role: str
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterStatus:
    """A cluster, as `pytest-roadmap status` tells it.

    Args:
        name: Its name.
        exists: It is there.
        answers: Its API server does.
        owned: This tool made it.
        engine: Its container engine, where there is one.
        kubeconfig: The file that says how it is reached.
        context: The context in it.
        nodes: Its nodes.
        holder: Who holds the lease on it, empty for nobody.
    """

    name: str
    exists: bool
    answers: bool
    owned: bool
    engine: str = ""
    kubeconfig: str = ""
    context: str = ""
    nodes: tuple[NodeStatus, ...] = ()
    holder: str = ""


class Nodes(Protocol):
    """The machines of a cluster, from outside of Kubernetes.

    Every method raises UnavailableError where the machines cannot be reached.
    """

    def names(self) -> tuple[str, ...]:
        """Return the names of all nodes, the control plane's first."""
        ...

    def run(
        self,
        node: str,
        argv: Sequence[str],
        *,
        stdin: bytes | Feed | None = None,
        timeout_s: float | None = None,
    ) -> CommandResult:
        """Run a program on a node, as root."""
        ...

    def state(self, node: str) -> str:
        """Return how a node is: running, paused or stopped."""
        ...

    def stop(self, node: str) -> None:
        """Switch a node off, as by its power button held down."""
        ...

    def start(self, node: str) -> None:
        """Switch a node on."""
        ...

    def pause(self, node: str) -> None:
        """Freeze every process of a node."""
        ...

    def resume(self, node: str) -> None:
        """Let a frozen node go on."""
        ...

    def disconnect(self, node: str) -> None:
        """Take a node off the network."""
        ...

    def connect(self, node: str) -> None:
        """Put a node back on the network, at its former address."""
        ...


class Provider(Protocol):
    """A way to a cluster."""

    name: str

    @property
    def owned(self) -> bool:
        """Whether this tool made the cluster (its mark is on it)."""
        ...

    @property
    def nodes(self) -> Nodes:
        """The machines of the cluster."""
        ...

    def plan(self) -> tuple[str, ...]:
        """Return what `ensure` would do outside the checkout, one line each."""
        ...

    def ensure(self) -> Connection:
        """Make the cluster if it is not there; return how it is reached.

        Raises:
            ProvisionError: Something that it needs cannot be had.
        """
        ...

    def load(self, recipes: Sequence[str]) -> tuple[str, ...]:
        """Put the images of `recipes` on every node; return their tags."""
        ...

    def delete(self) -> None:
        """Delete the cluster.

        Raises:
            RefusedError: It is not ours.
        """
        ...

    def status(self) -> ClusterStatus:
        """Return what there is now; changes nothing."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """How a cluster is wanted.

    Args:
        images: `auto`, `pull` or `build`.
        provision: `auto`, or `never` to install and start nothing.
        tell: Is given each line of progress.
        places: Our folders.
        commands: Runs programs.
    """

    images: str = "auto"
    provision: str = "auto"
    tell: Callable[[str], None] = print
    places: Places = field(default_factory=places)
    commands: Commands = field(default_factory=Machine)


def provide(name: str, wishes: Wishes) -> Provider | None:
    """Return the provider that `--roadmap-cluster` names, None for `none`.

    Raises:
        TargetError: There is no provider of that name.
    """
    # Deferred, as each is needed by few and imports much.
    if name == "kind":
        from pytest_roadmap.target.kind import Kind

        return Kind(wishes)
    if name.startswith(CONTEXT):
        from pytest_roadmap.target.context import Context

        return Context(name.removeprefix(CONTEXT))
    if name == "none":
        return None
    raise TargetError(
        f"there is no cluster provider {name!r}",
        where="--roadmap-cluster",
        remedy="use kind, context:NAME or none",
    )
