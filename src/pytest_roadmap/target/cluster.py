"""A cluster, with everything that a probe may do on it.

cluster.api, cluster.watches        requests and shared watches
cluster.nodes, cluster.faults       machines, and what is broken on purpose
with cluster.space("disks") as space: …     a namespace of the probe's own
with cluster.drained(node, instance.pods) as drain: …
"""

from __future__ import annotations

import contextlib
import functools
import secrets
from typing import TYPE_CHECKING

from pytest_roadmap.target import watchdog
from pytest_roadmap.target.api import Api
from pytest_roadmap.target.draining import Drain
from pytest_roadmap.target.faults import Faults
from pytest_roadmap.target.heal import Healer, Healing
from pytest_roadmap.target.journal import Journal
from pytest_roadmap.target.machines import Nodes
from pytest_roadmap.target.objects import Namespace, Volume
from pytest_roadmap.target.pods import Pod
from pytest_roadmap.target.space import Space
from pytest_roadmap.target.watching import Watches

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from pytest_roadmap.target.connection import Connection
    from pytest_roadmap.target.provider import Nodes as Access
    from pytest_roadmap.target.watching import Watch


class Cluster:
    """One cluster, in one process of a run.

    Args:
        connection: How it is reached, and what may be done to it.
        access: The way onto its machines; None where there is none.
        state: The folder for journals and locks, the same for all processes.
        run: What this run's objects are labelled with.
        prefix: What the names of our namespaces begin with, if anything.
        provider: `kind` or `context:NAME`, for the watchdog; empty for none.
    """

    def __init__(  # noqa: PLR0913 - a cluster in a run is known by these
        self,
        connection: Connection,
        *,
        access: Access | None,
        state: Path,
        run: str,
        prefix: str = "",
        provider: str = "",
    ) -> None:
        self.connection = connection
        self.state = state
        self.run = run
        self.prefix = prefix
        self.api = Api.connected(connection)
        self.watches = Watches(self.api.requests)
        self.nodes = Nodes(self.api, self.watches, access)
        watch = functools.partial(watchdog.start, cluster=provider)
        self.journal = Journal(
            state, self.identity_of_cluster(), watch if provider else None
        )
        self.healer = Healer(self.api, self.nodes)
        self.faults = Faults(self.nodes, self.journal, self.healer)

    def identity_of_cluster(self) -> str:
        """Return what names this cluster in journals."""
        return f"{self.connection.kubeconfig}#{self.connection.context}"

    @functools.cached_property
    def uid(self) -> str:
        """The cluster's identity: the uid of its kube-system namespace."""
        return self.api.get(Namespace, "kube-system").uid

    # ------------------------------------------------------------------- spaces

    def name(self, stem: str) -> str:
        """Return a name for a namespace of this run that nobody else has."""
        head = f"{self.prefix}-{stem}" if self.prefix else stem
        return f"{head}-{secrets.token_hex(3)}"

    def space_named(self, name: str) -> Space:
        """Return a namespace by its full name; nothing is made."""
        return Space(self.api, self.watches, name, self.run)

    @contextlib.contextmanager
    def space(self, stem: str) -> Iterator[Space]:
        """Make a namespace of one's own; it is deleted at the end."""
        space = self.space_named(self.name(stem))
        space.make()
        try:
            yield space
        finally:
            self.remove([space.name])

    def remove(self, namespaces: Iterable[str]) -> None:
        """Begin to delete namespaces, with their pods and retained volumes."""
        names = frozenset(namespaces)
        self._forget(names)
        self.healer.remove(names)

    def end(self, namespaces: Iterable[str], *, within: float = 120) -> None:
        """Delete namespaces, and wait until they and their volumes are gone.

        Pods and claims go first: Kubernetes looks at a namespace that still has
        some only seconds later again, after half of the pods' grace period.

        Raises:
            NeverHappenedError: Some are still there.
        """
        names = frozenset(namespaces)
        self.healer.empty(names)
        for name in names:
            self.watches.of(Pod, name).until(
                lambda known: not known,
                within=within,
                what=f"the end of the pods of {name}",
            )
        self._forget(names)
        self.healer.drop(names)
        self.wait_for_ends(names, within=within)

    def _forget(self, namespaces: Iterable[str]) -> None:
        """Watch them no more."""
        for name in namespaces:
            self.watches.drop_namespace(name)

    def wait_for_ends(self, namespaces: Iterable[str], *, within: float = 120) -> None:
        """Wait until namespaces, and the volumes of their claims, are gone.

        Raises:
            NeverHappenedError: Some are still there.
        """
        names = frozenset(namespaces)
        self.watches.of(Namespace).until(
            lambda known: not names & {n.name for n in known},
            within=within,
            what=f"the end of {len(names)} namespaces",
        )
        self.watches.of(Volume).until(
            lambda known: not names & {v.claim_namespace for v in known},
            within=within,
            what="the end of their volumes",
        )

    # -------------------------------------------------------------------- drains

    @contextlib.contextmanager
    def drained(
        self,
        node: str,
        pods: Watch[Pod],
        only: Callable[[Pod], bool] = lambda _: True,
    ) -> Iterator[Drain]:
        """Cordon a node and evict pods from it; uncordon it at the end.

        Args:
            node: The node.
            pods: The pods of one instance: nobody else's are touched.
            only: Which of them; all by default.
        """
        with self.faults.cordoned(node) as cordon:
            drain = Drain(self.api, pods, node, only, cordon)
            drain.start()
            try:
                yield drain
            finally:
                drain.stop()

    # --------------------------------------------------------------------- ends

    def heal(self) -> Healing:
        """Undo what dead processes have left behind on this cluster."""
        return self.healer.left_behind(self.state, self.journal.context)

    def close(self) -> None:
        """Stop the watches and give the journal up."""
        self.watches.stop()
        self.journal.close()
