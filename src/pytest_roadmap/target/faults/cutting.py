"""Walls: what a pod lets through on its P2P port, as rules in its own namespace.

They are about the P2P port only, at either end of a connection: probes of the
kubelet and calls to the RPC pass.  A wall is put up and taken down in one step
of the kernel's, and stays when a container is started again, for the namespace
is the pod's.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pytest_roadmap.target.faults import cutting_scripts
from pytest_roadmap.target.journal import Undo

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from pytest_roadmap.target.machines import Nodes
    from pytest_roadmap.target.pods import Pod

DROP: Final = "DROP"
RESET: Final = "REJECT --reject-with tcp-reset"
_OPEN: Final = "RETURN"
_BARRING: Final = frozenset({"DROP", "REJECT"})
_CONNECT_SECONDS: Final = 1.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which addresses pass in one direction, and which do not.

    Those in no list pass, unless the filter is `closed`.  Who is `admitted`
    passes older walls of the same pod as well.
    """

    passing: tuple[str, ...] = ()
    barred: tuple[str, ...] = ()
    admitted: tuple[str, ...] = ()
    closed: bool = False

    @property
    def bars(self) -> bool:
        """Whether it keeps anybody out."""
        return self.closed or bool(self.barred)

    def rules(self, chain: str, flag: str, verdict: str) -> list[str]:
        """Return the rules in the kernel's words."""
        decided = [
            *((address, "ACCEPT") for address in self.admitted),
            *((address, _OPEN) for address in self.passing),
            *((address, verdict) for address in self.barred),
        ]
        return [
            *(f"-A {chain} -p tcp {flag} {whom} -j {what}" for whom, what in decided),
            *([f"-A {chain} -p tcp -j {verdict}"] if self.closed else []),
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wall:
    """The filters of one pod."""

    pod: Pod
    inward: Filter
    outward: Filter


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """How many packets a wall has barred and let pass, in either direction."""

    barred_in: int = 0
    barred_out: int = 0
    passed_in: int = 0
    passed_out: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Mason:
    """Puts walls of one name up, takes them down, and tries them.

    Attributes:
        nodes: The machines.
        name: What tells these walls from others; at most 20 characters.
        port: The P2P port.
        verdict: What becomes of a barred packet.
    """

    nodes: Nodes
    name: str
    port: int
    verdict: str = DROP

    @property
    def resets(self) -> bool:
        """Whether who is barred gets an answer: a reset."""
        return self.verdict == RESET

    def put(self, walls: tuple[Wall, ...]) -> None:
        """Put walls up, on all machines at once.

        Raises:
            TargetError: A pod is gone, or its kernel refuses the rules.
        """
        arguments = {w.pod.uid: (w.pod.uid, self._rules(w)) for w in walls}
        self._everywhere(
            (wall.pod for wall in walls),
            lambda pods: (
                cutting_scripts.PUT,
                *itertools.chain.from_iterable(arguments[p.uid] for p in pods),
            ),
        )

    def undo(self, pods: Iterable[Pod]) -> tuple[Undo, ...]:
        """Return the steps that take walls down, one for each machine."""
        down = [
            "*filter",
            *(f"-D {rule}" for rule in self._jumps()),
            *(f"-F {self.name}-{way}" for way in ("IN", "OUT")),
            *(f"-X {self.name}-{way}" for way in ("IN", "OUT")),
            "COMMIT",
        ]
        head = (
            "sh",
            "-c",
            cutting_scripts.TAKE,
            "roadmap",
            f"{self.name}-IN",
            "\n".join(down),
        )
        return tuple(
            Undo(way="run", node=machine, argv=(*head, *(p.uid for p in group)))
            for machine, group in _by_machine(pods).items()
        )

    def passages(self, pods: Iterable[Pod]) -> dict[str, Passage | None]:
        """Return what each wall has counted, by the pod's uid.

        None is a pod without a wall; pods that are gone are left out.
        """
        said = self._everywhere(
            pods,
            lambda group: (cutting_scripts.COUNT, self.name, *(p.uid for p in group)),
        )
        rows = defaultdict(list)
        for uid, way, packets, target in map(str.split, said):
            rows[uid].append((way, int(packets), target))
        return {uid: _passage(found) for uid, found in rows.items()}

    def connects(self, pods: Iterable[Pod]) -> dict[tuple[str, str], str]:
        """Try a TCP connect from each pod to each other; return what came of it.

        The answers, by the two addresses: open, refused, silent, unreachable.
        Of a pod that is gone nothing is told.
        """
        members = tuple(pods)
        address = {pod.uid: pod.ip for pod in members}

        def tried(pod: Pod) -> str:
            """Return a pod and the addresses that it tries, as an argument."""
            others = ",".join(p.ip for p in members if p.uid != pod.uid)
            return f"{pod.uid}/{others}"

        head = (cutting_scripts.CONNECT, str(self.port), str(_CONNECT_SECONDS))
        said = self._everywhere(members, lambda group: (*head, *map(tried, group)))
        return {
            (address[uid], other): result for uid, other, result in map(str.split, said)
        }

    def _rules(self, wall: Wall) -> str:
        """Return a wall in the words of `iptables-restore`."""
        into, out = f"{self.name}-IN", f"{self.name}-OUT"
        # A reset is an answer of the wall itself, and must get through it.
        resets = f"-p tcp -m tcp --tcp-flags RST RST -j {_OPEN}"
        lines = [
            "*filter",
            f":{into} - [0:0]",
            f":{out} - [0:0]",
            f"-A {into} -i lo -j {_OPEN}",
            f"-A {out} -o lo -j {_OPEN}",
            *(f"-A {chain} {resets}" for chain in (into, out) if self.resets),
            *wall.inward.rules(into, "-s", self.verdict),
            *wall.outward.rules(out, "-d", self.verdict),
            *(f"-I {rule}" for rule in self._jumps()),
            "COMMIT",
        ]
        return "\n".join(lines)

    def _jumps(self) -> list[str]:
        """Return the rules that lead P2P packets to the wall."""
        return [
            f"{hook} -p tcp -m tcp {side} {self.port} -j {self.name}-{way}"
            for hook, way in (("INPUT", "IN"), ("OUTPUT", "OUT"))
            for side in ("--sport", "--dport")
        ]

    def _everywhere(
        self, pods: Iterable[Pod], command: Callable[[list[Pod]], tuple[str, ...]]
    ) -> list[str]:
        """Run a script for the pods of each machine, at once; return the lines."""
        groups = _by_machine(pods)
        if not groups:
            return []

        def run(machine: str) -> str:
            """Run it on one machine."""
            script, *arguments = command(groups[machine])
            return self.nodes.script(machine, script, *arguments)

        with ThreadPoolExecutor(len(groups)) as pool:
            return [
                line for text in pool.map(run, groups) for line in text.splitlines()
            ]


def _by_machine(pods: Iterable[Pod]) -> Mapping[str, list[Pod]]:
    """Return pods by the machine that they are on."""
    groups: dict[str, list[Pod]] = defaultdict(list)
    for pod in pods:
        groups[pod.node].append(pod)
    return groups


def _passage(rows: Iterable[tuple[str, int, str]]) -> Passage | None:
    """Return the sums of a wall's counters; None for no wall."""
    sums: dict[tuple[str, bool], int] = defaultdict(int)
    for way, packets, target in rows:
        if way != "here":
            sums[way, target in _BARRING] += packets
    if not sums:
        return None
    return Passage(
        barred_in=sums["IN", True],
        barred_out=sums["OUT", True],
        passed_in=sums["IN", False],
        passed_out=sums["OUT", False],
    )
