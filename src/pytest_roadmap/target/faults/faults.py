"""The faults that a probe can ask for, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from pytest_roadmap.errors import TargetError
from pytest_roadmap.target.faults.deadline import Deadlines
from pytest_roadmap.target.faults.delaying import Delay, Delayed
from pytest_roadmap.target.faults.diverging import Divergent
from pytest_roadmap.target.faults.dropping import Dropped, Lever
from pytest_roadmap.target.faults.fault import Fault
from pytest_roadmap.target.faults.growing import Grown
from pytest_roadmap.target.faults.holding import Held
from pytest_roadmap.target.faults.joining import JoiningFaults
from pytest_roadmap.target.faults.keeping_away import Cordoned, ScaledAway
from pytest_roadmap.target.faults.killing import Kill, Stopped, kill
from pytest_roadmap.target.faults.node_power import (
    FrozenNode,
    NoApiServer,
    OffNetwork,
    PoweredOff,
)
from pytest_roadmap.target.faults.partitions import Network
from pytest_roadmap.target.faults.peering import ScriptedPeer
from pytest_roadmap.target.faults.pods import PodFaults
from pytest_roadmap.target.faults.room import RoomFaults
from pytest_roadmap.target.faults.signing_twice import SecondSigner
from pytest_roadmap.target.faults.stress import StressFaults

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pytest_roadmap.target.chain import ChainInstance
    from pytest_roadmap.target.chain_node import ChainNode
    from pytest_roadmap.target.faults.fault import Works
    from pytest_roadmap.target.heal import Healer
    from pytest_roadmap.target.journal import Journal
    from pytest_roadmap.target.machines import Nodes
    from pytest_roadmap.target.pods import Pod
    from pytest_roadmap.target.profile import Role

_DELAY_SEEN_S = 90  # connecting is what it makes slow
F = TypeVar("F", bound=Fault)

_CAP_PERCENT = 125  # of a memory limit: what a growth may ask for at most


class Faults(PodFaults, JoiningFaults, StressFaults, RoomFaults):
    """Makes faults on one cluster.

    Attributes:
        others: Asked for other works that make the same fault; a chaos engine
            that a team runs already comes in here (see `hookspecs`).
    """

    def __init__(self, nodes: Nodes, journal: Journal, healer: Healer) -> None:
        self._nodes = nodes
        self._journal = journal
        self._healer = healer
        self._deadlines = Deadlines(nodes)
        self.others: Callable[[Works], Works | None] = lambda _: None
        self.network = Network(nodes, self._of)
        """Partitions."""

    def killed(self, node: ChainNode) -> Kill:
        """SIGKILL a node process; return which it was, and when.

        Nothing is left to heal: whether it comes back is the claim.
        """
        return kill(self._nodes, node.pod, node.role.container)

    def stopped(self, node: ChainNode) -> Fault:
        """Hold a node process with SIGSTOP; healing continues it (SIGCONT)."""
        pod, container = node.pod, node.role.container
        process = self._nodes.process_of(pod, container)
        return self._fault(
            Stopped(nodes=self._nodes, pod=pod, container=container, process=process)
        )

    def cut(self, node: ChainNode) -> Fault:
        """Cut a node off its peers (P2P port, both directions, in its pod)."""
        return self.network.alone(node)

    def grown(self, node: ChainNode, percent: int = _CAP_PERCENT) -> Fault:
        """Hold memory in a node container's control group, up to 125 % of its limit.

        Raises:
            TargetError: More is asked for, or no limit is declared.
        """
        container = node.pod.container(node.role.container)
        limit = container.limit("memory")
        if percent > _CAP_PERCENT or limit is None:
            raise TargetError(
                f"memory may grow to {_CAP_PERCENT} % of a declared limit at most",
                where=f"{node.name}, container {container.name}",
            )
        return self.grown_to(node, int(limit * percent / 100))

    def grown_to(self, node: ChainNode, size: int) -> Fault:
        """Hold `size` bytes in a node container's control group."""
        return self._fault(
            Grown(
                nodes=self._nodes,
                pod=node.pod,
                container=node.role.container,
                size=size,
            )
        )

    def scaled_away(self, instance: ChainInstance, role: Role, replicas: int) -> Fault:
        """Scale a role down; healing scales it back to what it was."""
        before = instance.workload(role).replicas
        works = ScaledAway(
            space=instance.space,
            kind=role.kind,
            name=role.object,
            replicas=replicas,
            before=before,
        )
        return self._fault(works, within=90)

    def cordoned(self, node: str) -> Fault:
        """Keep new pods off a node."""
        return self._fault(Cordoned(api=self._nodes.api, node=node))

    def powered_off(self, *nodes: str) -> Fault:
        """Switch nodes off, as by their power buttons; healing switches them on."""
        return self._fault(PoweredOff(machines=self._nodes, names=nodes), within=90)

    def frozen_node(self, node: str) -> Fault:
        """Freeze every process of a node; healing lets it go on."""
        return self._fault(FrozenNode(machines=self._nodes, node=node))

    def off_network(self, node: str, ports: Sequence[tuple[str, int]] = ()) -> Fault:
        """Take a node off the network; healing puts it back.

        Args:
            node: The node.
            ports: Addresses and ports on it that must not answer any more,
                beside its kubelet's.
        """
        works = OffNetwork(machines=self._nodes, node=node, ports=tuple(ports))
        return self._fault(works, within=30)

    def no_api_server(self) -> Fault:
        """Stop the API server; healing lets the kubelet start it again."""
        return self._fault(NoApiServer(machines=self._nodes), within=60)

    def held_start(self, node: ChainNode, pod: Pod, command: str) -> Fault:
        """Hold the node process of a pod that is about to start.

        Args:
            node: Whose pod it is.
            pod: The new pod, as soon as it has been placed on a machine.
            command: The command line of the former process, as
                `node.process().command` gave it.
        """
        works = Held(
            nodes=self._nodes,
            pod=pod,
            command=command,
            port=node.instance.profile.ports.rpc,
            within=60,
        )
        return self._fault(works)

    def second_signer(self, validator: ChainNode) -> Fault:
        """Let a further node sign with a validator's key as well."""
        return self._fault(SecondSigner(validator=validator), within=120)

    def divergent(self, validator: ChainNode, height: int) -> Fault:
        """Give the last validator a build that computes another state from a height.

        Raises:
            TargetError: It is not the last of its StatefulSet.
        """
        chain, role = validator.instance, validator.role
        if validator.name != chain.validators[-1].name:
            what = f"{validator.name} is not the last of {role.reference}"
            raise TargetError(what, where=chain.name)
        before = chain.api.read(role.kind, role.object, chain.name)
        works = Divergent(validator=validator, height=height, before=before)
        return self._fault(works, within=120)

    def scripted_peer(self, validator: ChainNode) -> Fault:
        """Connect a peer that breaks the protocol, with a validator's key."""
        return self._fault(ScriptedPeer(validator=validator), within=60)

    def delayed(
        self,
        nodes: Sequence[ChainNode],
        seconds: float,
        *,
        among: Sequence[ChainNode] = (),
        jitter: float = 0.0,
        seed: int = 1,
    ) -> Delay:
        """Have the P2P packets that nodes send wait for so many seconds each.

        Args:
            nodes: Whose packets.
            seconds: How long.
            among: Between whom it is proved; `nodes` by default.
            jitter: By how many seconds that differs at most, for each packet.
            seed: Of the generator that draws the difference.
        """
        ports = nodes[0].instance.profile.ports
        works = Delayed(
            nodes=self._nodes,
            pods=tuple(node.pod for node in nodes),
            among=tuple(node.pod for node in among or nodes),
            port=ports.p2p,
            other_port=ports.rpc,
            delay=seconds,
            jitter=jitter,
            seed=seed,
        )
        return Delay(
            works,
            self._journal,
            self._healer,
            within=_DELAY_SEEN_S,
            deadlines=self._deadlines,
        )

    def held_packets(
        self,
        nodes: Sequence[ChainNode],
        seconds: float,
        apart: Mapping[str, Sequence[ChainNode]],
        soon: Sequence[ChainNode] = (),
    ) -> Delay:
        """Have P2P packets wait in a queue, from which `dropped` can drop them.

        Args:
            nodes: Whose packets.
            seconds: How long they wait.
            apart: To whom the packets of each node would be dropped, by name.
            soon: Who gets packets at once.
        """
        delay = self.delayed(nodes, seconds)
        delay.works.by_queue = True
        delay.works.soon = tuple(node.pod.ip for node in soon)
        delay.works.apart = {
            name: tuple(node.pod.ip for node in others)
            for name, others in apart.items()
        }
        return delay

    def lever(self, delay: Delay) -> Lever:
        """Return the way to drop held packets quickly; a context manager."""
        return Lever(self._nodes, delay.works)

    def dropped(self, delay: Delay, lever: Lever, says: str) -> Fault:
        """Drop held packets, and those that follow, until it is healed."""
        before = {one.pod: one.dropped for one in delay.works.reports()}
        works = Dropped(says=says, delayed=delay.works, lever=lever, before=before)
        # Arming a deadline takes longer than packets are held; the delay has one.
        return Fault(works, self._journal, self._healer)

    def _fault(self, works: Works, within: float = 15.0) -> Fault:
        """Return the fault that works so."""
        return self._of(Fault, works, within)

    def _of(self, kind: type[F], works: Works, within: float) -> F:
        """Return the fault of a class that works so."""
        return kind(
            self.others(works) or works,
            self._journal,
            self._healer,
            within=within,
            deadlines=self._deadlines,
        )
