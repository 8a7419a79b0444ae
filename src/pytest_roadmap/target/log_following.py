"""The log of a pod of ours, followed line by line while it is written.

It is opened once; nothing is fetched twice, however often somebody reads it.
"""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any

import urllib3

from pytest_roadmap.errors import TargetError
from pytest_roadmap.target.pods import Pod
from pytest_roadmap.target.pulse import pulse
from pytest_roadmap.target.streams import hang_up

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pytest_roadmap.target.requests import Requests

_OK = 200
_SILENCE_SECONDS = 3600.0  # a client may have nothing to tell for long
_PAUSE = 0.5  # between two tries to open it


class FollowedLog:
    """The JSON lines of one container, as they come.

    Attributes:
        lines: What it has written so far, oldest first.
        ended: Whether the log has come to its end.
        problem: Why it is not followed, if so.
    """

    def __init__(
        self, requests: Requests, namespace: str, pod: str, container: str
    ) -> None:
        self._requests = requests
        self._path = Pod.resource.path(namespace, pod, "log")
        self._container = container
        self._stopping = threading.Event()
        self._response: urllib3.BaseHTTPResponse | None = None
        self.lines: list[Mapping[str, Any]] = []
        self.ended = False
        self.problem = ""
        self._thread = threading.Thread(
            target=self._run, name=f"log {pod}", daemon=True
        )
        self._thread.start()

    def wait_for_end(self, within: float) -> None:
        """Wait until the log has ended, or time is over."""
        self._thread.join(within)

    def stop(self) -> None:
        """Follow no further."""
        self._stopping.set()
        hang_up(self._response)

    def _run(self) -> None:
        """Open the log, again while the container has not begun, and read it."""
        while not self._stopping.is_set() and not self.ended:
            try:
                self.ended = self._read()
            except (
                TargetError,
                urllib3.exceptions.HTTPError,
                OSError,
                ValueError,
            ) as error:
                self.problem = str(error)
            if not self.ended:
                self._stopping.wait(_PAUSE)
        pulse.beat()

    def _read(self) -> bool:
        """Read to the end; False when the log cannot be opened yet."""
        query = {"container": self._container, "follow": "true"}
        response = self._requests.stream(self._path, query, _SILENCE_SECONDS)
        self._response = response
        try:
            if response.status != _OK:
                self.problem = f"HTTP {response.status}"
                return False
            self.lines.clear()  # a log that is opened again begins again
            for document in json_lines(response.stream(None)):
                self.lines.append(document)
                pulse.beat()
        finally:
            self._response = None
            response.close()
        return True


def json_lines(pieces: Iterable[bytes]) -> Iterator[Mapping[str, Any]]:
    """Yield the JSON objects of a log that comes in pieces; pass other lines over."""
    rest = b""
    for piece in pieces:
        *lines, rest = (rest + piece).split(b"\n")
        yield from _objects(lines)
    yield from _objects([rest])


def _objects(lines: Iterable[bytes]) -> Iterator[Mapping[str, Any]]:
    """Yield the lines that are JSON objects."""
    for line in lines:
        try:
            document = json.loads(line)
        except ValueError:
            continue
        if isinstance(document, dict):
            yield document
