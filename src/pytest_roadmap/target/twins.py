"""A second pod of a running one's own template, with its claims, beside it.

space.create(twins.of(validator.pod, "twin"))
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pytest_roadmap.target.pods import Pod

_LABEL = "pytest-roadmap.dev/twin-of"


def of(pod: Pod, name: str) -> dict[str, Any]:
    """Return the manifest of a twin of `pod` on the same worker.

    It believes that it is the other one (host name, claims, variables), but no
    workload owns it, no service leads to it, and it is started once only.
    """
    spec = copy.deepcopy(dict(pod.raw["spec"]))
    spec["restartPolicy"] = "Never"
    spec.setdefault("hostname", pod.name)
    spec.pop("subdomain", None)
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "labels": {_LABEL: pod.name}},
        "spec": spec,
    }
