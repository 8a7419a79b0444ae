from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from pytest_roadmap.cli import main
from pytest_roadmap.errors import ReportError
from pytest_roadmap.reporting import archive
from pytest_roadmap.reporting.push import push


class Gateway(HTTPServer):
    """Keeps what is put there; answers as it is told."""

    def __init__(self, status=200):
        self.status, self.seen = status, []
        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    def do_PUT(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.seen.append((self.path, body.decode()))
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, *_):
        """Say nothing."""


@pytest.fixture
def gateway():
    server = Gateway()
    yield server
    server.shutdown()
    server.server_close()


def test_a_push_replaces_the_suites_metrics(card, gateway):
    push(card, gateway.url)

    ((path, body),) = gateway.seen
    assert path == "/metrics/job/roadmap/suite/example"
    assert 'roadmap_decision{decision="NO-GO"} 1.0' in body
    assert "roadmap_item_verdict" not in body


def test_items_are_pushed_only_when_asked_for(card, gateway):
    push(card, gateway.url, job="nightly", items=True)

    assert [path for path, _ in gateway.seen] == [
        "/metrics/job/nightly/suite/example",
        "/metrics/job/nightly_items/suite/example",
    ]
    assert 'item="EX-POD-1"' in gateway.seen[1][1]


def test_a_gateway_that_refuses_is_told(card):
    server = Gateway(status=400)
    with pytest.raises(ReportError, match=r"did not take the metrics: .*400") as caught:
        push(card, server.url)
    server.shutdown()
    server.server_close()

    assert "metrics.prom" in caught.value.remedy


def test_a_gateway_that_is_away_is_told_without_its_password(card):
    with pytest.raises(ReportError, match="did not take the metrics") as caught:
        push(card, "http://me:hunter2@127.0.0.1:1")

    assert "hunter2" not in str(caught.value)


def test_the_command_pushes_an_archive(card, gateway, tmp_path, capsys):
    archive.pytest_roadmap_report(scorecard=card, folder=tmp_path)

    assert main(["push", str(tmp_path), "--url", gateway.url]) == 0
    said = capsys.readouterr().out
    assert said == f"pushed run {card.run.id} to {gateway.url} as job roadmap\n"
    assert main(["push", str(tmp_path), "--url", gateway.url, "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["job"] == "roadmap"
    assert len(gateway.seen) == 2
