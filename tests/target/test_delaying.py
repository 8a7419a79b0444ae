from __future__ import annotations

import io
import json
import threading

import pytest

from pytest_roadmap.errors import TargetError, UnavailableError
from pytest_roadmap.target.commands import CommandResult
from pytest_roadmap.target.faults import delay_scripts as scripts
from pytest_roadmap.target.faults.delaying import Delayed, mark
from pytest_roadmap.target.faults.dropping import Dropped, Lever
from pytest_roadmap.target.pods import Pod

P2P, RPC = 26656, 26657


def a_pod(number: int) -> Pod:
    return Pod(
        {
            "metadata": {"name": f"validator-{number}", "uid": f"uid-{number}"},
            "spec": {"nodeName": f"worker-{number}"},
            "status": {"podIP": f"10.0.0.{number}"},
        }
    )


class Network:
    """Machines on which delays of the right size, or of another one, begin."""

    def __init__(self, *, way: str = "queue", made_ms: float | None = None) -> None:
        self.way = way
        self.tool = "/tool"
        self.made_ms = made_ms  # what a delay really is; as asked for by default
        self.late: dict[str, float] = {}
        self.dropping: set[str] = set()
        self.asked: list[tuple[str, ...]] = []
        self.ran: list[bytes] = []
        self.slow_rpc = 0.0

    def script(self, node: str, script: str, *arguments: str, **_: float) -> str:
        if script == scripts.PREPARE:
            return f"{self.way}\n{self.tool}\n"
        if script in {scripts.START_QUEUE, scripts.START_NETEM}:
            self.asked.append((script, *arguments))
            asked = next(a for a in arguments if a.endswith("ms"))
            told = float(asked.removeprefix("--delay=").removesuffix("ms"))
            self.late[node] = told if self.made_ms is None else self.made_ms
        if script == scripts.CONNECT:
            return json.dumps(self._times(node, arguments[3:]))
        if script == scripts.LEFT:
            return "-A OUTPUT -j ROADMAP-DELAY\n" if node in self.late else ""
        if script == scripts.REPORT:
            return self._report(node)
        if script == scripts.MARKED:
            return f"{node[-1]}00\n"
        return ""

    def _times(self, node: str, places: tuple[str, ...]) -> dict[str, object]:
        times = {}
        for place in places:
            if place.startswith("--"):
                continue
            address, port = place.split(":")
            ends = self.late.get(node, 0) + self.late.get(f"worker-{address[-1]}", 0)
            times[place] = [1 + (ends if int(port) == P2P else self.slow_rpc)] * 3
        return {"ms": times, "errors": {}}

    def _report(self, node: str) -> str:
        if node not in self.late:
            raise TargetError("no such file")
        dropping = node in self.dropping
        return json.dumps(
            {
                "packets": 10,
                "dropped": 3 * dropping,
                "dropped_held": dropping,
                "most_held": 4,
                "dropping": dropping,
                "error_ms": {"median": 0.4, "p99": 2.0},
            }
        )

    def run(self, *_, stdin, **__):
        pipe = io.BytesIO()
        stdin(pipe)
        self.ran.append(pipe.getvalue())
        return CommandResult(status=0)


def delayed(network: Network, late: int = 2, seconds: float = 0.25) -> Delayed:
    pods = tuple(a_pod(number) for number in range(4))
    return Delayed(
        nodes=network,
        pods=pods[:late],
        among=pods,
        port=P2P,
        other_port=RPC,
        delay=seconds,
    )


def test_a_delay_is_on_when_connecting_takes_longer_by_both_ends() -> None:
    network = Network()
    works = delayed(network)

    works.inject()

    assert works.is_on() == ""
    assert works.rises() == {0: 0, 250: 250, 500: 500}
    assert works.what() == "P2P of validator-0, validator-1 is late by 250 ms"
    assert network.asked[0][1:3] == ("uid-0", mark(works.pods[0]))
    assert {r.pod: r.error_ms["p99"] for r in works.reports()} == {
        "validator-0": 2.0,
        "validator-1": 2.0,
    }
    assert works.rise_from(works.pods[0]) == 250


def test_a_delay_of_another_size_is_not_on() -> None:
    works = delayed(Network(made_ms=200))

    works.inject()

    assert works.is_on() == (
        "connecting takes 200.0 ms longer, not 250 ms (of 36 connections in all); "
        "connecting takes 400.0 ms longer, not 500 ms (of 36 connections in all)"
    )


def test_a_delay_that_other_ports_feel_too_is_not_on() -> None:
    network = Network()
    works = delayed(network)
    works.inject()
    network.slow_rpc = 100

    assert works.is_on() == f"connecting to port {RPC} takes 100.0 ms longer too"


def test_jitter_without_a_spread_is_not_on() -> None:
    works = delayed(Network(), late=4)
    works.jitter = 0.15
    works.inject()

    assert works.is_on() == "the connect times' deviation is 0 ms, not 80 ms"


def test_a_delay_is_off_when_nothing_is_left_and_connecting_is_quick() -> None:
    network = Network()
    works = delayed(network)
    assert works.is_off() == ""  # it never began
    works.inject()

    left = works.is_off()
    network.late = {"worker-2": 30, "worker-3": 30}  # without a rule of ours
    slow = works.is_off()
    network.late = {}

    assert left.startswith("still there: -A OUTPUT -j ROADMAP-DELAY")
    assert slow == "connecting takes 30.0 ms longer"
    assert works.is_off() == ""


def test_every_node_has_one_undo_step_for_its_pods() -> None:
    works = delayed(Network(), late=3)
    works.pods[1].raw["spec"]["nodeName"] = "worker-0"

    assert [(step.node, step.argv[4:]) for step in works.undo()] == [
        ("worker-0", ("uid-0", mark(works.pods[0]), "uid-1", mark(works.pods[1]))),
        ("worker-2", ("uid-2", "roadmap-delay-uid-2")),
    ]


def test_netem_is_used_where_there_is_one_unless_packets_may_be_dropped() -> None:
    network = Network(way="netem")
    works = delayed(network, late=1)
    works.inject()
    works.by_queue = True
    works.inject()

    assert [asked[0] for asked in network.asked] == [
        scripts.START_NETEM,
        scripts.START_QUEUE,
    ]
    assert network.asked[0][1:] == ("uid-0", str(P2P), "250ms", "0ms")


def test_a_kernel_with_neither_way_makes_it_unavailable() -> None:
    with pytest.raises(UnavailableError, match="neither netem nor NFQUEUE"):
        delayed(Network(way="-")).inject()


def test_a_node_without_the_program_makes_it_unavailable() -> None:
    network = Network()
    network.tool = ""

    with pytest.raises(UnavailableError, match="is not on worker-0, worker-1"):
        delayed(network).inject()


def test_a_lever_drops_on_every_node_and_healing_lets_packets_pass() -> None:
    network = Network()
    works = delayed(network)
    works.inject()
    with Lever(network, works) as lever:
        drop = Dropped(says="split", delayed=works, lever=lever)
        drop.inject()
        unseen = drop.is_on()
        network.dropping = {"worker-0", "worker-1"}
        seen = drop.is_on(), drop.is_off()
        again = Dropped(
            says="split", delayed=works, lever=lever, before={"validator-0": 3}
        ).is_on()
    network.dropping = set()

    assert unseen == "validator-0, validator-1 have dropped nothing"
    assert seen == ("", "validator-0, validator-1 still drop")
    assert again == "validator-0 have dropped nothing"
    assert drop.is_off() == ""
    assert sorted(network.ran) == [b"USR1 000\n", b"USR1 100\n"]
    assert [step.argv[-1] for step in drop.undo()] == [mark(p) for p in works.pods]
    assert not [t for t in threading.enumerate() if t.name == "lever"]
