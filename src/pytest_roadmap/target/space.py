"""A namespace, and everything in it, in the words of a probe.

with cluster.space("storage") as space:       # made, and deleted at the end
    space.apply(claim, pod)
    space.pods.until_one("writer", lambda pod: pod.ready, within=60, what="…")
    space.events.until_seen(lambda e: e.reason == "FailedMount", …)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_roadmap.target.manifests import apply_all, labelled, namespace
from pytest_roadmap.target.objects import Claim, Namespace, Object
from pytest_roadmap.target.pods import Pod
from pytest_roadmap.target.workloads import (
    Budget,
    Deployment,
    Endpoint,
    EndpointSlice,
    Event,
    Job,
    Quota,
    ReplicaSet,
    StatefulSet,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_roadmap.target.api import Api
    from pytest_roadmap.target.watching import Watch, Watches


class Space:
    """A namespace with its watches.

    Each watch begins when it is first asked for: ask before what you want to
    see happen.
    """

    def __init__(self, api: Api, watches: Watches, name: str, run: str) -> None:
        self.api = api
        self.watches = watches
        self.name = name
        self.run = run

    # ------------------------------------------------------------------ watches

    @property
    def pods(self) -> Watch[Pod]:
        """The pods."""
        return self.watches.of(Pod, self.name)

    @property
    def claims(self) -> Watch[Claim]:
        """The claims."""
        return self.watches.of(Claim, self.name)

    @property
    def events(self) -> Watch[Event]:
        """The events."""
        return self.watches.of(Event, self.name)

    @property
    def sets(self) -> Watch[StatefulSet]:
        """The StatefulSets."""
        return self.watches.of(StatefulSet, self.name)

    @property
    def deployments(self) -> Watch[Deployment]:
        """The Deployments."""
        return self.watches.of(Deployment, self.name)

    @property
    def replica_sets(self) -> Watch[ReplicaSet]:
        """The ReplicaSets."""
        return self.watches.of(ReplicaSet, self.name)

    @property
    def budgets(self) -> Watch[Budget]:
        """The PodDisruptionBudgets."""
        return self.watches.of(Budget, self.name)

    @property
    def slices(self) -> Watch[EndpointSlice]:
        """The EndpointSlices."""
        return self.watches.of(EndpointSlice, self.name)

    @property
    def quotas(self) -> Watch[Quota]:
        """The ResourceQuotas."""
        return self.watches.of(Quota, self.name)

    @property
    def jobs(self) -> Watch[Job]:
        """The Jobs."""
        return self.watches.of(Job, self.name)

    def endpoints(self, service: str) -> tuple[Endpoint, ...]:
        """Return the places in a service, of all its slices."""
        return tuple(
            endpoint
            for piece in self.slices.now()
            if piece.service == service
            for endpoint in piece.endpoints
        )

    def endpoint_ready(self, service: str, pod: str) -> bool:
        """Whether a pod gets requests of a service, in any of its slices."""
        return any(e.ready for e in self.endpoints(service) if e.pod == pod)

    def until_endpoint(
        self, service: str, pod: str, *, ready: bool, since: float, within: float
    ) -> float:
        """Wait until a pod gets requests of a service, or none; return the moment.

        Ask for `slices` before what makes the change.

        Raises:
            NeverHappenedError: Its place in the service did not change.
        """

        def changed(piece: EndpointSlice) -> bool:
            """Whether a slice has the pod so."""
            places = [place for place in piece.endpoints if place.pod == pod]
            return piece.service == service and any(p.ready is ready for p in places)

        what = f"{pod} to {'enter' if ready else 'leave'} the service {service}"
        seen = self.slices.until_seen(changed, since=since, within=within, what=what)
        return seen.at

    # ------------------------------------------------------------------ changing

    def apply(self, *documents: Mapping[str, Any]) -> None:
        """Apply objects of ours."""
        apply_all(self.api, documents, self.name, self.run)

    def create(self, document: Mapping[str, Any], *, dry_run: bool = False) -> Object:
        """Create one object of ours.

        Raises:
            ApiError: It was refused.
        """
        made = self.api.create(labelled(document, self.run), self.name, dry_run=dry_run)
        return Object(made)

    def delete(
        self, kind: type[Object] | str, name: str, *, grace: int | None = None
    ) -> bool:
        """Delete an object; False when it is not there."""
        return self.api.delete(kind, name, self.name, grace=grace)

    def make(self, annotations: Mapping[str, str] | None = None) -> None:
        """Make the namespace."""
        self.api.apply(namespace(self.name, self.run, annotations or {}))

    def remove(self) -> None:
        """Ask for the namespace's deletion; `Cluster.wait_for_ends` waits."""
        self.watches.drop_namespace(self.name)
        self.api.delete(Namespace, self.name)

    def __str__(self) -> str:
        """Return the namespace's name."""
        return self.name
