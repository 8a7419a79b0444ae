"""Web sockets through the API server: commands in containers, subscriptions."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import websocket

from pytest_roadmap.errors import TargetError
from pytest_roadmap.target import clock, transcript

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_roadmap.target.requests import Requests

_PROTOCOL = "v4.channel.k8s.io"
_OUTPUT, _ERRORS, _STATUS = 1, 2, 3  # the protocol's channels


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a command ended: exit status, standard output, standard error."""

    status: int
    output: str
    errors: str
    seconds: float

    @property
    def ok(self) -> bool:
        """Whether it ended with status 0."""
        return self.status == 0


def dial(
    requests: Requests, path: str, *, within: float, protocols: Sequence[str] = ()
) -> websocket.WebSocket:
    """Open a web socket at a path of the API server.

    Raises:
        TargetError: It cannot be opened.
    """
    transport = requests.transport
    requests.sent += 1
    try:
        return websocket.create_connection(
            transport.host.replace("http", "ws", 1) + path,
            timeout=within,
            sslopt=transport.tls,
            header=[f"{name}: {value}" for name, value in transport.headers().items()],
            subprotocols=list(protocols) or None,
            suppress_origin=True,
        )
    except websocket.WebSocketBadStatusException as error:
        body = (error.resp_body or b"").decode(errors="replace")
        what = f"the web socket was refused ({error.status_code}): {body[:300]}"
        raise TargetError(what, where=path) from error
    except (websocket.WebSocketException, OSError) as error:
        raise requests.unreachable("GET", path, error) from error


def run(
    requests: Requests,
    path: str,
    command: Sequence[str],
    *,
    container: str,
    within: float,
) -> Ended:
    """Run a command over the exec subresource at `path`.

    Raises:
        TargetError: It could not be started, or did not end in time.
    """
    began = clock.now()
    query = [("stdout", "true"), ("stderr", "true")]
    query += [("container", container)] if container else []
    query += [("command", word) for word in command]
    where = f"exec {path.removesuffix('/exec')} {' '.join(command)}"
    socket = dial(
        requests, f"{path}?{urlencode(query)}", within=within, protocols=[_PROTOCOL]
    )
    channels = {_OUTPUT: b"", _ERRORS: b"", _STATUS: b""}
    try:
        while not channels[_STATUS]:
            socket.settimeout(max(began + within - clock.now(), 0.001))
            frame = socket.recv()
            data = frame.encode() if isinstance(frame, str) else frame
            if not data:
                break
            channels[data[0]] = channels.get(data[0], b"") + data[1:]
    except (websocket.WebSocketException, OSError) as error:
        raise TargetError(
            f"the command did not end within {within:g} s: {error}", where=where
        ) from error
    finally:
        socket.close(timeout=0)
    ended = Ended(
        status=_exit_status(channels[_STATUS]),
        output=channels[_OUTPUT].decode(errors="replace"),
        errors=channels[_ERRORS].decode(errors="replace"),
        seconds=clock.now() - began,
    )
    transcript.record("command", where, f"{ended.status} {ended.output}", began)
    return ended


def _exit_status(status: bytes) -> int:
    """Return the exit status in the API's closing word about a command."""
    said = json.loads(status or b"{}")
    if said.get("status") == "Success":
        return 0
    for cause in (said.get("details") or {}).get("causes") or ():
        if cause.get("reason") == "ExitCode":
            return int(cause["message"])
    raise TargetError(
        f"the command could not be run: {said.get('message') or 'no answer'}"
    )
