"""One run of a job that the profile lists.

job = jobs.run_of(document, "backup-now")       # from a Job or from a CronJob
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from pytest_roadmap.errors import TargetError

if TYPE_CHECKING:
    from collections.abc import Mapping


def run_of(document: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return the Job that runs once what a Job or a CronJob says.

    Raises:
        TargetError: It is neither.
    """
    kind = document["kind"]
    if kind == "CronJob":
        template = copy.deepcopy(document["spec"]["jobTemplate"])
    elif kind == "Job":
        template = copy.deepcopy({k: document[k] for k in ("metadata", "spec")})
    else:
        raise TargetError(
            f"{kind}/{document['metadata']['name']} is no job",
            where="jobs of the profile",
            remedy="list objects of kind Job or CronJob",
        )
    labels = template.get("metadata", {}).get("labels", {})
    spec = {k: v for k, v in template["spec"].items() if k != "suspend"}
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": name, "labels": labels},
        "spec": spec,
    }
