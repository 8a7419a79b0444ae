"""The objects of a target, applied into a namespace as one."""

from __future__ import annotations

import copy
import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from pytest_roadmap.target import genesis_text
from pytest_roadmap.target.overlays import overlaid
from pytest_roadmap.target.yaml_nodes import read_manifests

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pytest_roadmap.target.api import Api
    from pytest_roadmap.target.overlays import Overlay
    from pytest_roadmap.target.profile import Profile, Role

RUN_LABEL = "pytest-roadmap.dev/run"  # every object of ours has it
OWNER_LABEL = "app.kubernetes.io/managed-by"
OWNER = "pytest-roadmap"
_TOGETHER = 8
_LAST = frozenset({"StatefulSet", "Deployment", "DaemonSet", "Job", "CronJob", "Pod"})


def manifests_of(
    profile: Profile, overlay: Overlay | None = None, variant: str = ""
) -> tuple[Mapping[str, Any], ...]:
    """Return the objects of a profile's target, with an overlay's changes.

    Args:
        profile: The target.
        overlay: What is changed of it.
        variant: Whose genesis it has; an overlay may change that once more.

    Raises:
        TargetError: A file or the overlay makes no sense.
    """
    documents = [d for file in profile.manifests for d in read_manifests(file)]
    found = overlaid(documents, overlay) if overlay else tuple(documents)
    genesis = profile.variant(variant).genesis if variant else ()
    if overlay:
        genesis += (overlay.base.genesis if overlay.base else ()) + overlay.genesis
    return genesis_text.changed(found, profile.genesis, genesis)


def without_pods(
    documents: tuple[Mapping[str, Any], ...], role: Role | None
) -> tuple[Mapping[str, Any], ...]:
    """Return the objects with the workload of a role scaled to zero.

    Of the seven nodes of a chain that is there for one probe, those that serve
    clients cost as much as any, and few probes are clients.
    """
    if role is None:
        return documents

    def scaled(document: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return one object, scaled to zero where it is the role's."""
        name = f"{document['kind']}/{document['metadata']['name']}"
        if name != role.reference:
            return document
        return {**document, "spec": {**document["spec"], "replicas": 0}}

    return tuple(scaled(document) for document in documents)


def digest_of(documents: Iterable[Mapping[str, Any]]) -> str:
    """Return what tells two sets of manifests apart."""
    text = json.dumps(list(documents), sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def labelled(document: Mapping[str, Any], run: str) -> dict[str, Any]:
    """Return the object with the labels that say that it is of this run."""
    ours = copy.deepcopy(dict(document))
    labels = ours.setdefault("metadata", {}).setdefault("labels", {}) or {}
    ours["metadata"]["labels"] = {**labels, RUN_LABEL: run, OWNER_LABEL: OWNER}
    return ours


def namespace(name: str, run: str, annotations: Mapping[str, str]) -> dict[str, Any]:
    """Return the manifest of a namespace of ours."""
    document = {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {"name": name, "annotations": dict(annotations)},
    }
    return labelled(document, run)


def apply_all(
    api: Api, documents: Iterable[Mapping[str, Any]], into: str, run: str
) -> None:
    """Apply objects into a namespace: what pods need first, then what makes pods.

    Within each of the two groups they are applied side by side.

    Raises:
        ApiError: The API server refused one.
    """
    ours = [labelled(document, run) for document in documents]
    makers = [d for d in ours if d["kind"] in _LAST]
    others = [d for d in ours if d["kind"] not in _LAST]
    with ThreadPoolExecutor(_TOGETHER) as pool:
        for group in (others, makers):
            for applied in [pool.submit(api.apply, d, into) for d in group]:
                applied.result()
