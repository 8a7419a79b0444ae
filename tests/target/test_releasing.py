from __future__ import annotations

from types import SimpleNamespace

from pytest_roadmap.target.profile import Release, Undo
from pytest_roadmap.target.releasing import Releases
from pytest_roadmap.target.workloads import StatefulSet

IMAGE = {"op": "replace", "path": "/spec/template/image", "value": "v2"}
PATCHES = {"StatefulSet/validator": (IMAGE,), "ConfigMap/settings": (IMAGE,)}
VALIDATORS = SimpleNamespace(reference="StatefulSet/validator")


class Target:
    """An instance that writes down what is done to it, one line each."""

    def __init__(self):
        self.name = "chain"
        self.done = []
        self.profile = SimpleNamespace(
            undo=Undo(way="rollout-undo", patches={}),
            release=lambda name: Release(name=name, patches=PATCHES),
        )
        self.api = SimpleNamespace(read=self.read, patch=self.patch)
        self.cluster = SimpleNamespace(watches=SimpleNamespace(of=lambda *_: self))

    def read(self, kind, *_):
        spec = {"template": {"image": "v1"}} if kind == "StatefulSet" else {}
        return {"spec": spec}

    def patch(self, kind, _name, patch, *_, **__):
        self.done.append(f"{kind} {patch[0]['value']}")
        return {"metadata": {"generation": 7}}

    def until_one(self, name, claim, **_):
        def of(generation):
            return StatefulSet(raw={"metadata": {"generation": generation}})

        assert not claim(of(6))
        assert claim(of(7))
        self.done.append(f"{name} seen")


def test_a_release_is_seen_before_anybody_asks_whether_it_has_settled():
    target = Target()

    Releases(target).roll_out("next")

    assert target.done == ["ConfigMap v2", "StatefulSet v2", "validator seen"]


def test_a_release_of_one_role_leaves_everything_else_alone():
    target = Target()

    Releases(target).roll_out("next", VALIDATORS)

    assert target.done == ["StatefulSet v2", "validator seen"]


def test_the_undo_puts_the_former_template_back_and_nothing_else():
    target = Target()
    releases = Releases(target)
    releases.roll_out("next")
    target.done.clear()

    releases.undo()

    assert target.done == ["StatefulSet {'image': 'v1'}", "validator seen"]
