"""A node without memory, and a node without disk: when they are on, and undone."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from tests.target.fake_api import pod

from pytest_roadmap.errors import TargetError, UnavailableError
from pytest_roadmap.target import pressure
from pytest_roadmap.target.changes import Change, flips_of
from pytest_roadmap.target.faults import exhausting
from pytest_roadmap.target.faults.cluttering import TAINT, Cluttered
from pytest_roadmap.target.faults.exhausting import GREEDY, Greedy
from pytest_roadmap.target.faults.room import RoomFaults
from pytest_roadmap.target.objects import Node
from pytest_roadmap.target.pods import Pod
from pytest_roadmap.target.pressure import Memory, Threshold

MIB, GIB = 1 << 20, 1 << 30
SETTINGS = {
    "enforceNodeAllocatable": ["pods"],
    "evictionHard": {"memory.available": "1Gi", "nodefs.available": "512Mi"},
    "evictionPressureTransitionPeriod": "10s",
}


def node(*, memory="False", disk="False", taints=()) -> Node:
    """Return a node under the pressures that are told."""
    kinds = {"MemoryPressure": memory, "DiskPressure": disk}
    conditions = [{"type": k, "status": v} for k, v in kinds.items()]
    return Node(
        {
            "metadata": {"name": "worker"},
            "spec": {"taints": [{"key": key} for key in taints]},
            "status": {"conditions": conditions},
        }
    )


class Kubelet:
    """A machine whose kubelet, shell and API answer as a test wants."""

    def __init__(self, *, left=3 * GIB, settings=SETTINGS, **said: str) -> None:
        self.left = left
        self.settings = settings
        self.said = {"MemAvailable": str(16 * 1024**2), **said}
        self.asked = 0
        self.ran: list[tuple[str, ...]] = []
        self.node = node()
        self.api = SimpleNamespace(requests=SimpleNamespace(call=self._call))
        self.power = SimpleNamespace(names=("control-plane", "worker"))

    @property
    def watch(self):
        return {"worker": self.node}

    def _call(self, _method, path, **_):
        if path.endswith("configz"):
            return {"kubeletconfig": self.settings}
        self.asked += 1
        used = {"workingSetBytes": GIB, "availableBytes": self.left}
        groups = [{"name": "kubelet"}, {"name": "pods", "memory": used}]
        return {"node": {"systemContainers": groups}}

    def script(self, _node, script, *arguments):
        self.ran.append(arguments)
        return next((text for word, text in self.said.items() if word in script), "")


class Faulty(RoomFaults):
    """Faults that are returned as the works behind them."""

    def __init__(self, nodes) -> None:
        self._nodes = nodes

    def _fault(self, works, within=15.0):
        assert within >= 60, "a kubelet looks every 10 s"
        return works


class Pods(dict):
    """The pods of a space."""

    def wait_synced(self) -> None:
        pass


def space(**pods: Pod):
    """Return a namespace with pods, and what was applied to it."""
    applied: list[dict] = []
    return SimpleNamespace(
        name="greedy-1", pods=Pods(pods), applied=applied, apply=applied.append
    )


def greedy_pod(phase="Running", reason="", **state) -> Pod:
    status = [{"name": GREEDY, "state": state or {"running": {}}}]
    document = pod(GREEDY, phase=phase, reason=reason, containerStatuses=status)
    document["spec"]["containers"] = [{"name": GREEDY}]
    return Pod(document)


# ----------------------------------------------------------------------- pressure


@pytest.mark.parametrize(
    ("declared", "size"), [("", 0), ("0%", 0), ("10%", 103), ("1Gi", GIB)]
)
def test_a_threshold_is_bytes_or_a_share_of_what_there_is(declared, size) -> None:
    assert Threshold(declared=declared).of(1024) == size


def test_what_a_kubelet_says_of_itself_is_read() -> None:
    guard = pressure.guard(Kubelet().api, "worker")

    assert (guard.enforced, guard.transition_s) == (True, 10.0)
    assert guard.memory.declared == "1Gi"
    assert guard.disk.declared == "512Mi"


def test_a_kubelet_that_guards_nothing_is_no_error() -> None:
    settings = {"evictionPressureTransitionPeriod": "5m0s"}
    guard = pressure.guard(Kubelet(settings=settings).api, "worker")

    assert (guard.enforced, guard.transition_s) == (False, 300.0)
    assert guard.memory.of(GIB) == guard.disk.of(GIB) == 0


def test_a_node_that_tells_no_limit_of_its_pods_says_so() -> None:
    call = lambda *_, **__: {"node": {"systemContainers": []}}  # noqa: E731 - brief
    api = SimpleNamespace(requests=SimpleNamespace(call=call))

    with pytest.raises(TargetError, match="no limit for its pods"):
        pressure.memory(api, "worker")


@pytest.mark.parametrize(("others", "own"), [("9\n9\n8\n", True), ("7\n9\n", False)])
def test_a_disk_is_the_kubelets_own_when_nothing_else_is_on_it(others, own) -> None:
    disk = pressure.disk(Kubelet(stat=f"7\n4096 1000 600\n{others}"), "worker")

    assert disk.own is own
    assert (disk.size, disk.available) == (4096 * 1000, 4096 * 600)


def test_a_pressure_ends_when_it_was_last_seen_to_go() -> None:
    def watch(*words):
        story = [
            Change(at=float(at), what="modified", object=node(memory=word))
            for at, word in enumerate(words)
        ]
        return SimpleNamespace(flips=lambda question, **_: flips_of(story, question))

    def ended(*words):
        return pressure.relieved_at(watch(*words), "worker", "MemoryPressure", -1.0)

    assert ended("False", "True", "False", "True", "False", "False") == 4.0
    assert ended("False") == -1.0, "there was none"
    assert ended("True") > 1e9, "it goes on"


# ------------------------------------------------------------------------- memory


def test_a_greedy_pod_starts_just_above_the_threshold_and_has_a_bound() -> None:
    machine, there = Kubelet(), space()
    works = Faulty(machine).greedy(there, "worker")
    works.inject()

    (document,) = there.applied
    (container,) = document["spec"]["containers"]
    assert "resources" not in container, "BestEffort"
    assert document["spec"]["nodeName"] == "worker"
    most, first, step = map(int, container["command"][-3:])
    assert first == 3 * GIB - GIB - 256 * MIB
    assert (most, step) == (4 * GIB, 64 * MIB)


def test_nothing_is_taken_at_once_where_little_is_left() -> None:
    assert exhausting.sizes(Memory(used=0, available=GIB), GIB) == (0, GIB)


@pytest.mark.parametrize(
    ("machine", "why"),
    [
        (Kubelet(settings={**SETTINGS, "enforceNodeAllocatable": []}), "to a limit"),
        (Kubelet(settings={**SETTINGS, "evictionHard": {}}), "to a limit"),
        (Kubelet(MemAvailable=str(3 * 1024**2)), "would be exhausted itself"),
        (
            Kubelet(settings={**SETTINGS, "evictionPressureTransitionPeriod": "5m0s"}),
            "for 300 s",
        ),
    ],
)
def test_a_node_that_would_not_be_stopped_in_time_is_not_exhausted(machine, why):
    with pytest.raises(UnavailableError, match=why):
        Faulty(machine).greedy(space(), "worker")


def greed(machine, there) -> Greedy:
    return Faulty(machine).greedy(there, "worker")


def test_greed_is_on_when_the_pods_are_below_the_threshold() -> None:
    machine = Kubelet()
    works = greed(machine, space(greedy=greedy_pod()))

    assert works.is_on() == "3072 MiB are left, above 1024"
    machine.left, asked = GIB - 1, machine.asked
    assert works.is_on() == "it was asked a moment ago"
    assert machine.asked == asked, "each answer costs the kubelet a count"
    works._looked = 0.0
    assert works.is_on() == ""


def test_greed_is_on_under_pressure_but_not_when_it_has_ended() -> None:
    machine, there = Kubelet(), space()
    works = greed(machine, there)
    machine.node = node(memory="True")

    assert works.is_on() == "it does not run: it is gone"
    there.pods["greedy"] = greedy_pod("Failed", "Evicted")
    there.pods["greedy"].raw["status"]["containerStatuses"] = []
    assert works.is_on().startswith("it does not run: greedy")
    there.pods["greedy"] = greedy_pod()
    assert works.is_on() == ""


def test_greed_is_off_when_the_pressure_is_gone_as_well() -> None:
    machine, there = Kubelet(), space(greedy=greedy_pod())
    works = greed(machine, there)
    machine.node = node(memory="True")

    assert works.is_off() == "it is still there"
    there.pods.clear()
    assert works.is_off() == "worker is under MemoryPressure"
    machine.node = node()
    assert works.is_off() == ""
    assert [str(step) for step in works.undo()] == ["delete Pod/greedy greedy-1"]


def test_how_a_greedy_pod_ended_is_told() -> None:
    killed = {"terminated": {"reason": "OOMKilled", "exitCode": 137}}

    assert exhausting.end_of(greedy_pod()) == ""
    assert exhausting.end_of(Pod(pod("other", phase="Failed"))) == "", "not it"
    assert exhausting.end_of(greedy_pod("Failed", "Evicted", **killed)) == "Evicted"
    assert exhausting.end_of(greedy_pod("Failed", **killed)) == "OOMKilled"


def test_an_evicted_pod_is_not_one_that_stays() -> None:
    evicted = greedy_pod("Failed", "Evicted")

    assert evicted.evicted
    assert not evicted.stays
    assert greedy_pod().stays
    assert not greedy_pod("Failed").evicted


# --------------------------------------------------------------------------- disk

STAT = "7\n1048576 6144 6000\n8\n9\n"  # blocks of 1 MiB


def test_a_disk_is_filled_to_half_of_what_must_be_left() -> None:
    works = Faulty(Kubelet(stat=STAT)).cluttered("worker")

    assert works.size == (6000 - 256) * MIB


@pytest.mark.parametrize(
    ("machine", "why"),
    [
        (Kubelet(stat="7\n1048576 6144 6000\n7\n"), "to itself"),
        (Kubelet(stat="7\n1048576 614400 6000\n8\n"), "to itself"),
        (
            Kubelet(
                stat=STAT,
                settings={**SETTINGS, "evictionHard": {"nodefs.available": "0%"}},
            ),
            "to itself",
        ),
        (Kubelet(stat="7\n1048576 6144 200\n8\n"), "full already"),
    ],
)
def test_a_disk_that_is_not_the_kubelets_alone_is_left_alone(machine, why) -> None:
    with pytest.raises(UnavailableError, match=why):
        Faulty(machine).cluttered("worker")


def test_clutter_is_on_with_condition_and_taint() -> None:
    machine = Kubelet(stat=STAT)
    works = Faulty(machine).cluttered("worker")
    works.inject()

    size, file = machine.ran[-1]
    assert (int(size), file) == (works.size, "/var/lib/kubelet/.roadmap-clutter")
    assert works.is_on() == "worker is not under DiskPressure"
    machine.node = node(disk="True")
    assert works.is_on() == f"worker has no taint {TAINT}"
    machine.node = node(disk="True", taints=[TAINT])
    assert works.is_on() == ""


def test_clutter_is_off_without_file_and_condition() -> None:
    machine = Kubelet()
    works = Cluttered(nodes=machine, machine="worker", size=GIB)
    machine.said["-e"] = "/var/lib/kubelet/.roadmap-clutter\n"

    assert works.is_off() == "still there: /var/lib/kubelet/.roadmap-clutter"
    machine.said.pop("-e")
    machine.node = node(disk="True")
    assert works.is_off() == "worker is under DiskPressure"
    machine.node = node()
    assert works.is_off() == ""


def test_clutter_is_removed_from_the_node_and_evicted_pods_from_the_api() -> None:
    works = Cluttered(nodes=Kubelet(), machine="worker", size=GIB)
    remove, sweep, again = works.undo()

    assert (remove.way, remove.node) == ("run", "worker")
    assert remove.argv == ("rm", "-f", "/var/lib/kubelet/.roadmap-clutter")
    assert (sweep.way, sweep.node) == ("run", "control-plane")
    assert sweep.argv[-1] == "worker"
    assert again == sweep, "pods are evicted until the kubelet has seen the room"
