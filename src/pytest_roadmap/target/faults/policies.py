"""A split by NetworkPolicies: what a mistake in somebody's manifests would do.

The policies know pods by their names, so that a replaced pod stays on its side.
What a network does with connections that stand already is its own affair; many
let them live, and then this is a cut for new connections only.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from pytest_roadmap.target.journal import Undo
from pytest_roadmap.target.requests import ApiError

if TYPE_CHECKING:
    from pytest_roadmap.target.faults.cutting import Mason
    from pytest_roadmap.target.pods import Pod
    from pytest_roadmap.target.space import Space

_BY_NAME: Final = "statefulset.kubernetes.io/pod-name"
_KIND: Final = "NetworkPolicy"


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicySplit:
    """Sides of a chain whose pods take P2P connections of their own side only.

    Attributes:
        mason: Tries the connects; its name is that of the policies.
        space: The chain's namespace.
        sides: The pods of each side.
    """

    mason: Mason
    space: Space
    sides: tuple[tuple[Pod, ...], ...]

    def what(self) -> str:
        """Return the fault in words."""
        names = " | ".join(", ".join(pod.name for pod in side) for side in self.sides)
        return f"NetworkPolicies split the network: {names}"

    def undo(self) -> tuple[Undo, ...]:
        """Delete the policies."""
        return tuple(
            Undo(
                way="delete",
                object=f"{_KIND}/{self._name(number)}",
                namespace=self.space.name,
            )
            for number in range(len(self.sides))
        )

    def inject(self) -> None:
        """Apply the policies."""
        self.space.apply(*(self.policy(number) for number in range(len(self.sides))))

    def is_on(self) -> str:
        """Look for connects that fail across the sides and succeed within them."""
        return self._differing(across={"silent", "refused", "unreachable"})

    def is_off(self) -> str:
        """Look for policies, and for connects that still fail."""
        for number in range(len(self.sides)):
            try:
                self.space.api.read(_KIND, self._name(number), self.space.name)
            except ApiError as error:
                if not error.missing:
                    raise
                continue
            return f"the policy {self._name(number)} is still there"
        return self._differing(across={"open", "refused"})

    def policy(self, number: int) -> dict[str, Any]:
        """Return the policy of a side: its P2P for itself, all else for everybody."""
        chosen = {
            "matchExpressions": [
                {
                    "key": _BY_NAME,
                    "operator": "In",
                    "values": [pod.name for pod in self.sides[number]],
                }
            ]
        }
        p2p = self.mason.port
        others = {
            port["containerPort"]
            for pod in self.sides[number]
            for container in pod.containers
            for port in container.spec.get("ports") or ()
        } - {p2p}
        return {
            "apiVersion": "networking.k8s.io/v1",
            "kind": _KIND,
            "metadata": {"name": self._name(number)},
            "spec": {
                "podSelector": chosen,
                "policyTypes": ["Ingress"],
                "ingress": [
                    {"from": [{"podSelector": chosen}], "ports": [{"port": p2p}]},
                    {"ports": [{"port": port} for port in sorted(others)]},
                ],
            },
        }

    def _name(self, number: int) -> str:
        """Return the name of a side's policy."""
        return f"{self.mason.name.lower()}-{number}"

    def _differing(self, across: set[str]) -> str:
        """Return a connect that does not come out as it should; empty for none."""
        members = tuple(itertools.chain(*self.sides))
        side_of = {p.ip: number for number, side in enumerate(self.sides) for p in side}
        names = {pod.ip: pod.name for pod in members}
        for (one, other), result in self.mason.connects(members).items():
            apart = side_of[one] != side_of[other]
            wanted = across if apart else {"open", "refused"}
            if result not in wanted:
                return f"{names[one]} to {names[other]} is {result}"
        return ""
