"""A further node of a chain, made from the template of one of its roles.

node = further.node(chain, chain.profile.role("full"), "guest",
                    instead={"ConfigMap/genesis": "genesis-altered"})
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from pytest_roadmap.target.chain_node import ChainNode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_roadmap.target.chain import ChainInstance
    from pytest_roadmap.target.profile import Role

_LABEL = "pytest-roadmap.dev/further"
_PLACES = {"ConfigMap": ("configMap", "name"), "Secret": ("secret", "secretName")}


def node(
    chain: ChainInstance,
    role: Role,
    name: str,
    *,
    instead: Mapping[str, str],
    environment: Mapping[str, str] | None = None,
) -> ChainNode:
    """Start one more node beside those of a role, with an empty volume.

    Args:
        chain: The instance.
        role: Whose template is taken; a StatefulSet.
        name: The name of the new StatefulSet.
        instead: By `Kind/name`, the object that its volumes have in that
            one's place.
        environment: Further variables of the node's container.
    """
    raw = chain.api.read(role.kind, role.object, chain.name)
    further = document(raw, name, instead)
    for container in further["spec"]["template"]["spec"]["containers"]:
        if container["name"] == role.container:
            variables = [
                {"name": k, "value": v} for k, v in (environment or {}).items()
            ]
            container["env"] = [*(container.get("env") or ()), *variables]
    chain.space.apply(further)
    return ChainNode(chain, role, f"{name}-0")


def document(
    raw: Mapping[str, Any], name: str, instead: Mapping[str, str]
) -> dict[str, Any]:
    """Return the StatefulSet of a further node, from that of its role."""
    spec = copy.deepcopy(dict(raw["spec"]))
    template = spec["template"]
    labels = {**template["metadata"]["labels"], _LABEL: name}
    template["metadata"] = {"labels": labels}
    spec["selector"] = {"matchLabels": labels}
    spec["replicas"] = 1
    for claim in spec.get("volumeClaimTemplates") or ():
        claim["metadata"] = {"name": claim["metadata"]["name"]}
        claim.pop("status", None)
    for volume in template["spec"].get("volumes") or ():
        _exchange(volume, instead)
    return {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": {"name": name, "labels": labels},
        "spec": spec,
    }


def _exchange(volume: dict[str, Any], instead: Mapping[str, str]) -> None:
    """Let a volume show another object where one is named for it."""
    for reference, other in instead.items():
        kind, _, known = reference.partition("/")
        source, key = _PLACES[kind]
        for body in (volume, *(volume.get("projected", {}).get("sources") or ())):
            found = body.get(source)
            # A projected Secret has a `name` where a volume has a `secretName`.
            for field in (key, "name"):
                if found and found.get(field) == known:
                    found[field] = other
