"""Views of containers, and of the runs that they have."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pytest_roadmap.target.documents import Document, dig, moment
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
