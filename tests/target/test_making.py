"""A cluster is made whole or not at all."""

from __future__ import annotations

import pytest
from tests.target.fakes import GONE, GOOD, FakeMachine, said

from pytest_roadmap.errors import ProvisionError
from pytest_roadmap.target.commands import CommandResult
from pytest_roadmap.target.engine import Engine
from pytest_roadmap.target.making import Making
from pytest_roadmap.target.nodes import EngineNodes
from pytest_roadmap.target.places import Places

NODE = '{"name":"roadmap-control-plane","state":"running","role":"control-plane"}'
CAPS = CommandResult(status=1, stderr="runc: unable to apply caps: not permitted")


@pytest.fixture
def make(tmp_path):
    for name in ("cni", "coredns", "metrics-server", "storage/10-kinds"):
        file = tmp_path / "k8s/addons" / f"{name}.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"# {name}")
    (tmp_path / "k8s/cluster").mkdir()
    (tmp_path / "k8s/cluster/kind.yaml").write_text("nodes: [{role: worker}]")
    places = Places(checkout=tmp_path, cache=tmp_path / "cache")
    places.state.mkdir(parents=True)

    def making(*rules):
        machine = FakeMachine(("docker ps", said(NODE)), *rules)
        engine = Engine(
            host="h", client="docker", version="27", ours=False, commands=machine
        )
        nodes = EngineNodes("roadmap", lambda: engine)
        return Making(places, engine, nodes, lambda _: None), machine

    return making


def create(making, load=lambda: None):
    making.create(kind="kind", node=None, load=load)


def test_add_ons_come_before_their_images_are_waited_for_and_the_mark_last(make):
    making, machine = make(("", GOOD))
    loaded = []
    create(making, load=lambda: loaded.append(len(machine.ran)))
    kubectl = [words for words in machine.ran if "kubectl" in words]
    assert "--server-side" in kubectl[0]
    assert loaded
    assert "wait node" in kubectl[2]
    assert "apply --filename=-" in kubectl[-1]  # the mark: only when all is ready
    assert making.begun
    assert not making.unfinished


def test_a_cluster_that_cannot_be_made_is_removed_and_says_why(make):
    making, machine = make(("create cluster", CAPS), ("", GOOD))
    with pytest.raises(ProvisionError, match="capabilities") as caught:
        create(making)
    assert "PYTEST_ROADMAP_ENGINE=own" in caught.value.remedy
    assert machine.ran[-1] == "docker rm --force --volumes roadmap-control-plane"
    assert not making.begun


def test_what_is_not_ready_is_named(make):
    pods = (
        "kube-system good 1/1 Running 0 1m\nroadmap-storage bad 0/1 ErrImagePull 0 1m"
    )
    making, _ = make(("wait node", GONE), ("get pods", said(pods)), ("", GOOD))
    with pytest.raises(ProvisionError, match="did not get ready") as caught:
        create(making)
    assert "bad 0/1 ErrImagePull" in str(caught.value)
    assert "good" not in str(caught.value)


def test_the_network_is_one_in_which_addresses_can_be_chosen(make):
    making, machine = make(("network inspect", GONE), ("", GOOD))
    create(making)
    made = next(words for words in machine.ran if "network create" in words)
    assert "--subnet=" in made
    assert made.endswith(" kind")
