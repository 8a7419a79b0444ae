"""One run has the cluster: the Lease `roadmap-system/run`.

    with hold(Api.connected(connection).requests, policy="wait", tell=print):
        ...  # nobody else runs here

The holder renews it; one that died is forgotten after 30 s, at once if it ran on
this machine.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import socket
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import urllib3

from pytest_roadmap.errors import RefusedError, TargetError
from pytest_roadmap.target import clock
from pytest_roadmap.target.marking import LEASE, NAMESPACE
from pytest_roadmap.target.requests import ApiError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    Document = dict[str, Any]  # one Lease, as the API server has it

LASTS_S = 30
_RENEW_S = 8.0
_LOOK_AGAIN_S = 10
_CONFLICT = 409
_LEASES = f"/apis/coordination.k8s.io/v1/namespaces/{NAMESPACE}/leases"
_PATH = f"{_LEASES}/{LEASE}"


class Server(Protocol):
    """What a lease asks of an API server (see `requests.Requests`)."""

    def call(self, method: str, path: str, **options: Any) -> Any:
        """Send one request and return the JSON of its answer."""
        ...

    def stream(
        self, path: str, query: Mapping[str, str], silence: float
    ) -> urllib3.BaseHTTPResponse:
        """Open an answer that goes on."""
        ...


class Lease:
    """The lease of one run, held until `release`.

    Args:
        server: The cluster's API server.
        holder: Who holds it: see `identity`.
    """

    def __init__(self, server: Server, holder: str) -> None:
        self._server = server
        self.holder = holder
        self.lost = threading.Event()
        self._ended = threading.Event()
        self._renewer = threading.Thread(
            target=self._renew, name="roadmap-lease", daemon=True
        )

    def take(self) -> str:
        """Try to take the lease; return who holds it now, us or another."""
        while True:
            found = self._read()
            if found and not free(found, self.holder, clock.now()):
                return _holder(found)
            if self._write(found, self.holder):
                return self.holder

    def keep(self) -> None:
        """Renew the lease from now on, in a thread of its own."""
        self._renewer.start()

    def wait_for_change(self) -> None:
        """Wait until the lease changes; at most until it is time to look again."""
        query = {
            "fieldSelector": f"metadata.name={LEASE}",
            "resourceVersion": "0",
            "timeoutSeconds": str(_LOOK_AGAIN_S),
            "watch": "true",
        }
        with contextlib.suppress(urllib3.exceptions.HTTPError):
            response = self._server.stream(_LEASES, query, _LOOK_AGAIN_S)
            with contextlib.closing(response):
                lines = iter(response)
                next(lines, None)  # as it is now
                next(lines, None)  # as it has become

    def release(self) -> None:
        """Give the lease back, if it still is ours."""
        self._ended.set()
        if self._renewer.ident:
            self._renewer.join()
        with contextlib.suppress(TargetError):
            found = self._read()
            if found and _holder(found) == self.holder:
                self._write(found, "")

    def _renew(self) -> None:
        """Renew the lease until it is released; note when another one has it.

        An API server that does not answer (a probe has stopped it) is no loss:
        nobody else can take the lease meanwhile.
        """
        while not self._ended.wait(_RENEW_S):
            with contextlib.suppress(TargetError):
                found = self._read()
                if found is None or _holder(found) != self.holder:
                    self.lost.set()
                    return
                self._write(found, self.holder)

    def _read(self) -> Document | None:
        """Return the lease as it is, None if there is none."""
        try:
            found: Document = self._server.call("GET", _PATH)
        except ApiError as error:
            if error.missing:
                return None
            raise
        return found

    def _write(self, found: Document | None, holder: str) -> bool:
        """Replace the lease as it was found; whether nobody was faster."""
        if found is None:
            self._create("/api/v1/namespaces", _object("v1", "Namespace", NAMESPACE))
            lease = _object("coordination.k8s.io/v1", "Lease", LEASE)
            return self._create(_LEASES, lease | {"spec": _spec(holder)})
        try:
            self._server.call("PUT", _PATH, body={**found, "spec": _spec(holder)})
        except ApiError as error:
            if error.status == _CONFLICT:
                return False
            raise
        return True

    def _create(self, path: str, body: Document) -> bool:
        """Create an object; False if it is there already."""
        try:
            self._server.call("POST", path, body=body)
        except ApiError as error:
            if error.status == _CONFLICT:
                return False
            raise
        return True


@contextlib.contextmanager
def hold(
    server: Server,
    *,
    policy: str = "refuse",
    tell: Callable[[str], None] = print,
    holder: str = "",
) -> Iterator[Lease]:
    """Hold the cluster's lease while the block runs.

    Args:
        server: The cluster's API server.
        policy: `wait` until another run ends, or `refuse` to start.
        tell: Is given a line when we have to wait.
        holder: Who we are; by default see `identity`.

    Raises:
        RefusedError: Another run has the cluster, and we do not wait.
    """
    lease = Lease(server, holder or identity())
    told = False
    while (other := lease.take()) != lease.holder:
        if policy != "wait":
            raise RefusedError(
                f"another run has the cluster: {other}",
                where=f"Lease {NAMESPACE}/{LEASE}",
                remedy="wait for its end with --roadmap-lease wait; the lease of a run "
                f"that died is free after {LASTS_S} s",
            )
        if not told:
            tell(f"waiting for another run to end: {other}")
            told = True
        lease.wait_for_change()
    lease.keep()
    try:
        yield lease
    finally:
        lease.release()


def identity() -> str:
    """Return who this process is: `HOST/PID/START`, told apart from its successors."""
    pid = os.getpid()
    return f"{socket.gethostname()}/{pid}/{_started(pid)}"


def free(found: Document, holder: str, now: float) -> bool:
    """Whether the lease `found` may be taken by `holder` at the time `now`."""
    has = _holder(found)
    if has in ("", holder) or _dead(has):
        return True
    spec = found["spec"]
    renewed = clock.seconds(spec["renewTime"]) if spec.get("renewTime") else 0.0
    return now - renewed > float(spec.get("leaseDurationSeconds") or LASTS_S)


def _dead(holder: str) -> bool:
    """Whether a holder was a process of this machine that has ended."""
    host, _, process = holder.partition("/")
    pid, slash, started = process.partition("/")
    ours = host == socket.gethostname() and slash and pid.isdecimal()
    return bool(ours) and _started(int(pid)) != started


def _started(pid: int) -> str:
    """Return when a process started, in the kernel's ticks; empty if it is gone."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace")
    except OSError:
        return ""
    return text.rpartition(")")[2].split()[19]


def _holder(found: Document) -> str:
    """Return who holds the lease `found`, empty for nobody."""
    return str((found.get("spec") or {}).get("holderIdentity") or "")


def _object(version: str, kind: str, name: str) -> Document:
    """Return an object's head."""
    return {"apiVersion": version, "kind": kind, "metadata": {"name": name}}


def _spec(holder: str) -> Document:
    """Return a lease that `holder` renews now; nobody's when it is empty."""
    if not holder:
        return {"leaseDurationSeconds": LASTS_S}
    now = dt.datetime.fromtimestamp(clock.now(), tz=dt.UTC)
    stamp = now.isoformat(timespec="microseconds").replace("+00:00", "Z")
    return {
        "acquireTime": stamp,
        "holderIdentity": holder,
        "leaseDurationSeconds": LASTS_S,
        "renewTime": stamp,
    }
