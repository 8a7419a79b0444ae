from __future__ import annotations

import json

import pytest

from pytest_roadmap.errors import TargetError
from pytest_roadmap.target import disks, twins
from pytest_roadmap.target.objects import Claim
from pytest_roadmap.target.pods import Pod
from pytest_roadmap.target.sockets import Ended

LIKE = Claim(
    {
        "metadata": {"name": "data-v-0"},
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "storageClassName": "fast",
            "resources": {"requests": {"storage": "256Mi"}},
        },
    }
)
WRITER = Pod({"metadata": {"name": "writer", "namespace": "n"}})


class FakeApi:
    def __init__(self, status, output="", errors=""):
        self.ended = Ended(status=status, output=output, errors=errors, seconds=0.1)

    def exec(self, _pod, command, **_):
        self.command = command
        return self.ended


def test_a_claim_asks_for_what_the_other_one_asks_for():
    spec = disks.claim("mine", LIKE, volume="pv-9")["spec"]

    assert spec["storageClassName"] == "fast"
    assert spec["resources"]["requests"]["storage"] == str(256 * 2**20)
    assert spec["volumeName"] == "pv-9"
    assert "volumeName" not in disks.claim("mine", LIKE)["spec"]


def test_a_pod_is_pinned_by_the_scheduler_or_past_it():
    asked = disks.pod("p", "c", worker="w1")["spec"]
    past = disks.pod("p", "c", worker="w1", past_scheduler=True)["spec"]

    assert "nodeName" not in asked
    assert "w1" in json.dumps(asked["affinity"])
    assert past["nodeName"] == "w1"
    assert "affinity" not in past


def test_an_allocation_that_fails_says_why():
    line = json.dumps({"on_disk": 0, "pieces_read_back": 0, "error": "no space left"})

    found = disks.allocate(FakeApi(1, line), WRITER, 2**20)

    assert found.problem == "no space left"
    assert found.pieces == 0


def test_a_client_that_says_nothing_is_an_error_of_the_target():
    with pytest.raises(TargetError, match="write ended with 2: no flag"):
        disks.write(FakeApi(2, errors="no flag"), WRITER, "file", 1)


def test_a_file_that_cannot_be_read_has_no_digest():
    assert disks.digest(FakeApi(1), WRITER, "file") == ""


def test_a_twin_believes_that_it_is_the_other_one_and_nobody_owns_it():
    spec = {"nodeName": "w1", "subdomain": "v", "containers": [], "hostname": "v-0"}
    pod = Pod({"metadata": {"name": "v-0", "labels": {"app": "v"}}, "spec": spec})

    twin = twins.of(pod, "twin")

    assert twin["spec"] == {
        "nodeName": "w1",
        "containers": [],
        "hostname": "v-0",
        "restartPolicy": "Never",
    }
    assert "app" not in twin["metadata"]["labels"]
    assert pod.at("spec", "subdomain") == "v"
