from __future__ import annotations

from types import SimpleNamespace

import pytest

from pytest_roadmap.errors import NeverHappenedError
from pytest_roadmap.target import crashing

RAW = {
    "spec": {
        "serviceName": "validator",
        "template": {
            "metadata": {"labels": {"app": "chain"}},
            "spec": {
                "initContainers": [{"name": "configure"}],
                "containers": [
                    {
                        "name": "node",
                        "image": "chain:v1",
                        "args": ["start"],
                        "livenessProbe": {},
                        "volumeMounts": [{"name": "data", "mountPath": "/home"}],
                    }
                ],
                "volumes": [{"name": "genesis"}],
            },
        },
        "volumeClaimTemplates": [{"metadata": {"name": "data"}}],
    }
}
NODE = SimpleNamespace(name="validator-3", role=SimpleNamespace(container="node"))


def start(index: int, **more: object) -> dict:
    return {
        "index": index,
        "exit": 1,
        "reached": True,
        "switched": True,
        "point": index,
        "seconds": 2.5,
        **more,
    }


def test_the_pod_takes_the_place_of_the_node():
    made = crashing.document(RAW, NODE, ["client", "crash-points", "--", "chain"])

    spec = made["spec"]
    (container,) = spec["containers"]
    assert (spec["hostname"], spec["subdomain"]) == ("validator-3", "validator")
    assert container["command"] == ["client", "crash-points", "--", "chain"]
    assert "args" not in container
    assert "livenessProbe" not in container
    claims = [v for v in spec["volumes"] if "persistentVolumeClaim" in v]
    assert claims[0]["persistentVolumeClaim"] == {"claimName": "data-validator-3"}
    assert [c["name"] for c in spec["initContainers"]] == ["configure", "roadmap-tools"]
    template = RAW["spec"]["template"]["spec"]
    assert template["containers"][0]["args"] == ["start"], "the template was changed"


def test_points_count_once_and_only_in_consensus():
    lines = [
        start(0, switched=False),
        start(1),
        start(12),
        start(3, reached=False, problem="panic: no"),
    ]
    story = crashing.Story(SimpleNamespace(lines=lines, problem=""))

    assert story.points == 1
    assert str(story.crashes[0]) == "block sync: fail-test 0, exit 1 after 2.5 s"
    assert str(story.crashes[3]) == "point 3 of consensus: panic: no after 2.5 s"


def test_the_end_is_awaited_with_what_was_seen_last():
    story = crashing.Story(SimpleNamespace(lines=[start(5)], problem=""))

    with pytest.raises(NeverHappenedError, match=r"crashes; last seen: point 5"):
        story.until_ended(within=0.05)


def test_a_declared_command_is_taken_as_it_is():
    container = SimpleNamespace(spec={"command": ["sh", "-c"], "args": ["a b"]})

    assert crashing.command(SimpleNamespace(container=container)) == ("sh", "-c", "a b")


def test_else_the_first_process_tells():
    processes = [
        SimpleNamespace(inner_pid=8, command="sleep"),
        SimpleNamespace(inner_pid=1, command="/chain start --home=/home"),
    ]
    nodes = SimpleNamespace(processes=lambda *_: processes)
    node = SimpleNamespace(
        container=SimpleNamespace(spec={}),
        instance=SimpleNamespace(nodes=nodes),
        pod=None,
        role=SimpleNamespace(container="node"),
    )

    assert crashing.command(node) == ("/chain", "start", "--home=/home")


class Space:
    """A namespace with at most one pod."""

    name = "chain"

    def __init__(self):
        self.there = {}
        self.pods = SimpleNamespace(get=self.there.get, until_one=self._until)
        self.api = SimpleNamespace(find=lambda _, name, __: self.there.get(name))

    def apply(self, document):
        container = SimpleNamespace(ever_started=True)
        found = SimpleNamespace(container=lambda _: container)
        self.there[document["metadata"]["name"]] = found

    def _until(self, name, claim, **_):
        assert claim(self.there[name])


def test_the_pod_is_a_fault_that_healing_takes_away():
    space = Space()
    works = crashing.Crashing(
        space=space,
        node="validator-3",
        container="node",
        document=crashing.document(RAW, NODE, ["client"]),
    )

    assert works.is_on() == "there is no pod"
    works.inject()
    assert (works.is_on(), works.is_off()) == ("", "the pod is still there")
    (step,) = works.undo()
    assert (step.way, step.object) == ("delete", "Pod/crashing")
    space.there.clear()
    assert works.is_off() == ""
