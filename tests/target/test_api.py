from __future__ import annotations

import pytest
from tests.target.fake_api import PODS, connected, kubeconfig, pod, serving

from pytest_roadmap.errors import RefusedError, TargetError
from pytest_roadmap.target import transcript
from pytest_roadmap.target.api import Api
from pytest_roadmap.target.connection import Connection
from pytest_roadmap.target.objects import Namespace
from pytest_roadmap.target.pods import Pod
from pytest_roadmap.target.requests import ApiError
from pytest_roadmap.target.workloads import StatefulSet

EVICTION = f"{PODS}/a/eviction"


@pytest.fixture
def server():
    with serving() as running:
        yield running


@pytest.fixture
def api(server, tmp_path):
    return connected(tmp_path, server)


def test_an_unreachable_cluster_is_told_with_what_to_do(tmp_path) -> None:
    file = kubeconfig(tmp_path, "http://127.0.0.1:9")
    api = Api.connected(Connection(kubeconfig=file, context="fake"))

    with pytest.raises(TargetError) as error:
        api.get(Pod, "a", "chain")

    text = str(error.value)
    assert "the API server at http://127.0.0.1:9 does not answer" in text
    assert "→ see whether the cluster runs" in text


def test_a_missing_kubeconfig_is_told(tmp_path) -> None:
    with pytest.raises(TargetError, match="the kubeconfig file does not exist"):
        Api.connected(Connection(kubeconfig=tmp_path / "none"))


def test_an_unknown_context_is_told(tmp_path) -> None:
    file = kubeconfig(tmp_path, "http://127.0.0.1:9")

    with pytest.raises(TargetError) as error:
        Api.connected(Connection(kubeconfig=file, context="other"))

    assert "the kubeconfig cannot be used" in str(error.value)
    assert "get-contexts" in str(error.value)


def test_expired_credentials_are_told(server, api) -> None:
    server.answers["GET", f"{PODS}/a"] = (401, {"message": "Unauthorized"})

    with pytest.raises(ApiError, match="are expired or wrong: renew them"):
        api.get(Pod, "a", "chain")


def test_a_foreign_cluster_is_refused_before_the_first_call(server, tmp_path) -> None:
    api = connected(tmp_path, server, owned=False)

    for change in (
        lambda: api.delete(Pod, "a", "chain"),
        lambda: api.scale(StatefulSet, "validator", 0, "chain"),
        lambda: api.evict(Pod(pod("a"))),
        lambda: api.exec(Pod(pod("a")), ["true"]),
        lambda: api.apply(
            {"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "a"}}
        ),
    ):
        with pytest.raises(RefusedError, match="--roadmap-cluster context:fake"):
            change()

    assert server.requests == []


def test_an_admitted_eviction_is_no_refusal(server, api) -> None:
    server.answers["POST", EVICTION] = (201, {"status": "Success"})

    assert api.evict(Pod(pod("a")), dry_run=True) is None
    assert server.bodies[-1][2]["deleteOptions"] == {"dryRun": ["All"]}


def test_an_eviction_refused_by_a_budget_says_so(server, api) -> None:
    details = {"causes": [{"reason": "DisruptionBudget", "message": "needs 3"}]}
    message = "Cannot evict pod as it would violate the pod's disruption budget."
    server.answers["POST", EVICTION] = (429, {"message": message, "details": details})

    refusal = api.evict(Pod(pod("a")))

    assert refusal is not None
    assert refusal.by_budget
    assert refusal.message == message


def test_an_eviction_of_a_pod_that_is_gone_is_an_error(server, api) -> None:
    server.answers["POST", EVICTION] = (404, {"message": 'pods "a" not found'})

    with pytest.raises(ApiError) as error:
        api.evict(Pod(pod("a")))

    assert error.value.missing


def test_what_is_not_there_is_found_as_nothing(server, api) -> None:
    server.answers["GET", "/api/v1/namespaces/x"] = (404, {"message": "not found"})
    server.answers["DELETE", "/api/v1/namespaces/x"] = (404, {"message": "not found"})

    assert api.find(Namespace, "x") is None
    assert api.delete(Namespace, "x") is False


def test_an_unknown_kind_is_looked_up_once(server, api) -> None:
    entry = {"name": "widgets", "kind": "Widget", "namespaced": True}
    server.answers["GET", "/apis/example.org/v1"] = (200, {"resources": [entry]})

    for _ in range(3):
        found = api.resource("Widget", "example.org/v1")

    assert found.path("chain", "w") == "/apis/example.org/v1/namespaces/chain/widgets/w"
    assert len(server.requests) == 1


def test_a_kind_that_nobody_serves_is_told(server, api) -> None:
    server.answers["GET", "/apis/example.org/v1"] = (200, {"resources": []})

    with pytest.raises(ApiError, match="the cluster serves no kind Widget"):
        api.resource("Widget", "example.org/v1")


def test_requests_are_recorded_for_the_probe_that_asks(server, api) -> None:
    server.put(PODS, pod("a"))
    api.list(Pod, "chain")

    with transcript.recording() as recorded:
        api.list(Pod, "chain", selector="app=x")
    api.list(Pod, "chain")

    (entry,) = recorded.entries
    assert entry.asked == f"GET {PODS}?labelSelector=app%3Dx"
    assert entry.answer.startswith("200 ")
    assert "secret" not in str(recorded)


def test_a_pod_is_asked_through_the_server(server, api) -> None:
    path = "/api/v1/namespaces/chain/pods/a:26657/proxy/status"
    server.answers["GET", path] = (503, "no such host")

    answer = api.proxy("chain", "a", 26657, "/status")

    assert (answer.status, answer.text) == (503, "no such host")
