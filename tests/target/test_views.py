from __future__ import annotations

from fractions import Fraction

import pytest
from tests.target.fake_api import pod

from pytest_roadmap.target import clock, kubelet
from pytest_roadmap.target.comet import block_from, genesis_from
from pytest_roadmap.target.machines import _limit
from pytest_roadmap.target.objects import Claim, dig
from pytest_roadmap.target.pods import Pod
from pytest_roadmap.target.quantities import quantity
from pytest_roadmap.target.workloads import (
    Budget,
    EndpointSlice,
    Event,
    Quota,
    StatefulSet,
)

POD = 'namespace="n",pod="a"'
METRICS = "\n".join(
    f'prober_probe_total{{container="{container}",{POD},pod_uid="{uid}",'
    f'probe_type="{kind}",result="{result}"}} {count}'
    for container, uid, kind, result, count in (
        ("node", "u1", "Liveness", "successful", 7),
        ("node", "u1", "Liveness", "failed", 2),
        ("node", "old", "Liveness", "failed", 9),
        ("side", "u1", "Startup", "failed", 1),
    )
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("500m", Fraction(1, 2)),
        ("1Gi", 2**30),
        ("1.5", Fraction(3, 2)),
        ("2e3", 2000),
        ("3M", 3_000_000),
        ("10k", 10_000),
        (2, 2),
    ],
)
def test_quantities_are_exact(text, value) -> None:
    assert quantity(text) == value


def test_what_is_no_quantity_is_told() -> None:
    with pytest.raises(ValueError, match="not a quantity: '12x'"):
        quantity("12x")


def test_time_stamps_of_blocks_and_of_objects_can_be_compared() -> None:
    assert clock.seconds("2026-11-21T11:00:00Z") == 1795258800
    assert clock.seconds("2026-11-21T12:00:00.123456789+01:00") == pytest.approx(
        1795258800.123456789
    )
    assert clock.stamp(1795258800.5) == "2026-11-21T11:00:00.500Z"
    with pytest.raises(ValueError, match="not an RFC 3339 time stamp"):
        clock.seconds("yesterday")


def test_a_pod_tells_why_it_is_not_ready() -> None:
    ended = {"terminated": {"exitCode": 1, "reason": "Error", "message": "wrong hash"}}
    document = pod("validator-0", ready=False)
    document["spec"]["initContainers"] = [{"name": "genesis"}]
    document["status"]["initContainerStatuses"] = [
        {"name": "genesis", "restartCount": 2, "state": ended, "lastState": ended}
    ]
    waiting = {"waiting": {"reason": "PodInitializing"}}
    document["status"]["containerStatuses"] = [
        {"name": "node", "restartCount": 0, "state": waiting}
    ]

    view = Pod(document)

    assert not view.ready
    assert view.problem == "genesis terminated Error exit 1 2 restarts"
    assert view.restarts == 2
    assert not view.container("node").ever_started
    assert view.container("genesis").now.message == "wrong hash"
    with pytest.raises(KeyError):
        view.container("other")


def test_a_pod_that_is_being_deleted_is_not_ready() -> None:
    document = pod("a")
    document["metadata"] |= {
        "deletionTimestamp": "2026-11-21T11:00:30Z",
        "deletionGracePeriodSeconds": 30,
    }

    assert not Pod(document).ready
    assert Pod(document).deleted_at == 1795258800


def test_a_containers_probe_bears_period_times_threshold() -> None:
    document = pod("a")
    document["spec"]["containers"][0] |= {
        "livenessProbe": {"periodSeconds": 6, "failureThreshold": 5},
        "resources": {"limits": {"cpu": "500m"}},
        "args": ["start"],
    }
    container = Pod(document).container("node")

    assert container.probe_bears("liveness") == 30
    assert container.limit("cpu") == Fraction(1, 2)
    assert container.limit("memory") is None
    assert container.command == ("start",)


def test_a_set_is_settled_when_its_controller_says_so_of_its_newest_template() -> None:
    document = {
        "metadata": {"name": "v", "generation": 3},
        "spec": {"replicas": 4},
        "status": {
            "observedGeneration": 3,
            "replicas": 4,
            "readyReplicas": 4,
            "updatedReplicas": 4,
            "currentRevision": "a",
            "updateRevision": "b",
        },
    }
    view = StatefulSet(document)

    assert view.settled
    assert not view.updated
    document["status"]["observedGeneration"] = 2
    assert not view.settled


def test_endpoints_claims_quotas_budgets_and_events_are_read() -> None:
    endpoint = {
        "addresses": ["10.0.0.1"],
        "conditions": {"ready": False, "serving": True, "terminating": True},
        "targetRef": {"name": "api-0"},
    }
    labels = {"kubernetes.io/service-name": "api"}
    found = EndpointSlice({"metadata": {"labels": labels}, "endpoints": [endpoint]})
    assert (found.service, found.ready) == ("api", ())
    assert found.endpoints[0].terminating

    storage = {"requests": {"storage": "1Gi"}}
    claim = Claim({"spec": {"resources": storage}, "status": {"phase": "Bound"}})
    assert (claim.bound, claim.request, claim.capacity) == (True, 2**30, 0)

    quota = Quota({"status": {"hard": {"pods": "10"}, "used": {"pods": "7"}}})
    assert quota.left == {"pods": 3}

    budget = Budget({"metadata": {"name": "b"}, "status": {"expectedPods": 4}})
    assert str(budget) == "b 0 of 4 healthy, 0 disruptions allowed"

    about = {"kind": "Pod", "name": "a", "fieldPath": "spec.containers{node}"}
    event = Event({"reason": "Killing", "message": "m", "involvedObject": about})
    assert (str(event), event.container) == ("Killing Pod/a: m", "node")


def test_the_kubelets_counters_are_of_this_pod_and_container() -> None:
    counts = kubelet.read(METRICS, "u1", "node")

    assert (counts.made("liveness"), counts.failed("liveness")) == (9, 2)
    assert counts.made("startup") == 0
    assert (counts - counts).made("liveness") == 0


def test_only_votes_for_the_block_are_signatures() -> None:
    def vote(address: str, flag: int) -> dict:
        return {
            "validator_address": address,
            "block_id_flag": flag,
            "timestamp": "2026-11-21T11:00:00Z",
        }

    header = {
        "height": "5",
        "time": "2026-11-21T11:00:00Z",
        "proposer_address": "AA",
        "app_hash": "",
    }
    votes = [vote("AA", 2), vote("BB", 3), vote("", 1)]
    block = block_from(
        {
            "block_id": {"hash": "H"},
            "block": {
                "header": header,
                "last_commit": {"signatures": votes},
                "evidence": {"evidence": [{}]},
                "data": {"txs": ["x", "y"]},
            },
        }
    )

    assert block.signers == {"AA"}
    assert (block.evidence, block.transactions, block.hash) == (1, 2, "H")


def test_a_genesis_has_its_validators_in_either_form() -> None:
    key = {"pub_key": {"value": "K"}}
    plain = {"chain_id": "c", "validators": [key]}
    wrapped = {"chain_id": "c", "consensus": {"validators": [key]}}
    reordered = {"validators": [key], "chain_id": "c"}

    assert genesis_from(plain).validators == genesis_from(wrapped).validators == ("K",)
    assert genesis_from(plain).digest == genesis_from(reordered).digest
    assert genesis_from(plain).digest != genesis_from(wrapped).digest


def test_no_limit_is_read_as_none_in_either_version() -> None:
    assert _limit("max") is _limit("-1") is _limit("9223372036854771712") is None
    assert _limit("50000") == 50000


def test_a_path_that_leads_nowhere_gives_the_default() -> None:
    assert dig({"a": [{"b": 1}]}, "a", 0, "b") == 1
    assert dig({"a": [{"b": 1}]}, "a", 7, "b", default="x") == "x"
    assert dig({"a": 1}, "a", "b", default="x") == "x"
