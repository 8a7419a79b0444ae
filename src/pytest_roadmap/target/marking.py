"""Our mark on a cluster: a ConfigMap that says who made it."""

from __future__ import annotations

import getpass
import json
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_roadmap import __version__

if TYPE_CHECKING:
    from pytest_roadmap.target.commands import CommandResult, Feed
    from pytest_roadmap.target.nodes import EngineNodes

NAMESPACE = "roadmap-system"
CONFIG_MAP = "cluster"
LEASE = "run"
_MANAGER = "pytest-roadmap"
_ANSWER_S = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Who made a cluster: a user on a machine, in one run of one version."""

    owner: str
    version: str
    run: str


def mark(run: str) -> Mark:
    """Return the mark that this process puts on a cluster."""
    owner = f"{getpass.getuser()}@{socket.gethostname()}"
    return Mark(owner=owner, version=__version__, run=run)


def manifest(it: Mark) -> str:
    """Return the objects of a mark, as YAML."""
    labels = {"app.kubernetes.io/managed-by": _MANAGER}
    namespace = {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {"name": NAMESPACE, "labels": labels},
    }
    config_map = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": CONFIG_MAP, "namespace": NAMESPACE, "labels": labels},
        "data": {"owner": it.owner, "version": it.version, "run": it.run},
    }
    return f"{json.dumps(namespace)}\n---\n{json.dumps(config_map)}\n"


def read(nodes: EngineNodes) -> Mark | None:
    """Return the mark on the cluster of `nodes`, None if it bears none of ours."""
    result = kubectl(
        nodes, "get", "configmap", CONFIG_MAP, f"--namespace={NAMESPACE}", "-o=json"
    )
    if not result.ok:
        return None
    found = json.loads(result.stdout)
    labels = found["metadata"].get("labels") or {}
    if labels.get("app.kubernetes.io/managed-by") != _MANAGER:
        return None
    data = found.get("data") or {}
    return Mark(**{name: str(data.get(name, "")) for name in Mark.__dataclass_fields__})


def answers(nodes: EngineNodes) -> bool:
    """Whether the API server of the cluster of `nodes` answers."""
    return kubectl(nodes, "get", "--raw=/readyz").ok


def holder(nodes: EngineNodes) -> str:
    """Return who holds the lease on the cluster of `nodes`, empty for nobody."""
    path = "-o=jsonpath={.spec.holderIdentity}"
    return kubectl(
        nodes, "get", "lease", LEASE, f"--namespace={NAMESPACE}", path
    ).stdout.strip()


def kubectl(
    nodes: EngineNodes,
    *arguments: str,
    stdin: bytes | Feed | None = None,
    timeout_s: float = _ANSWER_S,
) -> CommandResult:
    """Run kubectl on the control plane, as the cluster's administrator."""
    return nodes.run(
        nodes.control_plane,
        ["kubectl", "--kubeconfig=/etc/kubernetes/admin.conf", *arguments],
        stdin=stdin,
        timeout_s=timeout_s,
    )
