"""Where the API serves each kind of object."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """A kind of object, and the path under which the API serves it."""

    version: str  # as in apiVersion: "v1", "apps/v1"
    kind: str
    plural: str
    namespaced: bool = True

    def path(self, namespace: str = "", name: str = "", part: str = "") -> str:
        """Return the path of all objects, of one (`name`), or of its subresource."""
        root = "/apis" if "/" in self.version else "/api"
        steps = [f"{root}/{self.version}"]
        if self.namespaced and namespace:
            steps += ["namespaces", namespace]
        steps += [step for step in (self.plural, name, part) if step]
        return "/".join(steps)


def _core(kind: str, plural: str, *, namespaced: bool = True) -> Resource:
    """Return a resource of the core group."""
    return Resource(version="v1", kind=kind, plural=plural, namespaced=namespaced)


def _group(
    version: str, kind: str, plural: str, *, namespaced: bool = True
) -> Resource:
    """Return a resource of a named group."""
    return Resource(version=version, kind=kind, plural=plural, namespaced=namespaced)


_KNOWN = (
    _core("Pod", "pods"),
    _core("Service", "services"),
    _core("Endpoints", "endpoints"),
    _core("ConfigMap", "configmaps"),
    _core("Secret", "secrets"),
    _core("Event", "events"),
    _core("ServiceAccount", "serviceaccounts"),
    _core("PersistentVolumeClaim", "persistentvolumeclaims"),
    _core("PersistentVolume", "persistentvolumes", namespaced=False),
    _core("ResourceQuota", "resourcequotas"),
    _core("LimitRange", "limitranges"),
    _core("Namespace", "namespaces", namespaced=False),
    _core("Node", "nodes", namespaced=False),
    _group("apps/v1", "StatefulSet", "statefulsets"),
    _group("apps/v1", "Deployment", "deployments"),
    _group("apps/v1", "DaemonSet", "daemonsets"),
    _group("apps/v1", "ReplicaSet", "replicasets"),
    _group("apps/v1", "ControllerRevision", "controllerrevisions"),
    _group("batch/v1", "Job", "jobs"),
    _group("batch/v1", "CronJob", "cronjobs"),
    _group("policy/v1", "PodDisruptionBudget", "poddisruptionbudgets"),
    _group("discovery.k8s.io/v1", "EndpointSlice", "endpointslices"),
    _group("coordination.k8s.io/v1", "Lease", "leases"),
    _group("networking.k8s.io/v1", "NetworkPolicy", "networkpolicies"),
    _group("networking.k8s.io/v1", "Ingress", "ingresses"),
    _group("rbac.authorization.k8s.io/v1", "Role", "roles"),
    _group("rbac.authorization.k8s.io/v1", "RoleBinding", "rolebindings"),
    _group(
        "rbac.authorization.k8s.io/v1", "ClusterRole", "clusterroles", namespaced=False
    ),
    _group(
        "rbac.authorization.k8s.io/v1",
        "ClusterRoleBinding",
        "clusterrolebindings",
        namespaced=False,
    ),
    _group("storage.k8s.io/v1", "StorageClass", "storageclasses", namespaced=False),
    _group(
        "scheduling.k8s.io/v1", "PriorityClass", "priorityclasses", namespaced=False
    ),
)
_BY_KIND = {resource.kind: resource for resource in _KNOWN}


def known(kind: str, version: str = "") -> Resource | None:
    """Return the resource of a kind that every cluster serves, or None.

    Args:
        kind: For example "StatefulSet".
        version: Its apiVersion, where known: another group's kind of the same
            name is none of ours.
    """
    resource = _BY_KIND.get(kind)
    if resource is None or (version and version != resource.version):
        return None
    return resource
