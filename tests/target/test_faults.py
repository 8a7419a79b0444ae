from __future__ import annotations

from types import SimpleNamespace

import pytest
from tests.target.fake_api import connected, pod, serving

from pytest_roadmap.errors import TargetError, UnavailableError
from pytest_roadmap.target.commands import CommandResult
from pytest_roadmap.target.faults import Fault, FaultError
from pytest_roadmap.target.faults.faults import Faults
from pytest_roadmap.target.faults.parting import Partition
from pytest_roadmap.target.heal import Healer
from pytest_roadmap.target.journal import Journal, Undo, left_behind
from pytest_roadmap.target.machines import Nodes
from pytest_roadmap.target.pods import Pod

STEP = Undo(way="run", node="worker-1", argv=("mend",))


class Works:
    """A fault that is made of a list of what happened."""

    def __init__(self, *, effective: bool = True, lasting: bool = False) -> None:
        self.story: list[str] = []
        self.effective, self.lasting = effective, lasting
        self.folder = None

    def what(self) -> str:
        return "the light is off"

    def undo(self) -> tuple[Undo, ...]:
        return (STEP,)

    def inject(self) -> None:
        ((_, entries),) = left_behind_by_all(self.folder)
        self.story.append(f"injected, {len(entries)} in the journal")

    def is_on(self) -> str:
        return "" if self.effective else "it still shines"

    def is_off(self) -> str:
        return "it is still dark" if self.lasting else ""


class Mender:
    """Stands in for the healer."""

    def __init__(self, works: Works) -> None:
        self.works = works

    def undo(self, step: Undo) -> None:
        self.works.story.append(f"undone: {step}")


def left_behind_by_all(folder):
    """Return the entries of all journals, of living processes too."""
    from pytest_roadmap.target import journal

    for path in folder.glob("faults-*.jsonl"):
        yield path, journal.open_entries(path)


@pytest.fixture
def begin(tmp_path):
    journals = []

    def begun(works: Works) -> Fault:
        works.folder = tmp_path
        journals.append(Journal(tmp_path, "cluster"))
        return Fault(works, journals[-1], Mender(works), within=0.3)

    yield begun
    for journal in journals:
        journal.close()


def test_a_fault_is_written_down_made_seen_and_undone(begin, tmp_path) -> None:
    works = Works()

    with begin(works) as fault:
        assert works.story == ["injected, 1 in the journal"]
        assert fault.injected <= fault.since
        assert fault.healed is None

    assert works.story[1:] == ["undone: run `mend` on worker-1"]
    assert fault.healed is not None
    assert [entries for _, entries in left_behind_by_all(tmp_path)] == [()]


def test_a_fault_may_be_written_down_before_its_moment(begin, tmp_path) -> None:
    works = Works()
    fault = begin(works)

    fault.prepare()
    fault.prepare()
    with fault:
        assert works.story == ["injected, 1 in the journal"]

    assert [entries for _, entries in left_behind_by_all(tmp_path)] == [()]


def test_healing_earlier_heals_once(begin) -> None:
    works = Works()

    with begin(works) as fault:
        fault.heal()
        healed = fault.healed

    assert fault.healed == healed
    assert len(works.story) == 2


def test_a_fault_that_is_not_on_is_an_error_and_is_undone(begin) -> None:
    works = Works(effective=False)

    with pytest.raises(FaultError) as error, begin(works):
        pytest.fail("nothing may be judged")

    assert "the fault the light is off is not on: it still shines" in str(error.value)
    assert not isinstance(error.value, AssertionError)
    assert works.story[-1].startswith("undone")


def test_a_fault_that_stays_on_stays_in_the_journal(begin, tmp_path) -> None:
    dark = pytest.raises(FaultError, match="is not off: it is still dark")
    with dark, begin(Works(lasting=True)):
        pass

    ((_, entries),) = left_behind_by_all(tmp_path)
    assert [entry.what for entry in entries] == ["the light is off"]


def test_a_fault_is_healed_when_the_probe_fails(begin) -> None:
    works = Works()

    with pytest.raises(AssertionError, match="the claim"), begin(works):
        raise AssertionError("the claim")

    assert works.story[-1].startswith("undone")


def test_a_team_can_inject_with_an_engine_of_its_own(tmp_path) -> None:
    theirs = Works()
    theirs.folder = tmp_path
    journal = Journal(tmp_path, "cluster")
    faults = Faults(nodes=None, journal=journal, healer=Mender(theirs))
    faults._deadlines = None
    faults.others = lambda works: theirs if isinstance(works, Partition) else None
    node = SimpleNamespace(
        name="api-0",
        pod=Pod(pod("api-0")),
        instance=SimpleNamespace(
            profile=SimpleNamespace(ports=SimpleNamespace(p2p=26656))
        ),
    )

    with faults.cut(node) as cut:
        assert cut.what == "the light is off"
    journal.close()

    assert theirs.story == [
        "injected, 1 in the journal",
        "undone: run `mend` on worker-1",
    ]


def test_memory_grows_to_125_percent_of_a_declared_limit_at_most() -> None:
    document = pod("api-0")
    document["spec"]["containers"][0]["resources"] = {"limits": {"memory": "64Mi"}}
    node = SimpleNamespace(
        name="api-0", pod=Pod(document), role=SimpleNamespace(container="node")
    )
    unlimited = SimpleNamespace(
        name="api-0", pod=Pod(pod("api-0")), role=SimpleNamespace(container="node")
    )
    faults = Faults(nodes=None, journal=None, healer=None)

    with pytest.raises(TargetError, match="125 % of a declared limit at most"):
        faults.grown(node, percent=126)
    with pytest.raises(TargetError, match="125 % of a declared limit at most"):
        faults.grown(unlimited)
    assert faults.grown(node)._works.size == 80 * 2**20


class Access:
    """Stands in for the way onto the machines."""

    def __init__(self, result: CommandResult) -> None:
        self.result = result
        self.asked: list[tuple[str, tuple[str, ...]]] = []

    def names(self):
        return ("control-plane", "worker-1")

    def run(self, node, argv, *, stdin=None, timeout_s=None):  # noqa: ARG002
        self.asked.append((node, tuple(argv)))
        return self.result


@pytest.fixture
def server():
    with serving() as running:
        yield running


def healer(server, tmp_path, result=None) -> tuple[Healer, Access]:
    api = connected(tmp_path, server)
    access = Access(result or CommandResult(status=0))
    return Healer(api, Nodes(api, None, access)), access


def test_the_next_run_undoes_what_a_dead_one_left_newest_first(
    server, tmp_path
) -> None:
    journal = Journal(tmp_path, "cluster")
    journal.begin("first", (STEP,))
    journal.begin("second", (Undo(way="uncordon", node="worker-1"),))
    journal.begin(
        "third",
        (Undo(way="scale", object="StatefulSet/v", namespace="chain", replicas=4),),
    )
    journal.close()
    found, access = healer(server, tmp_path)

    healing = found.left_behind(tmp_path, "cluster")

    assert healing.failed == ()
    assert healing.undone == (
        "third: scale StatefulSet/v in chain to 4",
        "second: uncordon worker-1",
        "first: run `mend` on worker-1",
    )
    done = [(node, argv) for node, argv in access.asked if argv[0] != "sh"]
    assert done == [("worker-1", ("mend",))]
    forgotten = [node for node, argv in access.asked if argv[0] == "sh"]
    assert forgotten == ["control-plane", "control-plane", "worker-1"]
    assert list(tmp_path.glob("faults-*")) == []


def test_what_cannot_be_undone_is_told_and_kept(server, tmp_path) -> None:
    journal = Journal(tmp_path, "cluster")
    journal.begin("first", (STEP,))
    journal.close()
    found, _ = healer(server, tmp_path, CommandResult(status=1, stderr="no such node"))

    healing = found.left_behind(tmp_path, "cluster")

    assert healing.undone == ()
    assert "no such node" in healing.failed[0]
    assert len(list(tmp_path.glob("faults-*"))) == 1


def test_another_clusters_journal_is_left_alone(server, tmp_path) -> None:
    journal = Journal(tmp_path, "other")
    journal.begin("first", (STEP,))
    journal.close()
    found, access = healer(server, tmp_path)

    assert found.left_behind(tmp_path, "cluster").undone == ()
    assert access.asked == []


def test_what_is_gone_already_counts_as_undone(server, tmp_path) -> None:
    path = "/apis/apps/v1/namespaces/chain/statefulsets/v/scale"
    server.answers["PATCH", path] = (404, {"message": "not found"})
    found, _ = healer(server, tmp_path)

    found.undo(Undo(way="scale", object="StatefulSet/v", namespace="chain", replicas=4))

    assert server.requests[-1][0] == "PATCH"


def test_namespaces_of_a_run_go_with_the_volumes_that_would_stay(
    server, tmp_path
) -> None:
    label = {"pytest-roadmap.dev/run": "run-1"}
    server.put("/api/v1/namespaces", {"metadata": {"name": "mine", "labels": label}})
    server.put(
        "/api/v1/namespaces",
        {"metadata": {"name": "other", "labels": {"pytest-roadmap.dev/run": "run-2"}}},
    )
    for name, namespace in (("pv-1", "mine"), ("pv-2", "other")):
        claim = {"claimRef": {"namespace": namespace}}
        server.put(
            "/api/v1/persistentvolumes", {"metadata": {"name": name}, "spec": claim}
        )
    found, _ = healer(server, tmp_path)

    healing = found.namespaces(lambda run: run == "run-1")

    assert healing.undone == ("deleted namespace mine", "deleted volume pv-1")
    deleted = [path for method, path in server.requests if method == "DELETE"]
    assert deleted.pop() == "/api/v1/namespaces/mine"
    assert "/api/v1/namespaces/mine/pods" in deleted
    assert not any("other" in path for path in deleted)
    patched = [body for method, _, body in server.bodies if method == "PATCH"]
    assert patched == [{"spec": {"persistentVolumeReclaimPolicy": "Delete"}}]


def test_without_node_access_a_command_is_unavailable(server, tmp_path) -> None:
    nodes = Nodes(connected(tmp_path, server), None, None)

    with pytest.raises(UnavailableError, match="need node-access"):
        nodes.run("worker-1", ["true"])


def test_a_living_process_is_not_healed(tmp_path) -> None:
    journal = Journal(tmp_path, "cluster")
    journal.begin("going on", (STEP,))

    assert list(left_behind(tmp_path)) == []
    journal.close()
