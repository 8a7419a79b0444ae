"""Which system was measured: cluster, versions and images, as key=value pairs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_roadmap.target.objects import Namespace, Node
from pytest_roadmap.target.requests import ApiError

if TYPE_CHECKING:
    from pytest_roadmap.target.chain import ChainInstance
    from pytest_roadmap.target.cluster import Cluster
    from pytest_roadmap.target.profile import Profile


def of_cluster(cluster: Cluster) -> tuple[tuple[str, str], ...]:
    """Return the cluster's identity: uid, versions, nodes."""
    version = cluster.api.requests.call("GET", "/version")
    nodes = cluster.api.list(Node)
    kubelets = {node.at("status", "nodeInfo", "kubeletVersion") for node in nodes}
    runtimes = {
        node.at("status", "nodeInfo", "containerRuntimeVersion") for node in nodes
    }
    kernels = {node.at("status", "nodeInfo", "kernelVersion") for node in nodes}
    return (
        ("cluster_uid", cluster.api.get(Namespace, "kube-system").uid),
        ("kubernetes", str(version["gitVersion"])),
        ("kubelet", ",".join(sorted(kubelets))),
        ("runtime", ",".join(sorted(runtimes))),
        ("kernel", ",".join(sorted(kernels))),
        ("nodes", str(len(nodes))),
    )


def of_profile(profile: Profile) -> tuple[tuple[str, str], ...]:
    """Return the profile's identity."""
    return (("profile", profile.name), ("profile_sha256", profile.digest))


def of_chain(instance: ChainInstance) -> tuple[tuple[str, str], ...]:
    """Return an instance's identity: namespace, chain id, image digests."""
    images = {
        container.image_id
        for role in instance.profile.roles
        for pod in instance.pods_of(role)
        for container in pod.all_containers
        if container.image_id
    }
    pairs = [("namespace", instance.name), ("chain_id", instance.profile.chain_id)]
    if instance.overlay is not None:
        pairs.append(("overlay", f"{instance.overlay.name} {instance.overlay.digest}"))
    pairs += [("image", image) for image in sorted(images)]
    return tuple(pairs)


def of(
    cluster: Cluster, profile: Profile, *instances: ChainInstance
) -> tuple[tuple[str, str], ...]:
    """Return the identity of everything that a probe has measured."""
    pairs = list(of_profile(profile))
    try:
        pairs = [*of_cluster(cluster), *pairs]
    except ApiError as error:  # a user who may not read nodes still gets the rest
        pairs.append(("cluster_uid", f"unknown: {error.what}"))
    for instance in instances:
        pairs += of_chain(instance)
    return tuple(pairs)
