"""What an instance looks like, so that one can see whether a probe has changed it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pytest_roadmap.errors import NeverHappenedError, TargetError
from pytest_roadmap.target.objects import Object, resource

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_roadmap.target.chain import ChainInstance

_KINDS = (
    "StatefulSet",
    "Deployment",
    "ConfigMap",
    "Secret",
    "Service",
    "PodDisruptionBudget",
    "PersistentVolumeClaim",
    "ResourceQuota",
    "LimitRange",
    "NetworkPolicy",
    "Job",
    "CronJob",
)
_STEADY_SECONDS = 20.0
_RECENT_SECONDS = 5.0  # a validator that has voted since then signs
_LEFT_SECONDS = 45.0  # a pod's grace period is half a minute
_GIVEN_BY_CLUSTER = "kube-root-ca.crt"


@dataclass(frozen=True, slots=True)
class Print:
    """The digest of every object of an instance, by Kind/name; and its pods."""

    objects: frozenset[tuple[str, str]]
    strangers: frozenset[str]  # pods that no workload owns

    def difference(self, other: Print) -> tuple[str, ...]:
        """Return the names of the objects that differ."""
        changed = self.objects ^ other.objects
        return tuple(
            sorted({n for n, _ in changed} | (self.strangers ^ other.strangers))
        )


def take(instance: ChainInstance) -> Print:
    """Return what an instance looks like now.

    How many API and load pods there are is not part of it: that is asked for
    anew each time.
    """
    free = {
        role.reference
        for role in (instance.profile.api, instance.profile.load)
        if role is not None
    }
    entries = set()
    for kind in _KINDS:
        path = resource(kind).path(instance.name)
        for raw in instance.api.requests.call("GET", path)["items"]:
            view = Object(raw)
            if view.name != _GIVEN_BY_CLUSTER:
                reference = f"{kind}/{view.name}"
                entries.add((reference, _digest(raw, reference in free)))
    strangers = frozenset(
        pod.name for pod in instance.pods.now() if not pod.owners and not pod.ended
    )
    return Print(frozenset(entries), strangers)


def why_worn(instance: ChainInstance, new: Print | None) -> str:
    """Return why a used instance is not as it was when `new`; empty if it is."""
    try:
        instance.until_steady(within=_STEADY_SECONDS, recent=_RECENT_SECONDS)
        _until_left(instance)
        now = take(instance)
    except (NeverHappenedError, TargetError) as error:
        return f"it did not become steady again: {error}"
    if new is None:
        return "nobody has seen it new"
    changed = ", ".join(new.difference(now))
    return f"not as before: {changed}" if changed else ""


def _until_left(instance: ChainInstance) -> None:
    """Wait until the pods are gone that only the last probe needed.

    Raises:
        NeverHappenedError: They are still there.
    """
    if (api := instance.profile.api) is not None:
        instance.until_settled(api, replicas=0, within=_LEFT_SECONDS)
    instance.pods.until(
        lambda known: not any(pod.deleting for pod in known),
        within=_LEFT_SECONDS,
        what="the pods that are being deleted to be gone",
    )


def _digest(raw: Mapping[str, Any], replicas_free: bool) -> str:
    """Return the digest of what somebody may have changed: all but metadata, status."""
    content = {k: v for k, v in raw.items() if k not in {"metadata", "status"}}
    if replicas_free and "spec" in content:
        content["spec"] = {k: v for k, v in raw["spec"].items() if k != "replicas"}
    text = json.dumps(content, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
