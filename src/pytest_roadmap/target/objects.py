"""Typed, frozen views of what the API serves.

A view wraps an object's JSON.  Its properties are the questions that probes
ask; for everything else there is `at`:

    pod.ready, pod.container("node").restarts, pod.condition("Ready").since
    statefulset.at("spec", "template", "spec", "terminationGracePeriodSeconds")

Views of pods and of their containers are in `pods`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from pytest_roadmap.target.documents import (
    Condition,
    Document,
    dig,
    moment,
    resource,
)
from pytest_roadmap.target.quantities import quantity

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_roadmap.target.resources import Resource

__all__ = [
    "Claim",
    "Condition",
    "ConfigMap",
    "Document",
    "Namespace",
    "Node",
    "Object",
    "StorageClass",
    "Volume",
    "dig",
    "moment",
    "resource",
]


@dataclass(frozen=True, slots=True)
class Object:
    """Any object; `str()` of it says in a few words how it is."""

    raw: Document = field(repr=False)
    resource: ClassVar[Resource]

    def at(self, *steps: str | int, default: Any = None) -> Any:
        """Return the value at a path of keys and indices, or `default`."""
        return dig(self.raw, *steps, default=default)

    @property
    def name(self) -> str:
        """The object's name."""
        return str(self.at("metadata", "name", default=""))

    @property
    def namespace(self) -> str:
        """The object's namespace; empty for one of the whole cluster."""
        return str(self.at("metadata", "namespace", default=""))

    @property
    def uid(self) -> str:
        """What tells this object from a later one of the same name."""
        return str(self.at("metadata", "uid", default=""))

    @property
    def labels(self) -> Mapping[str, str]:
        """The labels."""
        return dict(self.at("metadata", "labels", default={}))

    @property
    def annotations(self) -> Mapping[str, str]:
        """The annotations."""
        return dict(self.at("metadata", "annotations", default={}))

    @property
    def created(self) -> float:
        """When it was created (the API keeps whole seconds)."""
        return moment(self.raw, "metadata", "creationTimestamp") or 0.0

    @property
    def deleting(self) -> bool:
        """Whether its deletion was asked for."""
        return self.at("metadata", "deletionTimestamp") is not None

    @property
    def generation(self) -> int:
        """How often its specification was changed."""
        return int(self.at("metadata", "generation", default=0))

    @property
    def version(self) -> str:
        """The resource version."""
        return str(self.at("metadata", "resourceVersion", default=""))

    @property
    def owners(self) -> tuple[str, ...]:
        """The uids of the objects that own it."""
        references = self.at("metadata", "ownerReferences", default=[])
        return tuple(reference["uid"] for reference in references)

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """The conditions in its status."""
        return tuple(
            Condition(
                type=entry["type"],
                status=entry["status"],
                reason=entry.get("reason") or "",
                message=entry.get("message") or "",
                since=moment(entry, "lastTransitionTime"),
            )
            for entry in self.at("status", "conditions", default=[])
        )

    def condition(self, kind: str) -> Condition | None:
        """Return the condition of this type, or None."""
        return next((c for c in self.conditions if c.type == kind), None)

    def holds(self, kind: str) -> bool:
        """Whether the condition of this type is True."""
        condition = self.condition(kind)
        return condition is not None and condition.holds

    def matches(self, selector: Mapping[str, str]) -> bool:
        """Whether the labels are those of the selector."""
        labels = self.at("metadata", "labels", default={})
        return all(labels.get(name) == value for name, value in selector.items())

    def __str__(self) -> str:
        """Return the name, and how the object is."""
        return f"{self.resource.kind}/{self.name}" + (
            " (being deleted)" if self.deleting else ""
        )


@dataclass(frozen=True, slots=True)
class Node(Object):
    """A machine of the cluster."""

    resource = resource("Node")

    @property
    def ready(self) -> bool:
        """Whether its kubelet reports that it is Ready."""
        return self.holds("Ready")

    @property
    def cordoned(self) -> bool:
        """Whether new pods are kept away."""
        return bool(self.at("spec", "unschedulable", default=False))

    @property
    def is_worker(self) -> bool:
        """Whether it is no control plane."""
        return "node-role.kubernetes.io/control-plane" not in self.labels

    @property
    def address(self) -> str:
        """Its address inside the cluster."""
        addresses = self.at("status", "addresses", default=[])
        return next((a["address"] for a in addresses if a["type"] == "InternalIP"), "")


@dataclass(frozen=True, slots=True)
class Claim(Object):
    """A PersistentVolumeClaim."""

    resource = resource("PersistentVolumeClaim")

    @property
    def phase(self) -> str:
        """Pending, Bound or Lost."""
        return str(self.at("status", "phase", default=""))

    @property
    def bound(self) -> bool:
        """Whether it has a volume."""
        return self.phase == "Bound"

    @property
    def volume(self) -> str:
        """The name of its volume; empty while it has none."""
        return str(self.at("spec", "volumeName", default=""))

    @property
    def storage_class(self) -> str:
        """The storage class that it asks for."""
        return str(self.at("spec", "storageClassName", default=""))

    @property
    def access_modes(self) -> tuple[str, ...]:
        """The access modes that it asks for."""
        return tuple(self.at("spec", "accessModes", default=[]))

    @property
    def request(self) -> int:
        """The bytes that it asks for."""
        asked = self.at("spec", "resources", "requests", "storage", default="0")
        return int(quantity(asked))

    @property
    def capacity(self) -> int:
        """The bytes that it has got."""
        return int(quantity(self.at("status", "capacity", "storage", default="0")))

    def __str__(self) -> str:
        """Return name, phase and sizes."""
        return f"{self.name} {self.phase} {self.capacity} of {self.request} bytes"


@dataclass(frozen=True, slots=True)
class Volume(Object):
    """A PersistentVolume."""

    resource = resource("PersistentVolume")

    @property
    def phase(self) -> str:
        """Available, Bound, Released or Failed."""
        return str(self.at("status", "phase", default=""))

    @property
    def claim(self) -> str:
        """The uid of the claim that has it, or had it."""
        return str(self.at("spec", "claimRef", "uid", default=""))

    @property
    def folder(self) -> str:
        """Its folder on its node, where it is a folder there; else empty."""
        local = self.at("spec", "local", "path") or self.at("spec", "hostPath", "path")
        return str(local or "")

    @property
    def claim_namespace(self) -> str:
        """The namespace of that claim."""
        return str(self.at("spec", "claimRef", "namespace", default=""))

    @property
    def reclaim_policy(self) -> str:
        """Retain or Delete."""
        return str(self.at("spec", "persistentVolumeReclaimPolicy", default=""))

    @property
    def capacity(self) -> int:
        """Its bytes."""
        return int(quantity(self.at("spec", "capacity", "storage", default="0")))

    def __str__(self) -> str:
        """Return name and phase."""
        return f"{self.name} {self.phase}"


@dataclass(frozen=True, slots=True)
class Namespace(Object):
    """A namespace."""

    resource = resource("Namespace")


@dataclass(frozen=True, slots=True)
class StorageClass(Object):
    """A storage class."""

    resource = resource("StorageClass")

    @property
    def grows(self) -> bool:
        """Whether its volumes may be expanded."""
        return bool(self.at("allowVolumeExpansion", default=False))


@dataclass(frozen=True, slots=True)
class ConfigMap(Object):
    """A ConfigMap."""

    resource = resource("ConfigMap")

    @property
    def data(self) -> Mapping[str, str]:
        """Its entries."""
        return dict(self.at("data", default={}))
