"""The faults of pods: killed together, in a vote, for memory, held down, skewed."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from pytest_roadmap.errors import TargetError
from pytest_roadmap.target.chain_node import SIGNING_STATE
from pytest_roadmap.target.faults.growing import Starved
from pytest_roadmap.target.faults.holding_down import HeldDown, HoldDown
from pytest_roadmap.target.faults.killing import Kill, VoteKill, end, gone, kill_in_vote
from pytest_roadmap.target.faults.skewing import Skewed, ahead, enough, time_call_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pytest_roadmap.target.chain_node import ChainNode
    from pytest_roadmap.target.faults.deadline import Deadlines
    from pytest_roadmap.target.faults.fault import Fault, Works
    from pytest_roadmap.target.heal import Healer
    from pytest_roadmap.target.journal import Journal
    from pytest_roadmap.target.machines import Nodes

_SKEW_SEEN_S = 30.0  # the next height may take several rounds


class PodFaults(ABC):
    """The part of `Faults` that is about pods and their processes."""

    _nodes: Nodes
    _journal: Journal
    _healer: Healer
    _deadlines: Deadlines

    @abstractmethod
    def _fault(self, works: Works, within: float = 15.0) -> Fault:
        """Return the fault that works so."""

    def made(self, works: Works, *, within: float) -> Fault:
        """Return a fault that works as whoever knows its place says."""
        return self._fault(works, within=within)

    def ended(self, *victims: ChainNode) -> dict[str, Kill]:
        """SIGKILL node processes and delete their pods by force, all at once.

        Nothing is left to heal: whether they come back is the claim.
        """
        pods = [(node.pod, node.role.container) for node in victims]
        return end(self._nodes.api, self._nodes, pods)

    def survivors(self, kills: Iterable[Kill]) -> tuple[str, ...]:
        """Return the killed processes that live on."""
        return tuple(
            f"{kill.process.command} on {kill.machine}"
            for kill in kills
            if not gone(self._nodes, kill)
        )

    def ended_in_vote(self, node: ChainNode, *, within: float) -> VoteKill:
        """SIGKILL a validator in its next vote, and delete its pod by force.

        Raises:
            TargetError: It has not voted, `within` seconds from now.
        """
        pod, role = node.pod, node.role
        path = f"{role.home}/{SIGNING_STATE}"
        killed = kill_in_vote(self._nodes, pod, role.container, path, within=within)
        self._nodes.api.delete("Pod", pod.name, pod.namespace, grace=0)
        return killed

    def held_down(self, *victims: ChainNode) -> HoldDown:
        """Kill validators and keep new pods from being made until they may return."""
        first = victims[0]
        works = HeldDown(
            space=first.instance.space,
            nodes=self._nodes,
            workload=first.role.reference,
            container=first.role.container,
            pods=tuple(node.pod for node in victims),
        )
        return HoldDown(
            works, self._journal, self._healer, within=30, deadlines=self._deadlines
        )

    def starved(self, node: ChainNode) -> Fault:
        """Take so much memory that the kernel kills the node process, and only it.

        Raises:
            TargetError: The container declares no limit.
        """
        pod, container, process = node.pod, node.container, node.process()
        limit = container.limit("memory")
        if limit is None:
            raise TargetError(
                "without a memory limit the kernel has no reason to kill",
                where=f"{node.name}, container {container.name}",
            )
        works = Starved(
            nodes=self._nodes,
            pod=pod,
            container=container.name,
            size=int(limit) - process.memory // 2,
            process=process,
        )
        return self._fault(works, within=30)

    def skewed(self, node: ChainNode, seconds: float) -> Fault:
        """Let a node process have a wall clock that is ahead, or behind (negative).

        It is seen by the time at which the node begins its next height, so it
        needs a chain that goes on.

        Raises:
            TargetError: By less than what can be seen.
            UnavailableError: Its machine is of a kind for which we have no way.
        """
        enough(seconds)
        pid, machine = node.process().pid, node.pod.node
        works = Skewed(
            nodes=self._nodes,
            name=node.name,
            machine=machine,
            pid=pid,
            seconds=seconds,
            before=time_call_of(self._nodes, machine, pid),
            measured=lambda: ahead(node),
        )
        return self._fault(works, within=_SKEW_SEEN_S)
