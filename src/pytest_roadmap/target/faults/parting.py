"""A partition: pods that cannot reach one another, and how one sees it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pytest_roadmap.target.faults.fault import Fault

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pytest_roadmap.target.faults.cutting import Mason, Passage, Wall
    from pytest_roadmap.target.journal import Undo
    from pytest_roadmap.target.pods import Pod


@dataclass(slots=True, kw_only=True)
class Partition:
    """Pods that cannot reach one another.

    Attributes:
        mason: Puts its walls up.
        says: The fault in words.
        walls: The walls, by which P2P is cut.
        barred: The connects that must fail, as pairs of addresses, from and to.
        members: Everybody among whom connects are tried.
        beside: Every partition of this process, this one included.
        standing: Whether its walls are up.
    """

    mason: Mason
    says: str
    walls: tuple[Wall, ...]
    barred: frozenset[tuple[str, str]]
    members: tuple[Pod, ...]
    beside: list[Partition] = field(repr=False)
    standing: bool = False

    def what(self) -> str:
        """Return the fault in words."""
        return self.says

    def undo(self) -> tuple[Undo, ...]:
        """Take the walls down."""
        return self.mason.undo(wall.pod for wall in self.walls)

    def inject(self) -> None:
        """Put the walls up."""
        self.beside.append(self)
        self.standing = True
        self.mason.put(self.walls)

    def is_on(self) -> str:
        """Look for connects that fail where they must, and for barred packets.

        A rule alone proves nothing; and who shall still meet must meet.
        """
        found = self.connects()
        for pair, result in found.items():
            wanted = self._wanted(pair)
            if result not in wanted:
                return f"{self._link(pair)} is {result}, not {' or '.join(wanted)}"
        lacking = self.barred - found.keys()
        if lacking:
            return f"{self._link(min(lacking))} cannot be tried: a pod is gone"
        return self._barred_nothing()

    def is_off(self) -> str:
        """Look for walls, and for connects that still come to nothing."""
        self.standing = False
        if self in self.beside:
            self.beside.remove(self)
        passages = self.passages()
        left = [w.pod.name for w in self.walls if passages.get(w.pod.uid)]
        if left:
            return f"the rules are still there: {', '.join(left)}"
        there = {pod.ip for pod in self.members if pod.uid in passages}
        for pair, result in self.connects().items():
            free = there.issuperset(pair) and not self._barred_now(pair)
            # A refusal without rules is one of the node's own: it does not run.
            if pair in self.barred and free and result not in {"open", "refused"}:
                return f"{self._link(pair)} is {result}"
        return ""

    def know(self, pod: Pod, barred: Iterable[tuple[str, str]]) -> None:
        """Take a pod that was replaced in, and what its new address is barred from."""
        others = (member for member in self.members if member.name != pod.name)
        self.members = (*others, pod)
        self.barred |= frozenset(barred)

    def connects(self) -> dict[tuple[str, str], str]:
        """Try every connect among the members."""
        return self.mason.connects(self.members)

    def passages(self) -> dict[str, Passage | None]:
        """Return what the walls have counted, by the pod's uid."""
        pods = {p.uid: p for p in (*self.members, *(w.pod for w in self.walls))}
        return self.mason.passages(pods.values())

    def turned_back(self, pods: Iterable[Pod]) -> int:
        """Return how many packets of these pods' own have been barred."""
        passages = self.passages()
        found = [passages.get(pod.uid) for pod in pods]
        return sum(passage.barred_out for passage in found if passage)

    def _wanted(self, pair: tuple[str, str]) -> tuple[str, ...]:
        """Return what may come of a connect while this partition is on."""
        if pair in self.barred:
            return ("refused",) if self.mason.resets else ("silent",)
        if self._barred_now(pair):
            return ("refused", "silent")
        return ("open",)

    def _barred_now(self, pair: tuple[str, str]) -> bool:
        """Whether any partition that stands bars a connect."""
        return any(pair in one.barred for one in self.beside if one.standing)

    def _barred_nothing(self) -> str:
        """Return which wall has barred no packet; empty for none."""
        passages = self.passages()
        for wall in self.walls:
            seen = passages.get(wall.pod.uid)
            if seen is None:
                return f"{wall.pod.name} has no rules"
            if wall.outward.bars and not seen.barred_in + seen.barred_out:
                return f"no packet of {wall.pod.name} was dropped"
            if wall.outward.bars and not wall.inward.bars and not seen.passed_in:
                return f"{wall.pod.name} does not hear the others"
        return ""

    def _link(self, pair: tuple[str, str]) -> str:
        """Return a connect in words."""
        names = {pod.ip: pod.name for pod in self.members}
        return " to ".join(names.get(address, address) for address in pair)


class Cut(Fault):
    """A partition as a fault: `partition` tells what it bars, whoever makes it."""

    partition: Partition
