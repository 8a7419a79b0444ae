"""Views of pods; those of their containers are in `containers`."""

from __future__ import annotations

from dataclasses import dataclass

from pytest_roadmap.target.containers import Container, Run
from pytest_roadmap.target.documents import dig, moment, resource
from pytest_roadmap.target.objects import Object

__all__ = ["Container", "Pod", "Run"]


@dataclass(frozen=True, slots=True)
class Pod(Object):
    """A pod."""

    resource = resource("Pod")

    @property
    def ready(self) -> bool:
        """Whether its Ready condition is True and it is not being deleted."""
        return self.holds("Ready") and not self.deleting

    @property
    def ready_since(self) -> float | None:
        """When its Ready condition last changed (whole seconds)."""
        condition = self.condition("Ready")
        return condition.since if condition else None

    @property
    def phase(self) -> str:
        """Pending, Running, Succeeded or Failed."""
        return str(self.at("status", "phase", default=""))

    @property
    def ended(self) -> bool:
        """Whether all its containers have ended for good."""
        return self.phase in {"Succeeded", "Failed"}

    @property
    def stays(self) -> bool:
        """Whether it neither has ended nor is being deleted."""
        return not self.ended and not self.deleting

    @property
    def evicted(self) -> bool:
        """Whether its kubelet has ended it for want of memory or disk."""
        return self.phase == "Failed" and self.at("status", "reason") == "Evicted"

    @property
    def node(self) -> str:
        """The node that it is on; empty before it is placed."""
        return str(self.at("spec", "nodeName", default=""))

    @property
    def ip(self) -> str:
        """Its address; empty before it has one."""
        return str(self.at("status", "podIP", default=""))

    @property
    def deleted_at(self) -> float | None:
        """When its deletion was asked for (whole seconds), or None.

        The API keeps the moment at which its grace ends; we take the grace off.
        """
        end = moment(self.raw, "metadata", "deletionTimestamp")
        return None if end is None else end - self.deletion_grace

    @property
    def deletion_grace(self) -> int:
        """The seconds of grace with which it is being deleted."""
        return int(self.at("metadata", "deletionGracePeriodSeconds", default=0))

    @property
    def grace(self) -> int:
        """The seconds of grace that it declares."""
        return int(self.at("spec", "terminationGracePeriodSeconds", default=30))

    @property
    def revision(self) -> str:
        """The revision of the template that it was made from."""
        labels = self.labels
        return labels.get("controller-revision-hash") or labels.get(
            "pod-template-hash", ""
        )

    @property
    def ordinal(self) -> int | None:
        """Its number in its StatefulSet, or None."""
        number = self.name.rpartition("-")[2]
        return int(number) if number.isdigit() else None

    @property
    def containers(self) -> tuple[Container, ...]:
        """Its containers, without the init containers."""
        return self._containers("containers", "containerStatuses")

    @property
    def init_containers(self) -> tuple[Container, ...]:
        """Its init containers, in their order."""
        return self._containers("initContainers", "initContainerStatuses")

    @property
    def all_containers(self) -> tuple[Container, ...]:
        """Init containers, then the others."""
        return self.init_containers + self.containers

    def container(self, name: str) -> Container:
        """Return a container (of either sort) by its name.

        Raises:
            KeyError: It has none of this name.
        """
        for container in self.all_containers:
            if container.name == name:
                return container
        raise KeyError(name)

    @property
    def restarts(self) -> int:
        """The restarts of all its containers, init containers included."""
        return sum(container.restarts for container in self.all_containers)

    @property
    def claims(self) -> tuple[str, ...]:
        """The names of the claims that it mounts."""
        volumes = self.at("spec", "volumes", default=[])
        names = (dig(v, "persistentVolumeClaim", "claimName") for v in volumes)
        return tuple(name for name in names if name)

    @property
    def problem(self) -> str:
        """Why it is not Ready, most telling first; empty when it is."""
        if self.ready:
            return ""
        telling = [str(c) for c in self.all_containers if _is_telling(c)]
        scheduled = self.condition("PodScheduled")
        if scheduled and not scheduled.holds and scheduled.message:
            telling.append(scheduled.message)
        return "; ".join(telling)

    def _containers(self, specs: str, statuses: str) -> tuple[Container, ...]:
        """Return the containers of one sort, each with its status."""
        known = {s["name"]: s for s in self.at("status", statuses, default=[])}
        return tuple(
            Container(spec, known.get(spec["name"], {}))
            for spec in self.at("spec", specs, default=[])
        )

    def __str__(self) -> str:
        """Return its name and how it is, in a few words."""
        how = "Ready" if self.ready else f"{self.phase or 'new'} not Ready"
        how = "being deleted" if self.deleting else how
        details = f" ({self.problem})" if self.problem else ""
        return f"{self.name} {how}{details}"


def _is_telling(container: Container) -> bool:
    """Whether a container's state says why its pod is not Ready."""
    run = container.now
    if run.state == "terminated":
        return run.exit_code != 0
    return (
        container.restarts > 0
        or (run.state == "waiting" and run.reason not in {"", "PodInitializing"})
        or (run.state == "running" and not container.ready)
    )
