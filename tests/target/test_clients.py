from __future__ import annotations

from types import SimpleNamespace

import pytest

from pytest_roadmap.errors import NeverHappenedError, UnavailableError
from pytest_roadmap.target.clients import Clients, _until_running, pod
from pytest_roadmap.target.log_following import json_lines

ASKED = {"t": "2025-01-01T00:00:02Z", "ms": 12.5, "protocol": "rpc", "url": "u"}
LINES = [
    {**ASKED, "status": "200", "ok": True, "bytes": 3},
    {**ASKED, "t": "2025-01-01T00:00:01Z", "status": "", "ok": False, "error": "no"},
    {
        "t": "2025-01-01T00:00:03Z",
        "ms": 1,
        "name": "validator-0.validator",
        "addresses": ["10.0.0.1"],
        "handshakes": [{"address": "10.0.0.1", "node_id": "abc"}],
    },
    {"summary": True, "requests": 2},
]


@pytest.fixture
def clients():
    return Clients({"client-0": SimpleNamespace(lines=LINES, problem="")})


def test_requests_come_in_their_order_with_what_came_of_them(clients):
    first, second = clients.answers()

    assert (first.ok, first.error, first.client) == (False, "no", "client-0")
    assert (second.ok, second.status, second.seconds) == (True, "200", 0.0125)


def test_a_question_about_a_name_tells_who_was_met(clients):
    (question,) = clients.resolutions()

    assert question.addresses == ("10.0.0.1",)
    assert question.nodes == (("10.0.0.1", "abc"),)


def test_a_client_is_pinned_to_its_worker():
    made = pod("client-0", "worker-2", ["wait"])

    assert made["spec"]["nodeName"] == "worker-2"
    assert made["spec"]["containers"][0]["args"] == ["wait"]


def running(state, *, ready=False, reason=""):
    """Ask whether a client of this state counts as one that runs."""
    container = SimpleNamespace(now=SimpleNamespace(state=state, reason=reason))
    found = SimpleNamespace(ready=ready, node="worker", container=lambda _: container)
    pods = SimpleNamespace(until_one=lambda _, runs, **__: runs(found))
    return _until_running(SimpleNamespace(pods=pods), "client-0")


def test_a_client_that_has_ended_before_it_was_seen_to_run_has_run():
    assert running("terminated")
    assert running("running", ready=True)
    assert not running("running")


def test_a_client_whose_image_is_not_there_never_will():
    with pytest.raises(UnavailableError, match=r"is not on worker \(ErrImageNeverPull"):
        running("waiting", reason="ErrImageNeverPull")


def test_answers_that_do_not_come_are_told_with_the_last_one(clients):
    with pytest.raises(
        NeverHappenedError, match=r"for 3 answers; last seen: client-0: 4"
    ):
        clients.until_answers(3, within=0.05)


def test_a_line_that_comes_in_pieces_is_read_whole():
    pieces = [b'{"a": 1}\n{"b"', b": 2}\nno JSON\n", b'{"c": 3}']

    assert list(json_lines(pieces)) == [{"a": 1}, {"b": 2}, {"c": 3}]
