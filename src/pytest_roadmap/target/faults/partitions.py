"""Networks that fall apart: total, partial, one-sided, in turn, with a second edge.

    network = faults.network
    network.split([a, b], [c, d])           # each side hears itself only
    network.split([a], [b, c, d], resets=True)
    network.links((a, c), (b, d))           # single links
    network.mute(a)                         # hears, and is not heard
    network.rejoined(cut, a)                # a pod replaced inside of a cut
    network.policies([a, b], [c, d])        # by NetworkPolicies

Several may be on at once; each is healed by itself.  Sides are lists of who may
pass, on both ends of each link, so that a pod that comes back under another
address stays cut off.
"""

from __future__ import annotations

import itertools
import secrets
from dataclasses import replace
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

from pytest_roadmap.target.faults.cutting import DROP, RESET, Filter, Mason, Wall
from pytest_roadmap.target.faults.fault import Fault
from pytest_roadmap.target.faults.parting import Cut, Partition
from pytest_roadmap.target.faults.policies import PolicySplit

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pytest_roadmap.target.chain_node import ChainNode
    from pytest_roadmap.target.faults.fault import Works
    from pytest_roadmap.target.machines import Nodes
    from pytest_roadmap.target.pods import Pod

F = TypeVar("F", bound=Fault)

_CUT_S: Final = 15.0
_POLICY_S: Final = 30.0  # until the network follows a policy


class Maker(Protocol):
    """Makes a fault of a class from how it works."""

    def __call__(self, kind: type[F], works: Works, within: float) -> F:
        """Return the fault; `within` is the time that it may take to be seen."""
        ...


class Network:
    """Makes partitions of chains."""

    def __init__(self, nodes: Nodes, make: Maker) -> None:
        self._nodes = nodes
        self._make = make
        self._standing: list[Partition] = []

    def split(self, *sides: Iterable[ChainNode], resets: bool = False) -> Cut:
        """Let each side reach nobody but itself.

        Args:
            sides: The nodes of each side.
            resets: Answer with a reset, as a firewall that rejects, instead of
                with silence.
        """
        groups = [tuple(side) for side in sides]
        walls = [
            Wall(
                pod=node.pod,
                inward=Filter(passing=_but(side, node), closed=True),
                outward=Filter(passing=_but(side, node), closed=True),
            )
            for side in groups
            for node in side
        ]
        barred = {
            pair
            for one, other in itertools.permutations(groups, 2)
            for pair in itertools.product(_addresses(one), _addresses(other))
        }
        names = " | ".join(", ".join(n.name for n in side) for side in groups)
        how = "by resets" if resets else "by silence"
        return self._cut(
            self._mason(groups[0][0], RESET if resets else DROP),
            f"the network is split {how}: {names}",
            walls,
            barred,
            [node.pod for node in itertools.chain(*groups)],
        )

    def policies(self, *sides: Iterable[ChainNode]) -> Fault:
        """Split nodes of StatefulSets by NetworkPolicies instead of by walls."""
        groups = [tuple(side) for side in sides]
        first = groups[0][0]
        works = PolicySplit(
            mason=self._mason(first),
            space=first.instance.space,
            sides=tuple(tuple(node.pod for node in side) for side in groups),
        )
        return self._make(Fault, works, _POLICY_S)

    def links(
        self, *pairs: tuple[ChainNode, ChainNode], among: Sequence[ChainNode] = ()
    ) -> Cut:
        """Cut single links, in silence.

        Args:
            pairs: The two ends of each link.
            among: The nodes whose other links are shown to be open.
        """
        members = {node.name: node for node in [*itertools.chain(*pairs), *among]}
        far = {
            name: tuple(
                other.pod.ip
                for pair in pairs
                for other in pair
                if name in {end.name for end in pair} - {other.name}
            )
            for name in members
        }
        walls = [
            Wall(pod=node.pod, inward=Filter(barred=ends), outward=Filter(barred=ends))
            for node in members.values()
            if (ends := far[node.name])
        ]
        barred = {(n.pod.ip, end) for n in members.values() for end in far[n.name]}
        says = ", ".join(f"{one.name}-{other.name}" for one, other in pairs)
        pods = [node.pod for node in members.values()]
        mason = self._mason(pairs[0][0])
        return self._cut(mason, f"the links {says} are cut", walls, barred, pods)

    def mute(self, node: ChainNode, *others: ChainNode) -> Cut:
        """Drop what one node sends to the others; what they send reaches it."""
        far = _addresses(others)
        wall = Wall(
            pod=node.pod, inward=Filter(passing=far), outward=Filter(barred=far)
        )
        own = node.pod.ip
        barred = {pair for ip in far for pair in ((own, ip), (ip, own))}
        says = f"{node.name} hears the others and is not heard"
        pods = [node.pod, *(other.pod for other in others)]
        return self._cut(self._mason(node), says, [wall], barred, pods)

    def alone(self, node: ChainNode) -> Cut:
        """Cut a node off everybody, whoever that is."""
        wall = Wall(
            pod=node.pod, inward=Filter(closed=True), outward=Filter(closed=True)
        )
        says = f"P2P of {node.name} is cut"
        return self._cut(self._mason(node), says, [wall], (), [node.pod])

    def rejoined(self, cut: Cut, node: ChainNode) -> Cut:
        """Put a pod that was replaced inside of a split back on its side.

        Its former pod's wall went with that, and its side does not know its new
        address; the other sides keep it out as they do every stranger.  It is
        healed before the split itself, which looks after the new pod as well.
        """
        split, pod = cut.partition, node.pod
        former = next(w for w in split.walls if w.pod.name == node.name)
        friends = [p for p in split.members if p.ip in former.inward.passing]
        strangers = [
            p
            for p in split.members
            if p.name != node.name and p.ip not in former.inward.passing
        ]
        door = Filter(admitted=(pod.ip,))
        walls = [
            replace(former, pod=pod),
            *(Wall(pod=friend, inward=door, outward=door) for friend in friends),
        ]
        barred = {pair for p in strangers for pair in ((pod.ip, p.ip), (p.ip, pod.ip))}
        split.know(pod, barred)
        says = f"{node.name} is back on its side of the split"
        mason = self._mason(node, split.mason.verdict)
        return self._cut(mason, says, walls, barred, (pod, *strangers))

    def _cut(
        self,
        mason: Mason,
        says: str,
        walls: Iterable[Wall],
        barred: Iterable[tuple[str, str]],
        members: Iterable[Pod],
    ) -> Cut:
        """Return the fault with these walls."""
        partition = Partition(
            mason=mason,
            says=says,
            walls=tuple(walls),
            barred=frozenset(barred),
            members=tuple(members),
            beside=self._standing,
        )
        cut = self._make(Cut, partition, _CUT_S)
        cut.partition = partition
        return cut

    def _mason(self, node: ChainNode, verdict: str = DROP) -> Mason:
        """Return who puts walls of a new name up in the pods of a node's chain."""
        return Mason(
            nodes=self._nodes,
            name=f"ROADMAP-{secrets.token_hex(4)}",
            port=node.instance.profile.ports.p2p,
            verdict=verdict,
        )


def _addresses(nodes: Iterable[ChainNode]) -> tuple[str, ...]:
    """Return the addresses of nodes' pods."""
    return tuple(node.pod.ip for node in nodes)


def _but(side: Iterable[ChainNode], node: ChainNode) -> tuple[str, ...]:
    """Return the addresses of a side without those of one node."""
    return tuple(other.pod.ip for other in side if other != node)
