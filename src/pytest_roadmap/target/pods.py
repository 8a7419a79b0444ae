"""Views of pods and of their containers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pytest_roadmap.target.objects import Document, Object, dig, moment, resource
from pytest_roadmap.target.quantities import quantity

if TYPE_CHECKING:
    from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a container that has ended, or goes on.

    Attributes:
        state: waiting, running or terminated.
        reason: Such as CrashLoopBackOff, PodInitializing, OOMKilled, Completed.
        message: Its termination message, or why it waits.
        exit_code: None unless it has ended.
    """

    state: str
    reason: str
    message: str
    exit_code: int | None
    started: float | None
    finished: float | None


def _run(document: Document) -> Run | None:
    """Return the run in a container's `state` or `lastState`, or None."""
    for state in ("running", "terminated", "waiting"):
        if state in document:
            body = document[state]
            code = body.get("exitCode")
            return Run(
                state=state,
                reason=body.get("reason") or "",
                message=body.get("message") or "",
                exit_code=None if code is None else int(code),
                started=moment(body, "startedAt"),
                finished=moment(body, "finishedAt"),
            )
    return None


_NEVER = Run("waiting", "", "", None, None, None)


@dataclass(frozen=True, slots=True)
class Container:
    """A container: its specification and its status."""

    spec: Document = field(repr=False)
    status: Document = field(repr=False)

    @property
    def name(self) -> str:
        """Its name."""
        return str(self.spec["name"])

    @property
    def id(self) -> str:
        """The id of its present (or last) run, without the runtime's name."""
        return str(self.status.get("containerID") or "").rpartition("/")[2]

    @property
    def image(self) -> str:
        """The image that was asked for."""
        return str(self.spec.get("image") or "")

    @property
    def image_id(self) -> str:
        """The image that runs, by digest."""
        return str(self.status.get("imageID") or "")

    @property
    def ready(self) -> bool:
        """Whether its readiness probe has said yes."""
        return bool(self.status.get("ready"))

    @property
    def started(self) -> bool:
        """Whether its startup probe has said yes."""
        return bool(self.status.get("started"))

    @property
    def restarts(self) -> int:
        """How often it was started again in its pod."""
        return int(self.status.get("restartCount") or 0)

    @property
    def now(self) -> Run:
        """Its present state."""
        return _run(self.status.get("state") or {}) or _NEVER

    @property
    def last(self) -> Run | None:
        """How its run before the present one ended, or None."""
        return _run(self.status.get("lastState") or {})

    @property
    def running(self) -> bool:
        """Whether it runs now."""
        return self.now.state == "running"

    @property
    def ever_started(self) -> bool:
        """Whether it has run at any time."""
        return self.now.state != "waiting" or self.last is not None

    def request(self, what: str) -> Fraction | None:
        """Return the request for "cpu" or "memory", or None."""
        value = dig(self.spec, "resources", "requests", what)
        return None if value is None else quantity(value)

    def limit(self, what: str) -> Fraction | None:
        """Return the limit on "cpu" (cores) or "memory" (bytes), or None."""
        value = dig(self.spec, "resources", "limits", what)
        return None if value is None else quantity(value)

    def probe(self, kind: str) -> Document:
        """Return the "readiness", "liveness" or "startup" probe; empty for none."""
        return dict(self.spec.get(f"{kind}Probe") or {})

    def probe_bears(self, kind: str) -> float:
        """Return the seconds of failing that a probe bears before it acts."""
        probe = self.probe(kind)
        return float(probe.get("periodSeconds", 10) * self.failure_threshold(kind))

    def failure_threshold(self, kind: str) -> int:
        """Return how many failures of a probe in a row it takes to act."""
        return int(self.probe(kind).get("failureThreshold", 3))

    @property
    def variables(self) -> tuple[tuple[str, str], ...]:
        """Its environment as declared: name and value (or where it comes from)."""
        entries = self.spec.get("env") or []
        return tuple(
            (e["name"], str(e.get("value", e.get("valueFrom")))) for e in entries
        )

    @property
    def command(self) -> tuple[str, ...]:
        """Its command and arguments as declared."""
        return (*self.spec.get("command", ()), *self.spec.get("args", ()))

    def __str__(self) -> str:
        """Return name, state and restarts."""
        run = self.now
        words = [self.name, run.state, run.reason]
        words += [f"exit {run.exit_code}"] if run.exit_code is not None else []
        words += [f"{self.restarts} restarts"] if self.restarts else []
        return " ".join(word for word in words if word)


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
