"""Claims of one's own, and pods that write to them.

like = validator.claim
space.apply(disks.claim("data", like), disks.pod("writer", "data"))
disks.write(api, pod, "file", size)        # returns its SHA-256
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from pytest_roadmap.errors import TargetError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_roadmap.target.api import Api
    from pytest_roadmap.target.objects import Claim
    from pytest_roadmap.target.pods import Pod

IMAGE: Final = "roadmap.local/client:3"
CONTAINER: Final = "client"
FOLDER: Final = "/data"
_CLIENT = "/roadmap-client"
_USER = 10001
_REPORTED = 1  # the client's status where its line says what failed


@dataclass(frozen=True, slots=True, kw_only=True)
class Allocation:
    """How the allocation of a file went.

    Attributes:
        bytes: What was asked for.
        on_disk: What the disk has given.
        pieces: How many of the first, middle and last MiB came back the same.
        problem: What went wrong, if anything.
    """

    bytes: int
    on_disk: int
    pieces: int
    problem: str


def claim(name: str, like: Claim, *, volume: str = "") -> dict[str, Any]:
    """Return a claim of another one's class, size and access modes.

    Args:
        name: Its name.
        like: The other one.
        volume: The volume that it is to have; empty for a new one.
    """
    spec: dict[str, Any] = {
        "accessModes": list(like.access_modes),
        "storageClassName": like.storage_class,
        "resources": {"requests": {"storage": str(like.request)}},
    }
    if volume:
        spec["volumeName"] = volume
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": name},
        "spec": spec,
    }


def pod(
    name: str, claim_name: str, *, worker: str = "", past_scheduler: bool = False
) -> dict[str, Any]:
    """Return a pod that mounts a claim and does nothing until it is told to.

    Args:
        name: Its name.
        claim_name: The claim.
        worker: The worker that it must run on; empty for any.
        past_scheduler: Name the worker in the specification, so that the
            scheduler is not asked.
    """
    spec: dict[str, Any] = {
        "terminationGracePeriodSeconds": 2,
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "securityContext": {
            "runAsUser": _USER,
            "runAsGroup": _USER,
            "runAsNonRoot": True,
            "fsGroup": _USER,
        },
        "containers": [_container()],
        "volumes": [
            {"name": "disk", "persistentVolumeClaim": {"claimName": claim_name}}
        ],
    }
    if worker and past_scheduler:
        spec["nodeName"] = worker
    elif worker:
        spec["affinity"] = {"nodeAffinity": _only(worker)}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name},
        "spec": spec,
    }


def write(api: Api, on: Pod, file: str, size: int) -> str:
    """Write a random file of `size` bytes, sync it, and return its SHA-256."""
    said = _ask(api, on, "write", f"--path={FOLDER}/{file}", f"--bytes={size}")
    return str(said["sha256"])


def digest(api: Api, on: Pod, file: str) -> str:
    """Return the SHA-256 of a file; empty when it cannot be read."""
    ended = api.exec(on, [_CLIENT, "sha256", f"--path={FOLDER}/{file}"])
    return str(json.loads(ended.output)["sha256"]) if ended.ok else ""


def allocate(api: Api, on: Pod, size: int) -> Allocation:
    """Allocate a file of `size` bytes, write and read parts of it, remove it."""
    said = _ask(api, on, "fallocate", f"--path={FOLDER}/large", f"--bytes={size}")
    return Allocation(
        bytes=size,
        on_disk=int(said["on_disk"]),
        pieces=int(said["pieces_read_back"]),
        problem=str(said.get("error", "")),
    )


def available(api: Api, on: Pod) -> int:
    """Return the bytes that the pod may still write."""
    return int(_ask(api, on, "statfs", f"--path={FOLDER}")["available"])


def _ask(api: Api, on: Pod, *arguments: str) -> Mapping[str, Any]:
    """Run a command of the client in a pod; return the line that it wrote.

    Raises:
        TargetError: It wrote none.
    """
    ended = api.exec(on, [_CLIENT, *arguments], container=CONTAINER, within=60)
    lines = ended.output.splitlines()
    if ended.status not in {0, _REPORTED} or not lines:
        raise TargetError(
            f"{arguments[0]} ended with {ended.status}: {ended.errors.strip()}",
            where=f"pod {on.name}",
        )
    said: Mapping[str, Any] = json.loads(lines[-1])
    return said


def _container() -> dict[str, Any]:
    """Return the container that waits."""
    return {
        "name": CONTAINER,
        "image": IMAGE,
        "imagePullPolicy": "IfNotPresent",
        "command": [_CLIENT, "wait"],
        "resources": {
            "requests": {"cpu": "10m", "memory": "16Mi"},
            "limits": {"cpu": "500m", "memory": "64Mi"},
        },
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "volumeMounts": [{"name": "disk", "mountPath": FOLDER}],
    }


def _only(worker: str) -> dict[str, Any]:
    """Return the node affinity that admits one worker only."""
    here = {"key": "metadata.name", "operator": "In", "values": [worker]}
    return {
        "requiredDuringSchedulingIgnoredDuringExecution": {
            "nodeSelectorTerms": [{"matchFields": [here]}]
        }
    }
