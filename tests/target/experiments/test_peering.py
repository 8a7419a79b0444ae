from __future__ import annotations

from types import SimpleNamespace

import pytest

from pytest_roadmap.errors import NeverHappenedError, TargetError
from pytest_roadmap.target import clock
from pytest_roadmap.target.comet import RpcError
from pytest_roadmap.target.experiments import growth, peering, staging, waits
from pytest_roadmap.target.experiments.node_record import NodeRecord, Sample


def sample(at: float, node: str, *peers: str) -> Sample:
    return Sample(
        at=at,
        node=node,
        height=1,
        round=0,
        catching_up=False,
        peers=frozenset(peers),
        pending=0,
        latency=0.0,
    )


def experiment(**before: str) -> SimpleNamespace:
    """Return an experiment whose nodes had these peers, one letter each."""
    peers = {name: frozenset(ids) for name, ids in before.items()}
    return SimpleNamespace(
        baseline=SimpleNamespace(peers=peers), record=NodeRecord(), chain=None
    )


def node(name: str, script: str = "", idle: dict[str, float] | None = None):
    """Return a node whose machine prints `script`, and whose peers were silent so."""
    entries = [
        {
            "node_info": {"id": peer},
            "connection_status": {"RecvMonitor": {"Idle": str(int(s * 1e9))}},
        }
        for peer, s in (idle or {}).items()
    ]
    instance = SimpleNamespace(
        profile=SimpleNamespace(ports=SimpleNamespace(p2p=26656)),
        nodes=SimpleNamespace(script=lambda *_: script),
    )
    return SimpleNamespace(
        name=name,
        instance=instance,
        pod=SimpleNamespace(ip=f"10.0.0.{ord(name) - 96}", node="worker", uid=name),
        container=SimpleNamespace(id="c", name="node"),
        role=SimpleNamespace(home="/home"),
        rpc=SimpleNamespace(call=lambda _: {"peers": entries}),
    )


def test_a_silent_peer_is_not_heard() -> None:
    assert peering.heard(node("a", idle={"b": 0.4, "c": 7.0})) == {"b"}


def test_waiting_for_silent_peers_says_who_is_deaf() -> None:
    story = experiment(a="bc")

    with pytest.raises(NeverHappenedError, match="a does not hear 1"):
        peering.until_heard(story, [node("a", idle={"b": 0.4})], within=0.01)


def test_who_had_its_peers_in_time_lacks_nobody() -> None:
    story = experiment(a="bc", b="a")
    for one in (sample(11, "a", "b"), sample(12, "a", "b", "c"), sample(13, "a")):
        story.record.add_sample(one)
    story.record.add_sample(sample(12, "b", "a", "d"))
    nodes = [node("a"), node("b")]

    assert peering.restored(story, nodes[0], 10) == 12
    assert peering.missing(story, nodes, since=10, after=5) == ("b: d",)
    assert peering.missing(story, nodes[:1], since=10, after=1) == ("a: c",)


def test_one_connection_for_each_pair_is_enough() -> None:
    a = node("a", script="0200000A\n0200000A\n0900000A\n")
    b = node("b", script="0100000A\n")

    assert peering.surplus([a, b]) == ("a to b: 1", "a to 10.0.0.9: 1")


def test_a_node_takes_memory_disk_and_log() -> None:
    before = growth.sizes(node("a", script="memory 10\ndisk 20\nlog 30\n"))
    after = growth.sizes(node("a", script="memory 15\ndisk 19\nlog 5\n"))

    grown = after - before

    assert (grown.memory, grown.disk, grown.log) == (5, -1, 0)
    with pytest.raises(TargetError, match="a does not run"):
        growth.sizes(node("a", script=""))


def test_what_a_node_does_not_do_is_part_of_the_story() -> None:
    def refuse() -> None:
        raise RpcError("no answer", where="a")

    def break_down() -> None:
        raise TargetError("no such machine")

    assert staging.told(lambda: None) == ""
    assert "no answer" in staging.told(refuse)
    with pytest.raises(TargetError):
        staging.told(break_down)


def test_a_hold_ends_at_its_moment() -> None:
    moment = clock.now() + 0.1

    waits.hold_until(moment)

    assert clock.now() >= moment
