from __future__ import annotations

import json

from pytest_roadmap.target.clients import Clients, pod

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


class Api:
    def logs(self, namespace, pod, container):  # noqa: ARG002 - the API's own
        return "\n".join(map(json.dumps, LINES)) + '\n{"t": "2025-'


class Chain:
    api = Api()
    name = "n"


def test_requests_come_in_their_order_with_what_came_of_them():
    first, second = Clients(Chain(), ("client-0",)).answers()

    assert (first.ok, first.error, first.client) == (False, "no", "client-0")
    assert (second.ok, second.status, second.seconds) == (True, "200", 0.0125)


def test_a_question_about_a_name_tells_who_was_met():
    (question,) = Clients(Chain(), ("resident-0",)).resolutions()

    assert question.addresses == ("10.0.0.1",)
    assert question.nodes == (("10.0.0.1", "abc"),)


def test_a_client_is_pinned_to_its_worker():
    made = pod("client-0", "worker-2", ["wait"])

    assert made["spec"]["nodeName"] == "worker-2"
    assert made["spec"]["containers"][0]["args"] == ["wait"]
