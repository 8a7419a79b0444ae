"""Whether the roles of a chain have all their pods, and which of them run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_roadmap.errors import TargetError
from pytest_roadmap.target.pulse import pulse
from pytest_roadmap.target.workloads import Deployment, StatefulSet

if TYPE_CHECKING:
    from pytest_roadmap.target.chain import ChainInstance
    from pytest_roadmap.target.chain_node import ChainNode
    from pytest_roadmap.target.containers import Container
    from pytest_roadmap.target.profile import Role


def wait(
    instance: ChainInstance, role: Role, *, within: float, replicas: int | None
) -> None:
    """Wait until the workload says so, and our own view of its pods agrees.

    Args:
        instance: The chain.
        role: Which of its roles.
        within: Seconds to wait at most.
        replicas: How many pods; None for as many as it declares.

    Raises:
        NeverHappenedError: It does not settle.
    """
    kind = StatefulSet if role.kind == "StatefulSet" else Deployment
    watch = instance.cluster.watches.of(kind, instance.name)

    def settled() -> bool:
        """Whether it has."""
        found = watch.get(role.object)
        wanted = found.replicas if found and replicas is None else replicas
        pods = [pod for pod in instance.pods_of(role) if not pod.ended]
        return (
            found is not None
            and found.settled
            and found.replicas == wanted
            and len(pods) == wanted
            and all(pod.ready for pod in pods)
        )

    pulse.until(
        settled,
        within=within,
        what=f"{role.reference} to settle",
        seen=lambda: f"{watch.get(role.object)}; {instance.pods.brief()}",
    )


def complete(instance: ChainInstance) -> bool:
    """Whether every role has as many Ready pods as its object declares."""
    for role in instance.profile.roles:
        kind = StatefulSet if role.kind == "StatefulSet" else Deployment
        found = instance.cluster.watches.of(kind, instance.name).get(role.object)
        ready = sum(pod.ready for pod in instance.pods_of(role))
        if found is None or ready < found.replicas:
            return False
    return True


def running(instance: ChainInstance) -> tuple[str, ...]:
    """Return the pods whose node container has started, Ready ones first."""
    found = [
        pod
        for role in (instance.profile.validators, instance.profile.full)
        if role is not None
        for pod in instance.pods_of(role)
        if _answers(pod.container(role.container)) and not pod.deleting
    ]
    return tuple(pod.name for pod in sorted(found, key=lambda pod: not pod.ready))


def _answers(container: Container) -> bool:
    """Whether a container runs, and its startup probe (if any) has said yes."""
    return container.running and container.started


def tells_address(node: ChainNode) -> bool:
    """Whether a validator has told its address; a Ready one may be slow to."""
    try:
        return bool(node.address)
    except TargetError:
        return False
