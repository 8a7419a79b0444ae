from __future__ import annotations

import json
from fractions import Fraction
from types import SimpleNamespace

import pytest
from tests.target.fake_api import pod

from pytest_roadmap.target import clock
from pytest_roadmap.target.commands import CommandResult
from pytest_roadmap.target.faults.holding_down import QUOTA, TOUCHED, HeldDown
from pytest_roadmap.target.pods import Pod


class Space:
    """A namespace that forgets what is deleted, with what was done to it."""

    name = "chain"

    def __init__(self, *names: str) -> None:
        self.done: list[tuple[str, object]] = []
        self.there = {name: Pod(pod(name)) for name in names}
        self.refusals: list[object] = []
        self.marks: dict[str, str] = {}
        self.quota: dict | None = None
        self.api = self
        self.pods = SimpleNamespace(
            get=self.there.get, now=lambda: tuple(self.there.values())
        )
        self.events = SimpleNamespace(
            wait_synced=lambda: None, now=lambda: self.refusals
        )
        self.quotas = SimpleNamespace(until_one=self._counted)

    def __str__(self) -> str:
        return self.name

    def apply(self, document):
        self.quota = document
        self.done.append(("pods at most", document["spec"]["hard"]["pods"]))

    def _counted(self, _name, claim, **_):
        hard = Fraction(self.quota["spec"]["hard"]["pods"])
        assert claim(SimpleNamespace(used={"pods": Fraction(3)}, hard={"pods": hard}))

    def delete(self, _kind, name, _namespace, *, grace):
        self.there.pop(name)
        self.done.append(("deleted", (name, grace)))

    def patch(self, _kind, name, patch, _namespace):
        self.done.append(("touched", (name, patch["metadata"]["annotations"])))

    def find(self, *_):
        return self.quota

    def read(self, *_):
        return {"metadata": {"annotations": self.marks}}


class Machines:
    """Machines on which a process is gone once it was killed."""

    def __init__(self) -> None:
        self.killed: set[str] = set()

    def process_of(self, victim, _container):
        return SimpleNamespace(pid=int(victim.name[-1]) + 100)

    def script(self, _node, _script, pid, _moment):
        self.killed.add(pid)
        return f"{clock.now():.3f}\n"

    def run(self, _node, argv):
        return CommandResult(status=0 if argv[-1] in self.killed else 1)


def refusal(name: str) -> object:
    text = f'create Pod {name} failed: pods "{name}" is forbidden: exceeded {QUOTA}'
    return SimpleNamespace(
        reason="FailedCreate",
        about="StatefulSet/validator",
        message=text,
        last=clock.now(),
    )


@pytest.fixture
def space():
    return Space("validator-0", "validator-1", "full-0")


@pytest.fixture
def held(space):
    return HeldDown(
        space=space,
        nodes=Machines(),
        workload="StatefulSet/validator",
        container="node",
        pods=(space.there["validator-0"], space.there["validator-1"]),
    )


def test_pods_are_forbidden_before_any_is_killed(held, space) -> None:
    held.inject()

    assert space.done[0] == ("pods at most", "0")
    assert sorted(done for _, done in space.done[1:]) == [
        ("validator-0", 0),
        ("validator-1", 0),
    ]
    assert set(held.kills) == {"validator-0", "validator-1"}


def test_it_is_on_when_each_new_pod_was_refused(held, space) -> None:
    held.inject()

    assert held.is_on() == "nothing has refused a new pod validator-0"
    space.refusals = [refusal("validator-0"), refusal("validator-1")]
    assert held.is_on() == ""


def test_a_process_or_a_pod_that_is_there_is_told(held, space) -> None:
    held.inject()
    space.there["validator-1"] = Pod(pod("validator-1"))
    space.refusals = [refusal("validator-0")]

    assert held.is_on() == "the pod validator-1 is there"
    held.nodes.killed.clear()
    assert held.is_on() == "the process of validator-0 lives on"


def test_one_may_return_before_the_other(held, space) -> None:
    held.inject()

    held.let_return(1)

    assert space.done[-2:] == [
        ("pods at most", "2"),
        ("touched", ("validator", {TOUCHED: "1"})),
    ]


def test_it_is_undone_by_the_quota_and_a_touch_that_leaves_nothing(held) -> None:
    quota, *touches = held.undo()

    assert (quota.way, quota.object) == ("delete", f"ResourceQuota/{QUOTA}")
    words = [json.loads(t.patch)["metadata"]["annotations"][TOUCHED] for t in touches]
    assert words == ["released", None]
    assert {touch.object for touch in touches} == {"StatefulSet/validator"}


def test_it_is_off_without_quota_and_mark(held, space) -> None:
    held.inject()

    assert held.is_off() == "the quota is still there"
    space.quota, space.marks = None, {TOUCHED: "released"}
    assert held.is_off() == "our mark is still there"
    space.marks = {}
    assert held.is_off() == ""
