"""Our cluster is found, mended, loaded and deleted; another's is left alone."""

from __future__ import annotations

import json

import pytest
from tests.target.fakes import GONE, GOOD, FakeMachine, said

from pytest_roadmap.errors import RefusedError, TargetError, UnavailableError
from pytest_roadmap.target import engine, loading, making
from pytest_roadmap.target.context import Context
from pytest_roadmap.target.images.archive import Image
from pytest_roadmap.target.kind import Kind
from pytest_roadmap.target.places import Places
from pytest_roadmap.target.provider import Wishes, provide

MARK = {
    "metadata": {"labels": {"app.kubernetes.io/managed-by": "pytest-roadmap"}},
    "data": {"owner": "me@here", "version": "1", "run": "r"},
}


def node(name, role="worker", state="running"):
    return json.dumps({"name": f"roadmap-{name}", "state": state, "role": role})


NODES = "\n".join([node("worker"), node("control-plane", "control-plane")])


@pytest.fixture
def kind(tmp_path, monkeypatch):
    monkeypatch.setenv("DOCKER_HOST", "tcp://engine:2375")
    monkeypatch.setattr(engine, "clients", lambda **_: ["docker"])
    (tmp_path / "k8s/images").mkdir(parents=True)
    where = Places(checkout=tmp_path, cache=tmp_path / "cache")
    where.state.mkdir(parents=True)
    where.kubeconfig.write_text("")

    def make(*rules):
        machine = FakeMachine(("docker version", said("27.1")), *rules)
        wishes = Wishes(
            provision="never", tell=lambda _: None, places=where, commands=machine
        )
        return Kind(wishes), machine

    return make


def test_a_cluster_in_order_is_used_as_it_is(kind):
    provider, machine = kind(
        ("docker ps", said(NODES)), ("get configmap", said(json.dumps(MARK)))
    )
    connection = provider.ensure()
    assert connection.owned
    assert connection.context == "kind-roadmap"
    assert not any(" create " in words or "apply" in words for words in machine.ran)
    assert len(machine.ran) <= 4  # an engine's answer is worth 50 ms and more


def test_a_cluster_without_our_mark_is_not_ours_and_not_deleted(kind):
    provider, machine = kind(("docker ps", said(NODES)), ("get configmap", GONE))
    assert provider.owned is False
    with pytest.raises(RefusedError, match="did not make") as caught:
        provider.delete()
    assert "kind delete cluster --name roadmap" in caught.value.remedy
    assert not any("docker rm" in words for words in machine.ran)


def test_somebody_elses_mark_is_no_mark(kind):
    foreign = {**MARK, "metadata": {"labels": {}}}
    provider, _ = kind(
        ("docker ps", said(NODES)), ("get configmap", said(json.dumps(foreign)))
    )
    assert provider.owned is False


def test_ours_is_deleted_with_its_volumes(kind):
    provider, machine = kind(
        ("docker ps", said(NODES)),
        ("get configmap", said(json.dumps(MARK))),
        ("docker rm", GOOD),
    )
    provider.delete()
    assert (
        "docker rm --force --volumes roadmap-control-plane roadmap-worker"
        in machine.ran
    )


def test_status_shows_nodes_and_holder(kind):
    provider, _ = kind(
        ("docker ps", said("\n".join([NODES, node("worker2", state="exited")]))),
        ("get configmap", said(json.dumps(MARK))),
        ("get lease", said("host/1/2")),
    )
    status = provider.status()
    assert status.owned
    assert status.answers
    assert status.holder == "host/1/2"
    states = {entry.name: entry.state for entry in status.nodes}
    assert states["roadmap-worker2"] == "stopped"
    assert status.nodes[0].role == "control-plane"


def test_faults_reach_only_nodes_of_the_cluster(kind):
    provider, machine = kind(("docker ps", said(NODES)), ("docker", GOOD))
    provider.nodes.stop("roadmap-worker")
    assert "docker stop --time=0 roadmap-worker" in machine.ran
    with pytest.raises(UnavailableError, match="has no node 'somebody'"):
        provider.nodes.stop("somebody")
    assert not any("somebody" in words for words in machine.ran)


def test_an_image_that_a_node_has_is_not_sent_again(kind):
    image = Image(tag="ours/app:1", config="{}", layers=())
    listing = f"REF TYPE DIGEST\n{image.name} application/x {image.digest} 1 MiB\n"
    provider, machine = kind(("docker ps", said(NODES)), ("images ls", said(listing)))
    assert loading.onto_nodes([image], provider.nodes) == 0
    assert not any("import" in words for words in machine.ran)


def test_a_newer_image_of_the_same_name_is_sent(kind):
    image = Image(tag="ours/app:1", config="{}", layers=())
    listing = f"REF TYPE DIGEST\n{image.name} application/x sha256:old 1 MiB\n"
    provider, machine = kind(
        ("docker ps", said(NODES)), ("images ls", said(listing)), ("import", GOOD)
    )
    assert loading.onto_nodes([image], provider.nodes) == 2
    assert sum("images import" in words for words in machine.ran) == 2


def test_host_paths_are_meant_from_the_configurations_folder(tmp_path):
    file = tmp_path / "kind.yaml"
    file.write_text("nodes: [{role: worker, extraMounts: [{hostPath: a.yaml}]}]")
    assert str(tmp_path / "a.yaml") in making.configuration(file)


KUBECONFIG = "contexts: [{name: paw, context: {cluster: c, user: u}}]"


def test_a_context_that_does_not_exist_names_those_that_do(tmp_path):
    file = tmp_path / "config"
    file.write_text(KUBECONFIG)
    with pytest.raises(TargetError, match=r"(?s)no context 'pow'.*paw"):
        Context("pow", file).ensure()


def test_a_context_is_never_deleted_and_its_machines_are_unavailable(tmp_path):
    context = Context("paw", tmp_path / "config")
    assert context.owned is False
    with pytest.raises(RefusedError, match="not made by pytest-roadmap"):
        context.delete()
    with pytest.raises(UnavailableError, match="node n1 of context:paw"):
        context.nodes.run("n1", ["true"])
    with pytest.raises(UnavailableError, match="reference-chain"):
        context.load(["reference-chain"])


def test_a_file_that_is_no_kubeconfig_is_named(tmp_path):
    file = tmp_path / "config"
    file.write_text("[1, 2]")
    with pytest.raises(TargetError, match="this is no kubeconfig"):
        Context("paw", file).ensure()


def test_unknown_providers_are_refused():
    assert provide("none", Wishes()) is None
    with pytest.raises(TargetError, match="no cluster provider 'minikube'"):
        provide("minikube", Wishes())


def test_a_node_comes_back_at_its_former_address(kind):
    provider, machine = kind(
        ("docker ps", said(NODES)),
        ("cat /kind/address", said("10.210.0.2\n")),
        ("network connect", GOOD),
    )
    provider.nodes.connect("roadmap-worker")
    assert (
        machine.ran[-1] == "docker network connect --ip=10.210.0.2 kind roadmap-worker"
    )


def test_a_node_that_gets_another_address_starts_again(kind):
    provider, machine = kind(
        ("docker ps", said(NODES)),
        ("cat /kind/address", said("10.210.0.2\n")),
        ("--ip=", GONE),
        ("hostname", said("10.210.0.9")),
        ("docker", GOOD),
    )
    provider.nodes.connect("roadmap-worker")
    assert machine.ran[-1] == "docker start roadmap-worker"
