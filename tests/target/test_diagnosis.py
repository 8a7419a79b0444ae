from __future__ import annotations

from functools import partial
from types import SimpleNamespace

import pytest
from tests.target.fake_api import PODS, connected, pod, serving

from pytest_roadmap.errors import TargetError
from pytest_roadmap.target import diagnosis, snapshot
from pytest_roadmap.target.space import Space
from pytest_roadmap.target.watching import Watches

EVENTS = "/api/v1/namespaces/chain/events"
CLAIMS = "/api/v1/namespaces/chain/persistentvolumeclaims"
LOG = f"{PODS}/validator-0/log"


@pytest.fixture
def server():
    with serving() as running:
        yield running


@pytest.fixture
def space(server, tmp_path):
    api = connected(tmp_path, server)
    watches = Watches(api.requests)
    yield Space(api, watches, "chain", "run")
    watches.stop()


def broken(name: str, container: str, state: dict, restarts: int = 0) -> dict:
    """Return a pod with one container in a state."""
    status = [{"name": container, "restartCount": restarts, "state": state}]
    return pod(name, ready=False, containerStatuses=status)


def event(reason: str, message: str, about: str = "validator-0") -> dict:
    return {
        "metadata": {"name": f"{reason}-{about}", "uid": reason},
        "reason": reason,
        "message": message,
        "involvedObject": {"kind": "Pod", "name": about, "uid": f"uid-{about}"},
    }


def test_what_a_container_said_at_its_end_comes_first(server, space) -> None:
    ended = {"terminated": {"exitCode": 3, "message": "wrong hash\ngoroutine 1 …"}}
    server.put(PODS, broken("validator-0", "node", ended))
    server.put(EVENTS, event("FailedMount", "no such volume"))

    assert diagnosis.root_cause(space) == (
        "validator-0, container node ended with 3: wrong hash; "
        "FailedMount Pod/validator-0: no such volume"
    )


def test_without_a_message_the_last_lines_of_the_log_speak(server, space) -> None:
    ended = {"terminated": {"exitCode": 1, "reason": "Error"}}
    server.put(PODS, broken("validator-0", "node", ended))
    server.answers["GET", LOG] = (200, "starting\nno quorum key\n")

    assert diagnosis.root_cause(space) == (
        "validator-0, container node ended with 1 Error: starting | no quorum key"
    )


def test_a_claim_without_a_volume_is_named(server, space) -> None:
    server.put(PODS, pod("validator-0", ready=False))
    server.put(
        CLAIMS,
        {
            "metadata": {"name": "data-validator-0", "uid": "c"},
            "spec": {"storageClassName": "fast"},
            "status": {"phase": "Pending"},
        },
    )

    expected = "claim data-validator-0 of class fast is Pending"
    assert diagnosis.root_cause(space) == expected


def validators(space: Space, *digests: str | None) -> SimpleNamespace:
    """Return a chain whose validators run genesis documents; None answers nothing."""

    def genesis(digest: str | None) -> SimpleNamespace:
        """Return what a node's genesis is known by."""
        if digest is None:
            raise TargetError("no answer", where="rpc")
        return SimpleNamespace(digest=digest)

    nodes = [
        SimpleNamespace(
            name=f"validator-{number}",
            exists=True,
            rpc=SimpleNamespace(genesis=partial(genesis, digest)),
        )
        for number, digest in enumerate(digests)
    ]
    return SimpleNamespace(space=space, validators=nodes)


def test_several_chains_under_one_name_are_told_before_what_pods_say(
    server, space
) -> None:
    server.put(PODS, pod("validator-0", ready=False))

    assert diagnosis.of_chain(validators(space, "a", "b", "a", None)) == (
        "2 chains under one name: the validators run 2 different genesis documents "
        "(validator-0, validator-2; validator-1)"
    )


def test_one_chain_comes_up_late_for_what_its_pods_say(server, space) -> None:
    ended = {"terminated": {"exitCode": 3, "message": "wrong hash"}}
    server.put(PODS, broken("validator-0", "node", ended))

    told = diagnosis.of_chain(validators(space, "a", None, "a"))

    assert told == "validator-0, container node ended with 3: wrong hash"


def test_an_image_that_is_not_there_is_hopeless(server, space) -> None:
    waiting = {"waiting": {"reason": "ErrImageNeverPull", "message": "no image x:1"}}
    server.put(PODS, broken("validator-0", "node", waiting))

    assert diagnosis.hopeless(space)
    assert "ErrImageNeverPull (no image x:1)" in diagnosis.root_cause(space)


def test_a_pod_that_only_begins_is_not_hopeless(server, space) -> None:
    waiting = {"waiting": {"reason": "PodInitializing"}}
    server.put(PODS, broken("validator-0", "node", waiting, restarts=1))

    assert not diagnosis.hopeless(space)


def test_a_snapshot_survives_what_cannot_be_had(server, space) -> None:
    running = {"running": {}}
    server.put(PODS, broken("validator-0", "node", running, restarts=1))
    server.put(EVENTS, event("Killing", "liveness"))
    server.answers["GET", LOG] = (500, {"message": "the kubelet does not answer"})

    parts = {part.name: part.text for part in snapshot.take(space.api, "chain")}

    assert '"name": "validator-0"' in parts["pods"]
    assert "Killing Pod/validator-0: liveness" in parts["events"]
    assert "(not fetched: " in parts["validator-0/node"]
    assert "the kubelet does not answer" in parts["validator-0/node"]


def test_a_snapshot_is_bounded(server, space) -> None:
    server.put(PODS, broken("validator-0", "node", {"running": {}}))
    server.answers["GET", LOG] = (200, "x" * 6_000_000)

    parts = snapshot.take(space.api, "chain")

    assert sum(len(part.text.encode()) for part in parts) <= 5_000_000
