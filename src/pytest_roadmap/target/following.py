"""Follows one collection of the API: list, watch, reconnect, list again.

The protocol: a list has a resource version; a watch from there sends every
change, and bookmarks now and then; a watch that ends is opened again from the
last version seen; when the server has forgotten that version (410 Gone) the
collection is listed again.
"""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any

import urllib3

from pytest_roadmap.errors import TargetError
from pytest_roadmap.target.requests import ApiError
from pytest_roadmap.target.streams import hang_up

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_roadmap.target.objects import Document
    from pytest_roadmap.target.requests import Requests

_WATCH_SECONDS = 240  # the server ends a watch then; it costs one request
_SILENCE_SECONDS = 100.0  # bookmarks come about once a minute: this is a dead line
_GONE = 410
_OK = 200
_HOPELESS = frozenset({401, 403, 404, 405})
_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 15.0
_EVENTS = {"ADDED": "added", "MODIFIED": "modified", "DELETED": "deleted"}


class _ExpiredError(Exception):
    """The server has forgotten the resource version."""


class Follower:
    """A thread that follows one collection until it is stopped.

    Args:
        requests: The way to the API server.
        path: The collection.
        listed: Is given each full list.
        changed: Is given each change: "added", "modified" or "deleted".
    """

    def __init__(
        self,
        requests: Requests,
        path: str,
        *,
        listed: Callable[[list[Document]], None],
        changed: Callable[[str, Document], None],
    ) -> None:
        self._requests = requests
        self._path = path
        self._listed = listed
        self._changed = changed
        self._version = ""
        self._stopping = threading.Event()
        self._response: urllib3.BaseHTTPResponse | None = None
        self.problem = ""  # why it does not follow at the moment
        self.refusal: ApiError | None = None  # why it never will
        self._thread = threading.Thread(
            target=self._run, name=f"watch {path}", daemon=True
        )

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End, also in the middle of a silent watch."""
        self._stopping.set()
        hang_up(self._response)

    def _run(self) -> None:
        """List and watch, with growing pauses while nobody answers."""
        pause = _FIRST_PAUSE
        while not self._stopping.is_set():
            try:
                if not self._version:
                    self._list()
                self.problem = ""
                self._watch()
                pause = _FIRST_PAUSE
            except _ExpiredError:
                self._version = ""
            except ApiError as error:
                self.problem = str(error.what)
                if error.status in _HOPELESS:
                    self.refusal = error
                    return
                self._version = ""
            except TargetError as error:
                self.problem = str(error.what)
            except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
                self.problem = f"{type(error).__name__}: {error}"
            if self.problem:
                self._stopping.wait(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)

    def _list(self) -> None:
        """List the whole collection."""
        listing = self._requests.call("GET", self._path, within=30.0)
        self._version = listing["metadata"]["resourceVersion"]
        kind = listing.get("kind", "").removesuffix("List")
        version = listing.get("apiVersion", "")
        self._listed(
            [{"kind": kind, "apiVersion": version, **i} for i in listing["items"]]
        )

    def _watch(self) -> None:
        """Follow from the last version on until the server ends it."""
        query = {
            "watch": "true",
            "resourceVersion": self._version,
            "allowWatchBookmarks": "true",
            "timeoutSeconds": str(_WATCH_SECONDS),
        }
        response = self._requests.stream(self._path, query, _SILENCE_SECONDS)
        self._response = response
        try:
            if response.status == _GONE:
                raise _ExpiredError
            if response.status != _OK:
                message = f"the watch was refused with {response.status}"
                raise ApiError(message, where=self._path, status=response.status)
            for event in _events(response):
                if self._stopping.is_set():
                    return
                self._take(event)
        finally:
            self._response = None
            response.close()

    def _take(self, event: Any) -> None:
        """Take one event over.

        Raises:
            _ExpiredError: The server has forgotten our version.
        """
        kind, document = event["type"], event["object"]
        if kind == "ERROR":
            if document.get("code") == _GONE:
                raise _ExpiredError
            message = document.get("message", "the watch broke")
            raise ApiError(message, where=self._path, status=document.get("code", 500))
        self._version = document["metadata"]["resourceVersion"]
        if kind in _EVENTS:
            self._changed(_EVENTS[kind], document)


def _events(response: urllib3.BaseHTTPResponse) -> Iterator[Any]:
    """Yield the JSON of each line as soon as it is there."""
    rest = b""
    for piece in response.stream(None):
        *lines, rest = (rest + piece).split(b"\n")
        for line in lines:
            if line.strip():
                yield json.loads(line)
