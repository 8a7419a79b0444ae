"""One request to the API server, and what its refusals mean to a person."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import urllib3

from pytest_roadmap.errors import RefusedError, TargetError
from pytest_roadmap.target import clock, transcript

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Final

    from pytest_roadmap.target.connection import Connection, Transport

_UNAUTHORIZED: Final = 401
_FORBIDDEN: Final = 403
_NOT_FOUND: Final = 404
_REFUSED: Final = 400  # the first status that is no answer
_READS = frozenset({"GET", "HEAD"})
_HARMLESS_POSTS = ("/selfsubjectaccessreviews", "/selfsubjectreviews")


class ApiError(TargetError):
    """The API server refused a request.

    Args:
        status: The HTTP status.
        reason: The API's own word for it, such as "AlreadyExists".
        causes: The reasons of its causes, such as "DisruptionBudget".
    """

    def __init__(  # noqa: PLR0913 - one argument for each thing the API says
        self,
        what: str,
        *,
        where: str = "",
        remedy: str = "",
        status: int = 0,
        reason: str = "",
        causes: tuple[str, ...] = (),
    ) -> None:
        super().__init__(what, where=where, remedy=remedy)
        self.status = status
        self.reason = reason
        self.causes = causes

    @property
    def missing(self) -> bool:
        """Whether the object is not there."""
        return self.status == _NOT_FOUND


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back: status, body, and how long it took."""

    status: int
    body: bytes = field(repr=False)
    seconds: float

    def json(self) -> Any:
        """Return the body's JSON."""
        return json.loads(self.body)

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode(errors="replace")


class Requests:
    """Sends requests over one connection, counts them, and guards the target."""

    def __init__(self, connection: Connection, transport: Transport) -> None:
        self.connection = connection
        self.transport = transport
        self.sent = 0

    def send(  # noqa: PLR0913 - a request has these parts
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: object = None,
        content: str = "application/json",
        within: float = 30.0,
    ) -> Answer:
        """Send one request and return its answer, whatever its status.

        Raises:
            RefusedError: It would change a target that is not ours.
            TargetError: The API server cannot be reached.
        """
        self.guard(method, path)
        began = clock.now()
        response = self._request(
            method,
            path,
            fields=query,
            body=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": content} if body is not None else {},
            timeout=urllib3.Timeout(connect=min(within, 10.0), read=within),
        )
        answer = Answer(
            status=response.status, body=response.data, seconds=clock.now() - began
        )
        asked = f"{method} {path}{_as_query(query)}"
        transcript.record("request", asked, f"{answer.status} {answer.text}", began)
        return answer

    def call(self, method: str, path: str, **options: Any) -> Any:
        """Send one request and return the JSON of its answer.

        Raises:
            ApiError: The API server refused it.
        """
        answer = self.send(method, path, **options)
        if answer.status >= _REFUSED:
            raise self.refusal(method, path, answer)
        return answer.json()

    def stream(
        self, path: str, query: Mapping[str, str], silence: float
    ) -> urllib3.BaseHTTPResponse:
        """Open an answer that goes on; it ends after `silence` seconds of none.

        Raises:
            TargetError: The API server cannot be reached.
        """
        return self._request(
            "GET",
            path,
            fields=query,
            # Nobody may get this connection after us: who stops a stream from
            # another thread would shut down what is no longer the stream's.
            headers={"Connection": "close"},
            timeout=urllib3.Timeout(connect=5.0, read=silence),
            preload=False,
        )

    def guard(self, method: str, path: str) -> None:
        """Refuse a request that changes a target which we may not disturb.

        Raises:
            RefusedError: The cluster is neither ours nor named by the user.
        """
        if method in _READS or self.connection.may_be_disturbed:
            return
        if path.endswith(_HARMLESS_POSTS):
            return
        raise RefusedError(
            f"{method} {path} would change a cluster that this tool did not make",
            where=f"context {self.connection.context or '(current)'}",
            remedy="name it on the command line to allow this: "
            f"--roadmap-cluster context:{self.connection.context or 'NAME'}",
        )

    def refusal(self, method: str, path: str, answer: Answer) -> ApiError:
        """Return the error that says what the API server refused, and why."""
        try:
            said = answer.json()
        except ValueError:
            said = {}
        if not isinstance(said, dict):
            said = {}
        details = said.get("details") or {}
        causes = tuple(c.get("reason", "") for c in details.get("causes") or ())
        what = said.get("message") or answer.text[:300] or f"HTTP {answer.status}"
        return ApiError(
            str(what),
            where=f"{method} {path}",
            remedy=self._remedy(answer.status),
            status=answer.status,
            reason=str(said.get("reason", "")),
            causes=causes,
        )

    def _remedy(self, status: int) -> str:
        """Return what to do about a refusal of this status, if we know it."""
        context = self.connection.context or "(current)"
        if status == _UNAUTHORIZED:
            return (
                f"the credentials of context {context} in "
                f"{self.connection.kubeconfig} are expired or wrong: renew them"
            )
        if status == _FORBIDDEN:
            return (
                f"give the user of context {context} a Role with this verb on this "
                "resource, and see `kubectl auth can-i --list`"
            )
        return ""

    def _request(  # noqa: PLR0913 - a request has these parts
        self,
        method: str,
        path: str,
        *,
        fields: Mapping[str, str] | None,
        headers: dict[str, str],
        timeout: urllib3.Timeout,
        body: bytes | None = None,
        preload: bool = True,
    ) -> urllib3.BaseHTTPResponse:
        """Send over the pool, and say in plain words when nobody answers."""
        self.sent += 1
        try:
            return self.transport.pool.request(
                method,
                self.transport.host + path + _as_query(fields),
                body=body,
                headers={
                    "Accept": "application/json, */*",
                    **self.transport.headers(),
                    **headers,
                },
                timeout=timeout,
                preload_content=preload,
                retries=False,
            )
        except urllib3.exceptions.HTTPError as error:
            raise self.unreachable(method, path, error) from error

    def unreachable(self, method: str, path: str, error: Exception) -> TargetError:
        """Return the error that says that nobody answers, and what to do."""
        return TargetError(
            f"the API server at {self.transport.host} does not answer: {error}",
            where=f"{method} {path}",
            remedy="see whether the cluster runs (`pytest-roadmap status`), and "
            f"whether {self.connection.kubeconfig} is the file that belongs to it",
        )


def _as_query(fields: Mapping[str, str] | None) -> str:
    """Return `?a=b`, or nothing."""
    return f"?{urlencode(fields)}" if fields else ""
