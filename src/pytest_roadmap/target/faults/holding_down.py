"""Nodes that are killed, and may not come back before we let them.

A process is killed on its machine, its pod deleted by force, and a quota keeps
the controller from making another one.  A controller that was refused waits
longer and longer before it tries again; so whoever lets a node return touches
its StatefulSet, which makes the controller look at once.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from pytest_roadmap.target import clock
from pytest_roadmap.target.faults.fault import Fault
from pytest_roadmap.target.faults.killing import Kill, end, gone
from pytest_roadmap.target.journal import Undo
from pytest_roadmap.target.workloads import Quota

if TYPE_CHECKING:
    from pytest_roadmap.target.faults.deadline import Deadlines
    from pytest_roadmap.target.heal import Healer
    from pytest_roadmap.target.journal import Journal
    from pytest_roadmap.target.machines import Nodes
    from pytest_roadmap.target.pods import Pod
    from pytest_roadmap.target.space import Space

QUOTA: Final = "roadmap-held-down"
TOUCHED: Final = "pytest-roadmap.dev/held-down"
_KNOWN_S = 15.0  # until the quota is counted
_CLOSE_S = 1.0  # events are dated in whole seconds


@dataclass(slots=True, kw_only=True)
class HeldDown:
    """Pods of one workload that are gone and may not be made anew."""

    space: Space
    nodes: Nodes
    workload: str  # Kind/name
    container: str
    pods: tuple[Pod, ...]
    kills: dict[str, Kill] = field(default_factory=dict)  # by pod
    began: float = 0.0

    def what(self) -> str:
        """Return the fault in words."""
        names = ", ".join(pod.name for pod in self.pods)
        return f"{names} of {self.space} held down"

    def undo(self) -> tuple[Undo, ...]:
        """Take the quota away, then let the controller look again."""
        quota = Undo(
            way="delete", object=f"ResourceQuota/{QUOTA}", namespace=self.space.name
        )
        touches = (
            Undo(
                way="patch",
                object=self.workload,
                namespace=self.space.name,
                patch=json.dumps(_touched(word)),
            )
            for word in ("released", None)
        )
        return (quota, *touches)

    def inject(self) -> None:
        """Forbid pods; then kill the processes and delete their pods, all at once."""
        self.began = clock.now()
        self.space.events.wait_synced()
        self._forbid(0)
        self.space.quotas.until_one(
            QUOTA,
            lambda quota: "pods" in quota.used,
            within=_KNOWN_S,
            what="the quota to be counted",
        )
        victims = [(pod, self.container) for pod in self.pods]
        self.kills = end(self.space.api, self.nodes, victims)

    def is_on(self) -> str:
        """Look for a process, a pod, and for the refusal of a new pod."""
        for pod in self.pods:
            if not gone(self.nodes, self.kills[pod.name]):
                return f"the process of {pod.name} lives on"
            if self.space.pods.get(pod.name) is not None:
                return f"the pod {pod.name} is there"
            if not self._refused(pod.name):
                return f"nothing has refused a new pod {pod.name}"
        return ""

    def is_off(self) -> str:
        """Look for the quota, and for our mark."""
        if self.space.api.find(Quota, QUOTA, self.space.name) is not None:
            return "the quota is still there"
        kind, _, name = self.workload.partition("/")
        document = self.space.api.read(kind, name, self.space.name)
        marks = document["metadata"].get("annotations") or {}
        return "our mark is still there" if TOUCHED in marks else ""

    def let_return(self, count: int) -> None:
        """Allow so many more pods than there are now."""
        there = sum(not pod.ended for pod in self.space.pods.now())
        self._forbid(there + count)
        self.space.quotas.until_one(
            QUOTA,
            lambda quota: quota.hard.get("pods") == there + count,
            within=_KNOWN_S,
            what="the quota to be counted anew",
        )
        kind, _, name = self.workload.partition("/")
        self.space.api.patch(kind, name, _touched(str(count)), self.space.name)

    def _forbid(self, above: int) -> None:
        """Let the namespace have so many pods at most."""
        quota = {
            "apiVersion": "v1",
            "kind": "ResourceQuota",
            "metadata": {"name": QUOTA},
            "spec": {"hard": {"pods": str(above)}},
        }
        self.space.apply(quota)

    def _refused(self, pod: str) -> bool:
        """Whether an event says that the quota has refused a new pod of this name."""
        return any(
            event.reason == "FailedCreate"
            and event.about == self.workload
            and pod in event.message
            and QUOTA in event.message
            and event.last >= self.began - _CLOSE_S
            for event in self.space.events.now()
        )


class HoldDown(Fault):
    """The fault, which can let one node return before the others.

    Attributes:
        kills: The killed processes, by pod.
    """

    def __init__(
        self,
        works: HeldDown,
        journal: Journal,
        healer: Healer,
        *,
        within: float,
        deadlines: Deadlines,
    ) -> None:
        super().__init__(works, journal, healer, within=within, deadlines=deadlines)
        self._held = works

    @property
    def kills(self) -> dict[str, Kill]:
        """The killed processes, by pod."""
        return self._held.kills

    def let_return(self, count: int = 1) -> float:
        """Let so many of them be made anew; return when it was allowed."""
        self._held.let_return(count)
        return clock.now()


def _touched(word: str | None) -> dict[str, object]:
    """Return a merge patch that changes nothing but our mark."""
    return {"metadata": {"annotations": {TOUCHED: word}}}
