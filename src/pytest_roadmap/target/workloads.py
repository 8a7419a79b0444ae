"""Views of what keeps pods: sets, budgets, endpoints, quotas; and of events."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_roadmap.target.objects import Object, dig, moment, resource
from pytest_roadmap.target.quantities import quantity
from pytest_roadmap.target.selectors import selects

if TYPE_CHECKING:
    from collections.abc import Mapping
    from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Workload(Object):
    """Whatever has replicas and a pod template."""

    @property
    def replicas(self) -> int:
        """How many pods it should have."""
        return int(self.at("spec", "replicas", default=1))

    @property
    def ready_replicas(self) -> int:
        """How many of its pods are Ready."""
        return int(self.at("status", "readyReplicas", default=0))

    @property
    def updated_replicas(self) -> int:
        """How many of its pods are of the newest template."""
        return int(self.at("status", "updatedReplicas", default=0))

    @property
    def selector(self) -> Mapping[str, str]:
        """The labels of its pods."""
        return dict(self.at("spec", "selector", "matchLabels", default={}))

    @property
    def observed(self) -> bool:
        """Whether its controller has seen its newest specification."""
        return (
            int(self.at("status", "observedGeneration", default=0)) >= self.generation
        )

    @property
    def settled(self) -> bool:
        """Whether all its pods are there, Ready and of the newest template."""
        return (
            self.observed
            and self.ready_replicas == self.replicas
            and self.updated_replicas == self.replicas
            and int(self.at("status", "replicas", default=0)) == self.replicas
        )

    def __str__(self) -> str:
        """Return the name and the numbers of pods."""
        return (
            f"{self.name} {self.ready_replicas} of {self.replicas} Ready, "
            f"{self.updated_replicas} updated"
        )


@dataclass(frozen=True, slots=True)
class StatefulSet(Workload):
    """A StatefulSet."""

    resource = resource("StatefulSet")

    @property
    def current_revision(self) -> str:
        """The revision of the pods that were not updated yet."""
        return str(self.at("status", "currentRevision", default=""))

    @property
    def update_revision(self) -> str:
        """The revision of the newest template."""
        return str(self.at("status", "updateRevision", default=""))

    @property
    def updated(self) -> bool:
        """Whether its controller reports the update as complete."""
        return self.observed and self.current_revision == self.update_revision

    @property
    def service(self) -> str:
        """The headless service that names its pods."""
        return str(self.at("spec", "serviceName", default=""))


@dataclass(frozen=True, slots=True)
class Deployment(Workload):
    """A Deployment."""

    resource = resource("Deployment")


@dataclass(frozen=True, slots=True)
class ReplicaSet(Workload):
    """A ReplicaSet."""

    resource = resource("ReplicaSet")


@dataclass(frozen=True, slots=True)
class Job(Object):
    """A Job."""

    resource = resource("Job")

    @property
    def complete(self) -> bool:
        """Whether it has done its work."""
        return self.holds("Complete")

    @property
    def failed(self) -> bool:
        """Whether it has given up."""
        return self.holds("Failed")


@dataclass(frozen=True, slots=True)
class Budget(Object):
    """A PodDisruptionBudget."""

    resource = resource("PodDisruptionBudget")

    @property
    def selector(self) -> Mapping[str, str]:
        """The labels of the pods that it counts."""
        return dict(self.at("spec", "selector", "matchLabels", default={}))

    def selects(self, labels: Mapping[str, str]) -> bool:
        """Whether it counts a pod with these labels."""
        return selects(self.at("spec", "selector"), labels)

    @property
    def allowed(self) -> int:
        """How many disruptions it allows now."""
        return int(self.at("status", "disruptionsAllowed", default=0))

    @property
    def healthy(self) -> int:
        """How many of its pods are healthy now."""
        return int(self.at("status", "currentHealthy", default=0))

    @property
    def wanted(self) -> int:
        """How many healthy pods it insists on."""
        return int(self.at("status", "desiredHealthy", default=0))

    @property
    def expected(self) -> int:
        """How many pods it counts."""
        return int(self.at("status", "expectedPods", default=0))

    def __str__(self) -> str:
        """Return the name and the numbers."""
        return (
            f"{self.name} {self.healthy} of {self.expected} healthy, "
            f"{self.allowed} disruptions allowed"
        )


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One pod's place in a service."""

    pod: str
    address: str
    ready: bool
    serving: bool
    terminating: bool


@dataclass(frozen=True, slots=True)
class EndpointSlice(Object):
    """An EndpointSlice: where a service leads."""

    resource = resource("EndpointSlice")

    @property
    def service(self) -> str:
        """The service that it belongs to."""
        return self.labels.get("kubernetes.io/service-name", "")

    @property
    def endpoints(self) -> tuple[Endpoint, ...]:
        """The places in the service."""
        return tuple(
            Endpoint(
                pod=dig(entry, "targetRef", "name", default=""),
                address=dig(entry, "addresses", 0, default=""),
                ready=dig(entry, "conditions", "ready", default=True),
                serving=dig(entry, "conditions", "serving", default=True),
                terminating=dig(entry, "conditions", "terminating", default=False),
            )
            for entry in self.at("endpoints") or []
        )

    @property
    def ready(self) -> tuple[str, ...]:
        """The names of the pods that get requests."""
        return tuple(endpoint.pod for endpoint in self.endpoints if endpoint.ready)

    def __str__(self) -> str:
        """Return the service and which of its pods are ready."""
        pods = (f"{e.pod}{'' if e.ready else ' (not ready)'}" for e in self.endpoints)
        return f"{self.service} → {', '.join(pods) or 'nobody'}"


@dataclass(frozen=True, slots=True)
class Quota(Object):
    """A ResourceQuota."""

    resource = resource("ResourceQuota")

    @property
    def hard(self) -> Mapping[str, Fraction]:
        """What may be used at most, by resource name ("limits.memory", "pods")."""
        entries = self.at("status", "hard") or self.at("spec", "hard", default={})
        return {name: quantity(value) for name, value in entries.items()}

    @property
    def used(self) -> Mapping[str, Fraction]:
        """What is used."""
        entries = self.at("status", "used", default={})
        return {name: quantity(value) for name, value in entries.items()}

    @property
    def left(self) -> Mapping[str, Fraction]:
        """What is left."""
        used = self.used
        return {n: hard - used.get(n, quantity(0)) for n, hard in self.hard.items()}


@dataclass(frozen=True, slots=True)
class Event(Object):
    """Something that the cluster has noted about an object."""

    resource = resource("Event")

    @property
    def reason(self) -> str:
        """Such as Unhealthy, Killing, FailedScheduling, FailedCreate."""
        return str(self.at("reason", default=""))

    @property
    def message(self) -> str:
        """What happened, in words."""
        return str(self.at("message") or self.at("note", default=""))

    @property
    def about(self) -> str:
        """The object it is about, as Kind/name."""
        kind = self.at("involvedObject", "kind", default="")
        return f"{kind}/{self.at('involvedObject', 'name', default='')}"

    @property
    def about_uid(self) -> str:
        """The uid of the object it is about."""
        return str(self.at("involvedObject", "uid", default=""))

    @property
    def container(self) -> str:
        """The container that it is about, where it is about one."""
        path = str(self.at("involvedObject", "fieldPath", default=""))
        return path.partition("{")[2].rstrip("}")

    @property
    def warning(self) -> bool:
        """Whether it is a warning."""
        return bool(self.at("type") == "Warning")

    @property
    def count(self) -> int:
        """How often it has happened."""
        return int(self.at("series", "count") or self.at("count", default=1) or 1)

    @property
    def last(self) -> float:
        """When it happened last."""
        return (
            moment(self.raw, "series", "lastObservedTime")
            or moment(self.raw, "lastTimestamp")
            or moment(self.raw, "eventTime")
            or self.created
        )

    def __str__(self) -> str:
        """Return the event in one line."""
        times = f" ({self.count} times)" if self.count > 1 else ""
        return f"{self.reason} {self.about}: {self.message}{times}"
