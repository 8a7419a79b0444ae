from __future__ import annotations

import threading
from types import SimpleNamespace

import pytest

from pytest_roadmap.errors import TargetError, UnavailableError
from pytest_roadmap.target.faults.node_power import (
    FrozenNode,
    NoApiServer,
    OffNetwork,
    PoweredOff,
)
from pytest_roadmap.target.nodes import EngineNodes
from pytest_roadmap.target.power import Power


class Watch:
    """The nodes as the API tells of them."""

    def __init__(self, *names: str) -> None:
        self.ready = dict.fromkeys(names, True)

    def __getitem__(self, name: str):
        return SimpleNamespace(
            name=name, ready=self.ready[name], address=f"10.0.0.{len(name)}"
        )

    def now(self):
        return [self[name] for name in self.ready]


class Machines:
    """Nodes that are as they were told to be."""

    def __init__(self) -> None:
        self.watch = Watch("control-plane", "worker", "worker2")
        self.states = dict.fromkeys(self.watch.ready, "running")
        self.off_network: set[str] = set()
        self.listens = True
        self.story: list[str] = []
        self._lock = threading.Lock()
        self.power = SimpleNamespace(
            do=self._do, state=self.states.get, names=tuple(self.watch.ready)
        )

    def _do(self, way: str, node: str) -> None:
        with self._lock:
            self.story.append(f"{way} {node}")
            word = {"stop": "stopped", "pause": "paused"}.get(way, "running")
            self.states[node] = word

    def script(self, node: str, script: str, *arguments: str) -> str:
        if self.states[node] != "running":
            raise TargetError(f"{node} does not answer", where=node)
        if "/dev/tcp" in script:
            gone = {self.watch[name].address for name in self.off_network}
            return "closed\n" if arguments[0] in gone else "open\n"
        if "10248" in script:
            return "ok"
        if "sport" in script:
            return "1" if self.listens else "0"
        if "readyz" in script:
            return "ok" if self.listens else ""
        self.listens = not script.startswith("mv /etc/kubernetes/manifests")
        return ""


def test_nodes_without_power_are_switched_on_again_one_step_each() -> None:
    machines = Machines()
    works = PoweredOff(machines=machines, names=("worker", "worker2"))

    assert works.is_on() == "worker, worker2 still run"
    works.inject()

    assert sorted(machines.story) == ["stop worker", "stop worker2"]
    assert works.is_on() == ""
    assert works.is_off() == "worker is stopped; worker2 is stopped"
    assert [str(step) for step in works.undo()] == [
        "switch worker on",
        "switch worker2 on",
    ]


def test_a_node_that_runs_and_is_not_ready_is_not_back() -> None:
    machines = Machines()
    works = PoweredOff(machines=machines, names=("worker",))
    machines.watch.ready["worker"] = False

    assert works.is_off() == "worker is not Ready"
    machines.watch.ready["worker"] = True
    assert works.is_off() == ""


def test_a_frozen_node_is_paused_and_resumed() -> None:
    machines = Machines()
    works = FrozenNode(machines=machines, node="worker")

    assert works.is_on() == "it is running"
    works.inject()

    assert works.is_on() == ""
    assert works.is_off() == "worker is paused"
    assert [step.way for step in works.undo()] == ["resume"]


def test_a_node_is_off_the_network_when_nobody_reaches_it() -> None:
    machines = Machines()
    works = OffNetwork(machines=machines, node="worker2", ports=(("10.9.9.9", 26656),))
    machines.off_network.add("worker2")

    assert works.is_on() == (
        "these still answer: 10.9.9.9:26656 from control-plane, "
        "10.9.9.9:26656 from worker"
    )
    assert works.is_off() == "control-plane does not reach 10.0.0.7:10250"
    machines.off_network.clear()
    assert works.is_off() == ""


def test_the_api_server_is_gone_when_its_port_is_closed() -> None:
    machines = Machines()
    works = NoApiServer(machines=machines)

    assert works.is_on() == "its port is still open"
    works.inject()

    assert works.is_on() == ""
    assert works.is_off() == "it is not ready: no answer"
    (step,) = works.undo()
    assert (step.way, step.node) == ("run", "control-plane")


class Engine:
    """Answers the engine's client by the first words of what it is asked."""

    host = "unix:///nowhere"

    def __init__(self, state: str = "running", network: str = "{10.210.0.3}") -> None:
        self.state, self.network = state, network
        self.asked: list[str] = []

    def run(self, *arguments: str, **_):
        text = " ".join(arguments)
        self.asked.append(text)
        row = '{"name":"c-worker","state":"%s","role":"worker"}' % self.state  # noqa: UP031 - braces
        said = {"ps": row, "inspect": self.network}.get(arguments[0], "10.210.0.3")
        return SimpleNamespace(ok=True, stdout=said, complaint="")


def nodes(engine: Engine) -> EngineNodes:
    """Return the nodes of the cluster c."""
    return EngineNodes("c", lambda: engine)


@pytest.mark.parametrize(
    ("engines_word", "ours"),
    [("running", "running"), ("paused", "paused"), ("exited", "stopped")],
)
def test_a_machine_is_in_one_of_three_states(engines_word, ours) -> None:
    assert nodes(Engine(engines_word)).state("c-worker") == ours


def test_undoing_twice_does_no_harm() -> None:
    engine = Engine("running")

    nodes(engine).resume("c-worker")
    nodes(engine).connect("c-worker")

    assert not [text for text in engine.asked if text.startswith("unpause")]
    assert not [text for text in engine.asked if text.startswith("network connect")]


def test_a_node_off_the_network_gets_its_former_address_back() -> None:
    engine = Engine("running", network="<nil>")

    nodes(engine).connect("c-worker")

    assert "network connect --ip=10.210.0.3 kind c-worker" in engine.asked


def test_without_machines_nothing_is_switched() -> None:
    power = Power(api=None, access=None)

    for ask in (
        lambda: power.names,
        lambda: power.state("n"),
        lambda: power.do("stop", "n"),
    ):
        with pytest.raises(UnavailableError, match="need node-access"):
            ask()
