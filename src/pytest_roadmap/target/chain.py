"""A running chain: its nodes, its blocks, its objects.

chain.validators[0].address            chain.blocks.wait_for_blocks(10, within=30)
chain.pods, chain.space.events         chain.until_steady(within=60)
with chain.traffic(): …                chain.roll_out("compatible"); chain.undo()
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from pytest_roadmap.errors import TargetError
from pytest_roadmap.target import clock, diagnosis, settling, traffic
from pytest_roadmap.target.block_recorder import BlockRecorder
from pytest_roadmap.target.chain_node import ChainNode, ordered
from pytest_roadmap.target.pulse import pulse
from pytest_roadmap.target.releasing import Releases

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_roadmap.target.api import Api
    from pytest_roadmap.target.blocks import Blocks
    from pytest_roadmap.target.cluster import Cluster
    from pytest_roadmap.target.faults import Faults
    from pytest_roadmap.target.machines import Nodes
    from pytest_roadmap.target.overlays import Overlay
    from pytest_roadmap.target.pods import Pod
    from pytest_roadmap.target.profile import Profile, Role
    from pytest_roadmap.target.space import Space
    from pytest_roadmap.target.watching import Watch
    from pytest_roadmap.target.workloads import Budget, StatefulSet, Workload

_LOOK = 0.25  # seconds between two questions to a node that announces nothing


class ChainInstance:
    """One chain in one namespace."""

    def __init__(
        self,
        cluster: Cluster,
        profile: Profile,
        space: Space,
        *,
        overlay: Overlay | None = None,
        first_block: int | None = 1,
    ) -> None:
        self.cluster = cluster
        self.profile = profile
        self.space = space
        self.overlay = overlay
        self.applied: float | None = None  # when its manifests were applied
        self.rebuilt = ""  # why it was made in the place of another one
        self._addresses: dict[str, str] = {}
        self._declared_replicas: dict[str, int] = {}
        self._first_block = first_block
        self._recorder: BlockRecorder | None = None
        self.releases = Releases(self)

    @property
    def name(self) -> str:
        """Its namespace."""
        return self.space.name

    @property
    def api(self) -> Api:
        """The API server."""
        return self.cluster.api

    @property
    def nodes(self) -> Nodes:
        """The machines."""
        return self.cluster.nodes

    @property
    def faults(self) -> Faults:
        """What can be broken on purpose."""
        return self.cluster.faults

    @property
    def pods(self) -> Watch[Pod]:
        """Its pods, followed."""
        return self.space.pods

    @property
    def blocks(self) -> Blocks:
        """Its blocks, followed from the first time that somebody asks."""
        if self._recorder is None:
            self._recorder = BlockRecorder(
                self.api.requests,
                self.name,
                self.profile.ports.rpc,
                nodes=lambda: settling.running(self),
                first=self._first_block,
            )
        return self._recorder.blocks

    @property
    def height(self) -> int:
        """The newest height that is known."""
        return self.blocks.height

    # --------------------------------------------------------------------- nodes

    def nodes_of(self, role: Role | None) -> tuple[ChainNode, ...]:
        """Return the nodes of a role: those that a set should have, or has."""
        if role is None:
            return ()
        if role.kind == "StatefulSet":
            count = self._declared(role)
            names = [f"{role.object}-{number}" for number in range(count)]
        else:
            names = [p.name for p in self.pods_of(role) if p.stays]
        return ordered(tuple(ChainNode(self, role, name) for name in names))

    @property
    def validators(self) -> tuple[ChainNode, ...]:
        """The validators, by ordinal; those of a set scaled away as well."""
        return self.nodes_of(self.profile.validators)

    @property
    def full(self) -> tuple[ChainNode, ...]:
        """The full nodes."""
        return self.nodes_of(self.profile.full)

    @property
    def api_nodes(self) -> tuple[ChainNode, ...]:
        """The nodes of the API role that are there now."""
        return self.nodes_of(self.profile.api)

    @property
    def all_nodes(self) -> tuple[ChainNode, ...]:
        """Validators, full and API nodes."""
        return self.validators + self.full + self.api_nodes

    def node(self, name: str) -> ChainNode:
        """Return the node whose pod has this name.

        Raises:
            TargetError: There is none.
        """
        found = {node.name: node for node in self.all_nodes}
        if name not in found:
            raise TargetError(f"the chain has no node {name}", where=self.name)
        return found[name]

    def pods_of(self, role: Role) -> tuple[Pod, ...]:
        """Return the pods of a role that are there now."""
        return tuple(pod for pod in self.pods.now() if pod.matches(role.selector))

    @property
    def complete(self) -> bool:
        """Whether every role has as many Ready pods as its object declares."""
        return settling.complete(self)

    def workload(self, role: Role) -> Workload:
        """Return the object of a role, as it is."""
        if role.kind == "StatefulSet":
            return self.space.sets[role.object]
        return self.space.deployments[role.object]

    @property
    def validator_set(self) -> StatefulSet:
        """The validators' StatefulSet, as it is."""
        return self.space.sets[self.profile.validators.object]

    @property
    def budget(self) -> Budget:
        """The validators' budget, as it is."""
        return self.space.budgets[self.profile.validators.budget]

    def address_of(self, node: ChainNode) -> str:
        """Return a validator's address, as first seen on this instance."""
        if node.name not in self._addresses:
            self._addresses[node.name] = node.rpc.status().address
        return self._addresses[node.name]

    def first_ready(self, pod: Pod) -> float:
        """Return when a pod was Ready for the first time, as the watch saw it.

        Raises:
            TargetError: It never was.
        """
        for flip in self.pods.flips(lambda version: version.ready, uid=pod.uid):
            if flip.answer is True:
                return flip.at
        raise TargetError(f"{pod.name} was never Ready", where=self.name)

    # ------------------------------------------------------------------ changing

    def scale(self, role: Role, replicas: int) -> float:
        """Scale a role; return when it was asked."""
        at = clock.now()
        self.api.scale(role.kind, role.object, replicas, self.name)
        return at

    def with_api(self, count: int, *, within: float = 90) -> tuple[ChainNode, ...]:
        """Have so many Ready API nodes, and return them.

        Raises:
            UnavailableError: The profile has no API role.
            NeverHappenedError: They do not become Ready.
        """
        role = self.profile.role("api")
        self.scale(role, count)
        self.until_settled(role, replicas=count, within=within)
        return self.api_nodes

    @contextlib.contextmanager
    def traffic(self, *, within: float = 60) -> Iterator[None]:
        """Have a few transactions per second until the block ends.

        Raises:
            UnavailableError: The profile has no load role.
            NeverHappenedError: No transaction gets into a block.
        """
        with traffic.flowing(self, within=within):
            yield

    def roll_out(self, release: str, *roles: Role) -> float:
        """Apply a release of the profile (to some roles only); return when."""
        return self.releases.roll_out(release, *roles)

    def undo(self) -> float:
        """Undo the last release in the way of the profile; return when."""
        return self.releases.undo()

    # ------------------------------------------------------------------- waiting

    def until_settled(
        self, role: Role, *, within: float, replicas: int | None = None
    ) -> None:
        """Wait until a role has all its pods, Ready and of its newest template.

        Raises:
            NeverHappenedError: It has not.
        """
        settling.wait(self, role, within=within, replicas=replicas)

    def until_steady(self, *, within: float, recent: float = 0.0) -> None:
        """Wait until every validator is Ready and has signed since now.

        Args:
            within: Seconds to wait at most.
            recent: Votes of so many seconds ago count as well.

        Raises:
            NeverHappenedError: One is or has not; with the root cause.
        """
        start = clock.now()
        pulse.until(
            lambda: all(node.ready for node in self.validators),
            within=within,
            what="every validator to be Ready",
            seen=lambda: diagnosis.root_cause(self.space),
        )
        left = max(start + within - clock.now(), 1.0)
        self.until_true(
            lambda: all(settling.tells_address(node) for node in self.validators),
            within=left,
            what="every validator to tell its address",
        )
        addresses = [node.address for node in self.validators]
        left = max(start + within - clock.now(), 1.0)
        self.blocks.wait_for_all_signatures(
            addresses, after=start - recent, within=left
        )

    def until_true(
        self, claim: Callable[[], object], *, within: float, what: str
    ) -> None:
        """Wait for a claim about what announces nothing, such as an RPC answer.

        Raises:
            NeverHappenedError: It did not come true.
        """
        pulse.ask_until(claim, within=within, what=what, every=_LOOK)

    def stop(self) -> None:
        """Stop the recorder and the watches; the chain itself goes on."""
        if self._recorder is not None:
            self._recorder.stop()
            self._recorder = None
        self.cluster.watches.drop_namespace(self.name)

    def _declared(self, role: Role) -> int:
        """Return how many pods a set is meant to have when it is not scaled away."""
        found = self.space.sets.get(role.object)
        now = found.replicas if found else 0
        self._declared_replicas[role.name] = max(
            now, self._declared_replicas.get(role.name, 0)
        )
        return self._declared_replicas[role.name]

    def __str__(self) -> str:
        """Return its namespace."""
        return self.name
