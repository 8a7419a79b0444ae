"""An API server in this process: enough of list, watch and writes to be followed."""

from __future__ import annotations

import json
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

import yaml

from pytest_roadmap.target.api import Api
from pytest_roadmap.target.connection import Connection

if TYPE_CHECKING:
    from pathlib import Path

PODS = "/api/v1/namespaces/chain/pods"


def pod(name: str, *, ready: bool = True, uid: str = "", **status: object) -> dict:
    """Return a pod's JSON."""
    condition = {"type": "Ready", "status": "True" if ready else "False"}
    return {
        "kind": "Pod",
        "apiVersion": "v1",
        "metadata": {"name": name, "namespace": "chain", "uid": uid or f"uid-{name}"},
        "spec": {"nodeName": "worker-1", "containers": [{"name": "node"}]},
        "status": {"phase": "Running", "conditions": [condition], **status},
    }


class FakeApi:
    """The collections of a cluster, and what happens to them."""

    def __init__(self) -> None:
        self.version = 100
        self.forgotten = 0  # versions up to here are 410 Gone
        self.collections: dict[str, dict[str, dict]] = {}
        self.answers: dict[tuple[str, str], tuple[int, object]] = {}
        self.requests: list[tuple[str, str]] = []
        self.bodies: list[tuple[str, str, object]] = []
        self.moments: dict[int, float] = {}  # version: when it was sent
        self._events: list[tuple[str, int, dict]] = []
        self._changed = threading.Condition()
        self._generation = 0  # grows when connections are dropped
        api = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: object) -> None:
                pass

            def _go(self) -> None:
                api.handle(self)

            do_GET = do_POST = do_PATCH = do_DELETE = do_PUT = _go  # noqa: N815

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.thread = threading.Thread(
            target=self.server.serve_forever, args=(0.01,), daemon=True
        )
        self.thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    # ------------------------------------------------------------------ what happens

    def put(self, path: str, document: dict) -> int:
        """Add or change an object; return its version."""
        with self._changed:
            self.version += 1
            name = document["metadata"]["name"]
            document["metadata"]["resourceVersion"] = str(self.version)
            known = name in self.collections.setdefault(path, {})
            self.collections[path][name] = document
            self._events.append(
                (
                    path,
                    self.version,
                    {"type": "MODIFIED" if known else "ADDED", "object": document},
                )
            )
            self.moments[self.version] = time.monotonic()
            self._changed.notify_all()
            return self.version

    def remove(self, path: str, name: str, *, silently: bool = False) -> None:
        """Delete an object; silently: the watch does not hear of it."""
        with self._changed:
            self.version += 1
            document = dict(self.collections[path].pop(name))
            document["metadata"] = {
                **document["metadata"],
                "resourceVersion": str(self.version),
            }
            if not silently:
                event = {"type": "DELETED", "object": document}
                self._events.append((path, self.version, event))
            self._changed.notify_all()

    def drop_connections(self, *, forget: bool = False) -> None:
        """End every watch; forget: and what they would ask for next."""
        with self._changed:
            if forget:
                self.version += 1
                self.forgotten = self.version - 1
            self._generation += 1
            self._changed.notify_all()

    # ------------------------------------------------------------------ the server

    def handle(self, request: BaseHTTPRequestHandler) -> None:
        parts = urlsplit(request.path)
        query = dict(parse_qsl(parts.query))
        self.requests.append((request.command, request.path))
        length = int(request.headers.get("Content-Length") or 0)
        if length:
            body = json.loads(request.rfile.read(length))
            self.bodies.append((request.command, parts.path, body))
        status, answer = self.answers.get((request.command, parts.path), (0, None))
        if status:
            self.send(request, status, answer)
        elif query.get("watch"):
            self.watch(request, parts.path, int(query["resourceVersion"]))
        elif request.command == "GET":
            self.list(request, parts.path)
        else:
            self.send(request, 200, {})

    def list(self, request: BaseHTTPRequestHandler, path: str) -> None:
        with self._changed:
            listing = {
                "kind": "PodList",
                "apiVersion": "v1",
                "metadata": {"resourceVersion": str(self.version)},
                "items": list(self.collections.get(path, {}).values()),
            }
        self.send(request, 200, listing)

    def send(
        self, request: BaseHTTPRequestHandler, status: int, answer: object
    ) -> None:
        content = (
            answer.encode() if isinstance(answer, str) else json.dumps(answer).encode()
        )
        request.send_response(status)
        request.send_header("Content-Type", "application/json")
        request.send_header("Content-Length", str(len(content)))
        request.end_headers()
        request.wfile.write(content)

    def watch(self, request: BaseHTTPRequestHandler, path: str, since: int) -> None:
        if since <= self.forgotten:
            self.send(request, 410, {"kind": "Status", "code": 410, "message": "gone"})
            return
        request.send_response(200)
        request.send_header("Content-Type", "application/json")
        request.send_header("Transfer-Encoding", "chunked")
        request.end_headers()
        generation, sent = self._generation, since
        try:
            while True:
                with self._changed:
                    if self._generation != generation:
                        break
                    new = [e for e in self._events if e[0] == path and e[1] > sent]
                    if not new:
                        self._changed.wait(5)
                        continue
                for _, version, event in new:
                    line = json.dumps(event).encode() + b"\n"
                    request.wfile.write(f"{len(line):x}\r\n".encode() + line + b"\r\n")
                    request.wfile.flush()
                    sent = version
            request.close_connection = True
        except OSError:
            pass

    def close(self) -> None:
        self.drop_connections()
        self.server.shutdown()
        self.server.server_close()


def kubeconfig(folder: Path, url: str) -> Path:
    """Write a kubeconfig for a server without TLS."""
    file = folder / "kubeconfig"
    content = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "fake",
        "clusters": [{"name": "fake", "cluster": {"server": url}}],
        "users": [{"name": "fake", "user": {"token": "secret"}}],
        "contexts": [{"name": "fake", "context": {"cluster": "fake", "user": "fake"}}],
    }
    file.write_text(yaml.safe_dump(content))
    return file


def connected(folder: Path, server: FakeApi, *, owned: bool = True) -> Api:
    """Return a client of the fake server."""
    file = kubeconfig(folder, server.url)
    return Api.connected(Connection(kubeconfig=file, context="fake", owned=owned))


@contextmanager
def serving():
    """Have a fake server until the block ends."""
    server = FakeApi()
    try:
        yield server
    finally:
        server.close()
