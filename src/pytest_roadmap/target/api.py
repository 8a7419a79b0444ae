"""The API server in the words of a probe: get, list, apply, evict, exec, proxy.

    api = Api.connected(connection)
    pod = api.get(Pod, "validator-0", "roadmap-chain")
    pods = api.list(Pod, "roadmap-chain", selector="app=validator")
    api.patch(StatefulSet, "validator", {"spec": {"replicas": 0}}, namespace)
    refusal = api.evict(pod, dry_run=True)

Objects come as the typed, frozen views of `objects`; what is sent is plain
JSON.  For waiting there is `watching`: nothing in here asks twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from pytest_roadmap.target import evictions, sockets
from pytest_roadmap.target.connection import connect
from pytest_roadmap.target.evictions import Refusal
from pytest_roadmap.target.objects import Object
from pytest_roadmap.target.pods import Pod
from pytest_roadmap.target.requests import ApiError, Requests
from pytest_roadmap.target.resources import Resource, known

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pytest_roadmap.target.connection import Connection
    from pytest_roadmap.target.objects import Document
    from pytest_roadmap.target.requests import Answer

T = TypeVar("T", bound=Object)

__all__ = ["MANAGER", "Api", "Refusal"]

MANAGER = "pytest-roadmap"  # our name in managedFields
_PATCHES = {
    "merge": "application/merge-patch+json",
    "json": "application/json-patch+json",
    "strategic": "application/strategic-merge-patch+json",
}


class Api:
    """A thin client of one API server; safe to share between threads."""

    def __init__(self, requests: Requests) -> None:
        self.requests = requests
        self._discovered: dict[tuple[str, str], Resource] = {}

    @classmethod
    def connected(cls, connection: Connection) -> Api:
        """Return a client of the cluster that `connection` names."""
        return cls(Requests(connection, connect(connection)))

    # ---------------------------------------------------------------- reading

    def get(self, kind: type[T], name: str, namespace: str = "") -> T:
        """Return one object.

        Raises:
            ApiError: It is not there (`error.missing`), or may not be read.
        """
        path = kind.resource.path(namespace, name)
        return kind(raw=self.requests.call("GET", path))

    def find(self, kind: type[T], name: str, namespace: str = "") -> T | None:
        """Return one object, or None when it is not there."""
        try:
            return self.get(kind, name, namespace)
        except ApiError as error:
            if error.missing:
                return None
            raise

    def list(
        self, kind: type[T], namespace: str = "", *, selector: str = ""
    ) -> tuple[T, ...]:
        """Return the objects of a namespace (of all, where it is empty)."""
        query = {"labelSelector": selector} if selector else None
        path = kind.resource.path(namespace)
        listing = self.requests.call("GET", path, query=query, within=30.0)
        return tuple(kind(raw=raw) for raw in listing["items"])

    def read(self, kind: str, name: str, namespace: str = "") -> Document:
        """Return one object of a kind that has no view of its own, as it is."""
        document: Document = self.requests.call(
            "GET", self.resource(kind).path(namespace, name)
        )
        return document

    # --------------------------------------------------------------- changing

    def create(
        self, document: Document, namespace: str = "", *, dry_run: bool = False
    ) -> Document:
        """Create an object from its manifest and return it.

        Raises:
            ApiError: It was refused (403 "exceeded quota", 409 AlreadyExists…).
        """
        resource = self.resource(document["kind"], document["apiVersion"])
        created: Document = self.requests.call(
            "POST",
            resource.path(namespace),
            body=document,
            query={"dryRun": "All"} if dry_run else None,
        )
        return created

    def apply(self, document: Document, namespace: str = "") -> Document:
        """Apply a manifest on the server's side, and return the object."""
        resource = self.resource(document["kind"], document["apiVersion"])
        applied: Document = self.requests.call(
            "PATCH",
            resource.path(namespace, document["metadata"]["name"]),
            query={"fieldManager": MANAGER, "force": "true"},
            body=document,
            content="application/apply-patch+yaml",  # JSON is YAML
            within=30.0,
        )
        return applied

    def patch(  # noqa: PLR0913 - a patch has these parts
        self,
        kind: type[Object] | str,
        name: str,
        patch: object,
        namespace: str = "",
        *,
        how: str = "merge",
        part: str = "",
    ) -> Document:
        """Patch an object ("merge", "json" or "strategic") and return it."""
        patched: Document = self.requests.call(
            "PATCH",
            self._resource(kind).path(namespace, name, part),
            query={"fieldManager": MANAGER},
            body=patch,
            content=_PATCHES[how],
        )
        return patched

    def scale(
        self, kind: type[Object] | str, name: str, replicas: int, namespace: str
    ) -> None:
        """Set the number of replicas; whoever waits for them uses a watch."""
        body = {"spec": {"replicas": replicas}}
        self.patch(kind, name, body, namespace, part="scale")

    def delete(
        self,
        kind: type[Object] | str,
        name: str,
        namespace: str = "",
        *,
        grace: int | None = None,
        how: str = "Background",
    ) -> bool:
        """Delete an object; False when it is not there.

        Args:
            kind: Its view, or its kind's name.
            name: Its name.
            namespace: Its namespace.
            grace: Seconds of grace; None for the object's own.
            how: The propagation: Background, Foreground or Orphan.
        """
        options: dict[str, Any] = {"propagationPolicy": how}
        if grace is not None:
            options["gracePeriodSeconds"] = grace
        path = self._resource(kind).path(namespace, name)
        try:
            self.requests.call("DELETE", path, body=options)
        except ApiError as error:
            if error.missing:
                return False
            raise
        return True

    def delete_all(
        self, kind: type[Object], namespace: str, *, grace: int, orphan: bool = False
    ) -> None:
        """Delete every object of a kind in a namespace.

        Args:
            kind: Which.
            namespace: Where.
            grace: Seconds that they have to end.
            orphan: What they own stays.
        """
        options: dict[str, object] = {"gracePeriodSeconds": grace}
        if orphan:
            options["propagationPolicy"] = "Orphan"
        self.requests.call("DELETE", kind.resource.path(namespace), body=options)

    def evict(self, pod: Pod, *, dry_run: bool = False) -> Refusal | None:
        """Ask once for the eviction of a pod; None when it was admitted.

        Raises:
            ApiError: The pod is not there, or it is not a matter of budgets.
        """
        return evictions.ask(self.requests, pod, dry_run=dry_run)

    # ------------------------------------------------------- through the server

    def proxy(  # noqa: PLR0913 - a proxied request has these parts
        self,
        namespace: str,
        pod: str,
        port: int,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        within: float = 5.0,
    ) -> Answer:
        """GET from a pod's port through the API server; any status is an answer."""
        target = f"/api/v1/namespaces/{namespace}/pods/{pod}:{port}/proxy{path}"
        return self.requests.send("GET", target, query=query, within=within)

    def exec(
        self,
        pod: Pod,
        command: Sequence[str],
        *,
        container: str = "",
        within: float = 30.0,
    ) -> sockets.Ended:
        """Run a command in a container, and return how it ended and what it said."""
        path = pod.resource.path(pod.namespace, pod.name, "exec")
        self.requests.guard("POST", path)
        return sockets.run(
            self.requests, path, command, container=container, within=within
        )

    def logs(  # noqa: PLR0913 - the API's own options
        self,
        namespace: str,
        pod: str,
        container: str = "",
        *,
        previous: bool = False,
        tail: int | None = None,
        timestamps: bool = False,
    ) -> str:
        """Return a container's log; of its previous run, if asked for.

        Raises:
            ApiError: There is no such pod, container or previous run.
        """
        query = {"container": container} if container else {}
        if tail is not None:
            query["tailLines"] = str(tail)
        for name, wanted in (("previous", previous), ("timestamps", timestamps)):
            if wanted:
                query[name] = "true"
        path = Pod.resource.path(namespace, pod, "log")
        answer = self.requests.send("GET", path, query=query)
        if answer.status != 200:  # noqa: PLR2004 - OK
            raise self.requests.refusal("GET", path, answer)
        return answer.text

    # ------------------------------------------------------------------- kinds

    def resource(self, kind: str, version: str = "") -> Resource:
        """Return where the API serves a kind; asks it for those we do not know.

        Raises:
            ApiError: It serves no such kind.
        """
        if found := known(kind, version) or self._discovered.get((version, kind)):
            return found
        root = "/apis" if "/" in version else "/api"
        path = f"{root}/{version or 'v1'}"
        for entry in self.requests.call("GET", path)["resources"]:
            if entry["kind"] == kind and "/" not in entry["name"]:
                found = Resource(
                    version=version,
                    kind=kind,
                    plural=entry["name"],
                    namespaced=entry["namespaced"],
                )
                self._discovered[version, kind] = found
                return found
        raise ApiError(
            f"the cluster serves no kind {kind} in {version or 'v1'}",
            where=f"GET {path}",
            remedy="install what defines it, or take the object out of the manifests",
        )

    def _resource(self, kind: type[Object] | str) -> Resource:
        """Return the resource of a view or of a kind's name."""
        return self.resource(kind) if isinstance(kind, str) else kind.resource
