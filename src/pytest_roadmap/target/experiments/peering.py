"""Who is connected to whom, and whether anything comes over the connection.

A connection that a cut has killed stays in the list of peers until somebody
notices; so a peer counts as heard only if it has said something just now.
"""

from __future__ import annotations

import ipaddress
from collections import Counter
from typing import TYPE_CHECKING, Final

from pytest_roadmap.target import node_scripts
from pytest_roadmap.target.comet import RpcError
from pytest_roadmap.target.pulse import pulse

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pytest_roadmap.target.chain_node import ChainNode
    from pytest_roadmap.target.experiments.experiment import Experiment

_FRESH: Final = 3.0  # seconds; a peer says something with every block
_LOOK: Final = 0.5
_NANO: Final = 1e-9


def heard(node: ChainNode, fresh: float = _FRESH) -> frozenset[str]:
    """Return the ids of the peers that have said something just now.

    Raises:
        RpcError: The node does not answer.
    """
    return frozenset(
        entry["node_info"]["id"]
        for entry in node.rpc.call("net_info")["peers"]
        if int(entry["connection_status"]["RecvMonitor"]["Idle"]) * _NANO < fresh
    )


def until_heard(
    experiment: Experiment, nodes: Iterable[ChainNode], *, within: float
) -> None:
    """Wait until each node hears the peers that it had before the first fault.

    Raises:
        NeverHappenedError: It does not.
    """
    waiting = list(nodes)
    silent: dict[str, frozenset[str]] = {}

    def all_heard() -> bool:
        """Ask those that did not hear everybody when they were asked last."""
        for node in tuple(waiting):
            wanted = experiment.baseline.peers[node.name]
            try:
                silent[node.name] = wanted - heard(node)
            except RpcError:
                silent[node.name] = wanted
            if not silent[node.name]:
                waiting.remove(node)
        return not waiting

    pulse.ask_until(
        all_heard,
        within=within,
        what="every node to hear its peers",
        seen=lambda: "; ".join(
            f"{n.name} does not hear {len(silent[n.name])}" for n in waiting
        ),
        every=_LOOK,
    )


def restored(experiment: Experiment, node: ChainNode, since: float) -> float | None:
    """Return when a node first had exactly its former peers again, if it had."""
    wanted = experiment.baseline.peers[node.name]
    samples = experiment.record.samples(node.name, since)
    return next((s.at for s in samples if s.peers == wanted), None)


def until_restored(
    experiment: Experiment, nodes: Iterable[ChainNode], *, since: float, within: float
) -> None:
    """Wait until each node lists exactly the peers of before the first fault.

    Raises:
        NeverHappenedError: One does not, `within` seconds from now.
    """
    waiting = tuple(nodes)
    pulse.until(
        lambda: all(restored(experiment, node, since) for node in waiting),
        within=within,
        what="every node to have its former peers",
        seen=experiment.record.brief,
    )


def missing(
    experiment: Experiment, nodes: Iterable[ChainNode], *, since: float, after: float
) -> tuple[str, ...]:
    """Return whom each node lacked, or had too much, `after` seconds later.

    A node that had exactly its former peers at any time until then lacks nobody.
    """
    lacking = []
    for node in nodes:
        at = restored(experiment, node, since)
        if at is not None and at <= since + after:
            continue
        wanted = experiment.baseline.peers[node.name]
        samples = experiment.record.samples(node.name, since, since + after)
        had = samples[-1].peers if samples else frozenset()
        lacking += [f"{node.name}: {peer[:8]}" for peer in sorted(wanted ^ had)]
    return tuple(lacking)


def surplus(nodes: Iterable[ChainNode]) -> tuple[str, ...]:
    """Return the P2P connections beyond one for each pair of nodes, as machines see.

    One that only one end believes in counts as well.

    Raises:
        TargetError: A node's machine cannot tell.
    """
    members = tuple(nodes)
    names = {node.pod.ip: node.name for node in members}
    found = []
    for node in members:
        for address, count in _connections(node).items():
            known = 1 if address in names else 0
            if count > known:
                far = names.get(address, address)
                found.append(f"{node.name} to {far}: {count - known}")
    return tuple(found)


def _connections(node: ChainNode) -> Counter[str]:
    """Return how many P2P connections a node has, by the far end's address."""
    port = str(node.instance.profile.ports.p2p)
    nodes, pod = node.instance.nodes, node.pod
    words = nodes.script(pod.node, node_scripts.SOCKETS, pod.uid, port).split()
    return Counter(
        str(ipaddress.IPv4Address(bytes.fromhex(word)[::-1])) for word in words
    )
