from __future__ import annotations

import pytest

from pytest_roadmap.target.pods import Pod
from pytest_roadmap.target.quotas import usage


def container(name, cpu, memory, **more):
    amounts = {"cpu": cpu, "memory": memory}
    return {
        "name": name,
        "resources": {"requests": amounts, "limits": amounts},
        **more,
    }


def pod(containers, inits=(), phase="Running"):
    return Pod(
        raw={
            "metadata": {"name": "a"},
            "spec": {"containers": list(containers), "initContainers": list(inits)},
            "status": {"phase": phase},
        }
    )


def test_the_containers_of_all_pods_are_added():
    one = pod([container("node", "500m", "256Mi"), container("log", "100m", "64Mi")])

    used = usage([one, one])

    assert used["pods"] == 2
    assert used["limits.cpu"] * 1000 == 1200
    assert used["requests.memory"] == 640 << 20


def test_the_largest_init_container_counts_where_it_is_larger():
    inits = [container("a", "1", "32Mi"), container("b", "2", "16Mi")]

    used = usage([pod([container("node", "500m", "256Mi")], inits)])

    assert used["limits.cpu"] == 2
    assert used["limits.memory"] == 256 << 20


def test_a_sidecar_counts_beside_what_comes_after_it():
    sidecar = container("log", "300m", "8Mi", restartPolicy="Always")
    inits = [container("a", "1", "1Mi"), sidecar, container("b", "900m", "1Mi")]

    used = usage([pod([container("node", "500m", "1Mi")], inits)])

    assert used["requests.cpu"] * 1000 == 1200
    assert used["limits.memory"] == 9 << 20


@pytest.mark.parametrize("phase", ["Succeeded", "Failed"])
def test_a_pod_that_has_ended_uses_nothing(phase):
    used = usage([pod([container("node", "1", "1Mi")], phase=phase)])

    assert set(used.values()) == {0}
