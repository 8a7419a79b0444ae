"""The end of an instance: its pods and claims, its namespace, what it leaves."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from tests.target.fake_api import PODS, FakeApi, kubeconfig, pod

from pytest_roadmap.errors import NeverHappenedError
from pytest_roadmap.target import fingerprints
from pytest_roadmap.target.cluster import Cluster
from pytest_roadmap.target.connection import Connection

NAMESPACES = "/api/v1/namespaces"
VOLUMES = "/api/v1/persistentvolumes"


class Obeying(FakeApi):
    """Deletes at once what it is told to, except what is `stubborn`."""

    def __init__(self):
        super().__init__()
        self.stubborn = False
        self.put(NAMESPACES, {"kind": "Namespace", "metadata": {"name": "chain"}})
        self.put(PODS, pod("validator-0"))
        self.collections[VOLUMES] = {}

    def handle(self, request):
        super().handle(request)
        if request.command != "DELETE":
            return
        if request.path == PODS and not self.stubborn:
            for name in list(self.collections[PODS]):
                self.remove(PODS, name)
        if request.path == f"{NAMESPACES}/chain":
            self.remove(NAMESPACES, "chain")

    @property
    def deleted(self):
        return [path for command, path in self.requests if command == "DELETE"]


@pytest.fixture
def server():
    running = Obeying()
    yield running
    running.close()


@pytest.fixture
def cluster(server, tmp_path):
    connection = Connection(
        kubeconfig=kubeconfig(tmp_path, server.url), context="fake", owned=True
    )
    found = Cluster(connection, access=None, state=tmp_path, run="now")
    yield found
    found.close()


def test_pods_and_claims_go_before_their_namespace(server, cluster):
    cluster.end(["chain"], within=10)

    namespace = server.deleted.index(f"{NAMESPACES}/chain")
    first = server.deleted[:namespace]
    assert PODS in first
    assert f"{NAMESPACES}/chain/persistentvolumeclaims" in first
    makers = first[: first.index(PODS)]
    kinds = {path.rpartition("/")[2] for path in makers}
    assert kinds == {"deployments", "replicasets", "statefulsets", "jobs"}
    policies = {
        path: body.get("propagationPolicy")
        for command, path, body in server.bodies
        if command == "DELETE"
    }
    assert {policies[path] for path in makers} == {"Orphan"}
    assert policies[PODS] is None
    assert server.deleted.count(PODS) == 1


def test_who_does_not_wait_has_them_deleted_in_the_same_order(server, cluster):
    cluster.remove(["chain"])

    *first, last = server.deleted
    assert last == f"{NAMESPACES}/chain"
    assert first.index(PODS) > first.index(
        "/apis/apps/v1/namespaces/chain/statefulsets"
    )


def test_a_namespace_whose_pods_stay_is_named_and_not_deleted_yet(server, cluster):
    server.stubborn = True

    with pytest.raises(NeverHappenedError, match="the end of the pods of chain"):
        cluster.end(["chain"], within=0.3)

    assert f"{NAMESPACES}/chain" not in server.deleted


class Lent:
    """An instance whose API pods are still on their way out."""

    def __init__(self, leaving):
        self.profile = SimpleNamespace(api="api")
        self.asked = []
        self.pods = SimpleNamespace(until=self._until, now=list)
        self._leaving = [SimpleNamespace(deleting=True)] * leaving

    def until_steady(self, **_):
        self.asked.append("steady")

    def until_settled(self, role, *, replicas, within):
        self.asked.append((role, replicas))
        assert within > 30, "a pod's grace period is half a minute"

    def _until(self, wanted, *, within, what):
        self.asked.append(what)
        if not wanted(self._leaving):
            raise NeverHappenedError(f"waited {within:g} s for {what}")


def test_an_instance_with_pods_on_their_way_out_is_not_lent():
    lent = Lent(leaving=2)

    why = fingerprints.why_worn(lent, None)

    assert "waited 45 s for the pods that are being deleted to be gone" in why
    assert lent.asked[:2] == ["steady", ("api", 0)]
