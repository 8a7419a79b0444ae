from __future__ import annotations

from types import SimpleNamespace

import pytest
from tests.target.fake_api import pod

from pytest_roadmap.target.faults import cutting_scripts
from pytest_roadmap.target.faults.cutting import Filter, Mason, Wall
from pytest_roadmap.target.faults.partitions import Network
from pytest_roadmap.target.faults.policies import PolicySplit
from pytest_roadmap.target.pods import Pod

PORT = 26656


class Machines:
    """Stands in for the machines: keeps walls, and lets connects through or not."""

    def __init__(self) -> None:
        self.walls: dict[str, str] = {}
        self.closed: set[tuple[str, str]] = set()
        self.answer = "silent"
        self.counted: dict[str, str] = {}
        self.gone: set[str] = set()

    def script(self, machine, script, *arguments, within=20.0):  # noqa: ARG002
        if script == cutting_scripts.PUT:
            pairs = zip(arguments[::2], arguments[1::2], strict=True)
            self.walls |= dict(pairs)
            return ""
        if script == cutting_scripts.COUNT:
            return "".join(self._counts(uid) for uid in arguments[1:])
        return "".join(self._connects(argument) for argument in arguments[2:])

    def _counts(self, uid: str) -> str:
        if uid in self.gone:
            return ""
        text = f"{uid} here 0 -\n"
        if uid in self.walls:
            text += self.counted.get(uid, f"{uid} OUT 3 DROP\n{uid} IN 2 RETURN\n")
        return text

    def _connects(self, argument: str) -> str:
        uid, _, others = argument.partition("/")
        own = uid.removeprefix("uid-")
        return "".join(
            f"{uid} {other} {self.answer if (own, other) in self.closed else 'open'}\n"
            for other in others.split(",")
            if other
        )


class Books:
    """Stands in for journal and healer: undoing takes every wall down."""

    def __init__(self, machines: Machines) -> None:
        self.machines = machines

    def begin(self, what, undo):
        return SimpleNamespace(what=what, undo=undo)

    def end(self, entry) -> None:
        assert entry.undo

    def undo(self, step) -> None:
        for uid in step.argv[6:]:
            self.machines.walls.pop(uid, None)
        self.machines.closed.clear()


def node(name: str, ip: str, machine: str = "worker-1") -> SimpleNamespace:
    """Return a chain's node whose pod's uid tells its address."""
    document = pod(name, uid=f"uid-{ip}", podIP=ip)
    document["spec"]["nodeName"] = machine
    ports = SimpleNamespace(p2p=PORT)
    instance = SimpleNamespace(profile=SimpleNamespace(ports=ports))
    return SimpleNamespace(name=name, pod=Pod(document), instance=instance)


@pytest.fixture
def machines() -> Machines:
    return Machines()


@pytest.fixture
def network(machines) -> Network:
    books = Books(machines)
    return Network(machines, lambda kind, works, _: kind(works, books, books))


A, B, C, D = (node(f"v-{n}", f"10.0.0.{n}") for n in range(4))


def test_a_side_lets_its_own_pass_and_nobody_else(network, machines) -> None:
    cut = network.split([A, B], [C])
    machines.closed = set(cut.partition.barred)

    with cut:
        rules = machines.walls["uid-10.0.0.0"].splitlines()

    name = cut.partition.mason.name
    assert f"-A {name}-IN -p tcp -s 10.0.0.1 -j RETURN" in rules
    assert rules.index(f"-A {name}-IN -p tcp -j DROP") > rules.index(
        f"-A {name}-IN -p tcp -s 10.0.0.1 -j RETURN"
    )
    assert not [rule for rule in rules if "10.0.0.2" in rule]
    assert f"-I OUTPUT -p tcp -m tcp --dport {PORT} -j {name}-OUT" in rules


def test_a_cut_bars_connects_in_both_directions_and_no_others(network) -> None:
    cut = network.links((A, C), (B, D))

    assert cut.partition.barred == {
        ("10.0.0.0", "10.0.0.2"),
        ("10.0.0.2", "10.0.0.0"),
        ("10.0.0.1", "10.0.0.3"),
        ("10.0.0.3", "10.0.0.1"),
    }
    assert len(cut.partition.walls) == 4
    assert cut.what == "the links v-0-v-2, v-1-v-3 are cut"


def test_a_connect_that_comes_about_is_no_cut(network) -> None:
    partition = network.links((A, C)).partition
    partition.inject()

    assert partition.is_on() == "v-0 to v-2 is open, not silent"


def test_a_link_that_should_be_open_must_be(network, machines) -> None:
    partition = network.links((A, C), among=[B]).partition
    machines.closed = {*partition.barred, ("10.0.0.0", "10.0.0.1")}
    partition.inject()

    assert partition.is_on() == "v-0 to v-1 is silent, not open"


def test_rules_that_bar_nothing_are_no_cut(network, machines) -> None:
    partition = network.links((A, C)).partition
    machines.closed = set(partition.barred)
    machines.counted = {"uid-10.0.0.2": "uid-10.0.0.2 OUT 0 DROP\n"}
    partition.inject()

    assert partition.is_on() == "no packet of v-2 was dropped"


def test_who_is_mute_must_hear(network, machines) -> None:
    partition = network.mute(A, B).partition
    machines.closed = set(partition.barred)
    machines.counted = {"uid-10.0.0.0": "uid-10.0.0.0 OUT 3 DROP\n"}
    partition.inject()

    assert partition.is_on() == "v-0 does not hear the others"


def test_resets_are_refusals_and_pass_the_wall_themselves(network, machines) -> None:
    cut = network.split([A], [B], resets=True)
    machines.closed = set(cut.partition.barred)
    machines.answer = "refused"

    with cut:
        rules = machines.walls["uid-10.0.0.0"]

    assert "--tcp-flags RST RST -j RETURN" in rules
    assert "-j REJECT --reject-with tcp-reset" in rules


def test_the_second_step_of_a_heal_knows_the_first(network, machines) -> None:
    whole = network.split([A, B], [C, D])
    machines.closed = set(whole.partition.barred)
    with whole:
        lonely = network.split([A], [B, C, D])
        machines.closed |= lonely.partition.barred
        with lonely:
            assert whole.partition.is_off().startswith("the rules are still there")
            machines.walls = {
                uid: text
                for uid, text in machines.walls.items()
                if lonely.partition.mason.name in text
            }
            machines.walls.clear()
            machines.closed = set(lonely.partition.barred)
            assert whole.partition.is_off() == ""
            machines.closed.add(("10.0.0.1", "10.0.0.2"))
            assert whole.partition.is_off() == "v-1 to v-2 is silent"


def test_nothing_may_be_left_of_a_cut(network, machines) -> None:
    partition = network.links((A, C)).partition
    machines.closed = set(partition.barred)
    partition.inject()

    assert partition.is_off() == "the rules are still there: v-0, v-2"
    machines.walls.clear()
    assert partition.is_off() == "v-0 to v-2 is silent"
    machines.gone = {"uid-10.0.0.2"}
    assert partition.is_off() == ""


def test_a_replaced_pod_is_let_in_by_its_side_only(network, machines) -> None:
    cut = network.split([A, B], [C, D])
    machines.closed = set(cut.partition.barred)
    again = node("v-0", "10.0.0.9")
    with cut:
        back = network.rejoined(cut, again)
        machines.closed |= back.partition.barred
        with back:
            assert "-s 10.0.0.9 -j ACCEPT" in machines.walls["uid-10.0.0.1"]
            assert "-s 10.0.0.1 -j RETURN" in machines.walls["uid-10.0.0.9"]
            assert "uid-10.0.0.2" in machines.walls
        machines.closed = set(cut.partition.barred)

    assert ("10.0.0.2", "10.0.0.9") in cut.partition.barred
    assert [p.ip for p in cut.partition.members][-1] == "10.0.0.9"


def test_walls_come_down_on_each_machine_by_one_step() -> None:
    elsewhere = node("v-9", "10.0.0.8", machine="worker-2")
    mason = Mason(nodes=None, name="ROADMAP-x", port=PORT)

    steps = mason.undo([A.pod, B.pod, elsewhere.pod])

    assert [step.node for step in steps] == ["worker-1", "worker-2"]
    assert steps[0].argv[-2:] == ("uid-10.0.0.0", "uid-10.0.0.1")
    assert "-X ROADMAP-x-OUT" in steps[0].argv[5]


def test_a_wall_of_nobody_bars_nobody() -> None:
    wall = Wall(pod=A.pod, inward=Filter(passing=("10.0.0.1",)), outward=Filter())

    assert not wall.inward.bars
    assert Filter(closed=True).bars


def test_a_policy_takes_p2p_of_its_own_side_only() -> None:
    ports = [{"containerPort": PORT}, {"containerPort": 26657}]
    for member in (A, B):
        member.pod.raw["spec"]["containers"][0]["ports"] = ports
    applied: list[dict] = []
    space = SimpleNamespace(
        name="chain", apply=lambda *documents: applied.extend(documents)
    )
    split = PolicySplit(
        mason=Mason(nodes=None, name="ROADMAP-x", port=PORT),
        space=space,
        sides=((A.pod,), (B.pod,)),
    )

    split.inject()

    own, others = applied[0]["spec"]["ingress"]
    assert own["from"] == [{"podSelector": applied[0]["spec"]["podSelector"]}]
    assert own["ports"] == [{"port": PORT}]
    assert others == {"ports": [{"port": 26657}]}
    assert [step.object for step in split.undo()] == [
        "NetworkPolicy/roadmap-x-0",
        "NetworkPolicy/roadmap-x-1",
    ]
