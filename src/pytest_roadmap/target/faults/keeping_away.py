"""What the API itself can do to a chain: fewer replicas, nodes without places."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_roadmap.target.journal import Undo
from pytest_roadmap.target.objects import Node

if TYPE_CHECKING:
    from pytest_roadmap.target.api import Api
    from pytest_roadmap.target.space import Space


@dataclass(frozen=True, slots=True, kw_only=True)
class ScaledAway:
    """A workload with fewer replicas than it declares."""

    space: Space
    kind: str
    name: str
    replicas: int
    before: int

    def what(self) -> str:
        """Return the fault in words."""
        return f"{self.kind}/{self.name} of {self.space} is scaled to {self.replicas}"

    def undo(self) -> tuple[Undo, ...]:
        """Scale it back."""
        reference = f"{self.kind}/{self.name}"
        return (
            Undo(
                way="scale",
                object=reference,
                namespace=self.space.name,
                replicas=self.before,
            ),
        )

    def inject(self) -> None:
        """Scale it."""
        self.space.api.scale(self.kind, self.name, self.replicas, self.space.name)

    def is_on(self) -> str:
        """Look whether it has no more pods than that."""
        found = self._status("replicas")
        return "" if found <= self.replicas else f"it still has {found} pods"

    def is_off(self) -> str:
        """Look whether the former number is asked for again."""
        document = self.space.api.read(self.kind, self.name, self.space.name)
        found = document["spec"].get("replicas")
        return "" if found == self.before else f"it is still scaled to {found}"

    def _status(self, field: str) -> int:
        """Return a number of the workload's status."""
        watch = (
            self.space.sets if self.kind == "StatefulSet" else self.space.deployments
        )
        return int(watch[self.name].at("status", field, default=0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Cordoned:
    """A node that takes no new pods."""

    api: Api
    node: str

    def what(self) -> str:
        """Return the fault in words."""
        return f"node {self.node} is cordoned"

    def undo(self) -> tuple[Undo, ...]:
        """Uncordon it."""
        return (Undo(way="uncordon", node=self.node),)

    def inject(self) -> None:
        """Cordon it."""
        self.api.patch(Node, self.node, {"spec": {"unschedulable": True}})

    def is_on(self) -> str:
        """Look at its specification."""
        cordoned = self.api.get(Node, self.node).cordoned
        return "" if cordoned else "it still takes pods"

    def is_off(self) -> str:
        """Look at its specification."""
        return "it is still cordoned" if not self.is_on() else ""
