"""Packets that reach their peers late: constant delay, jitter, held packets.

The packets are those that a pod sends from or to a P2P port; kubelet probes
and calls to the RPC pass.  That they are late is seen from inside the pods:
connecting takes longer by the delays of both ends, and no longer elsewhere.
"""

from __future__ import annotations

import json
import statistics
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from pytest_roadmap.errors import TargetError, UnavailableError
from pytest_roadmap.target.faults import connecting
from pytest_roadmap.target.faults import delay_scripts as scripts
from pytest_roadmap.target.faults.fault import Fault
from pytest_roadmap.target.journal import Undo

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_roadmap.target.faults.connecting import ConnectTimes, Place
    from pytest_roadmap.target.machines import Nodes
    from pytest_roadmap.target.pods import Pod

_CONNECTS: Final = 3  # for each pair and port
_CONNECTS_OF_JITTER: Final = 5
_TOLERANCE: Final = 0.1  # of the delay that is wanted
_BACK_MS: Final = 5.0  # how near to the times of before a healed pod has to be
_SPREAD: Final = 0.65  # of the deviation that two uniform draws have


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What the program that holds a pod's packets tells of itself.

    `error_ms` is by how much it held packets too long: median, p95, p99, max.
    """

    pod: str
    packets: int
    dropped: int
    dropped_held: int
    most_held: int
    dropping: bool
    error_ms: Mapping[str, float]


@dataclass(slots=True, kw_only=True)
class Delayed:
    """Pods whose P2P packets are late.

    Attributes:
        pods: Whose packets wait.
        among: The pods between which connections are measured.
        port: The P2P port.
        other_port: One that must stay as quick as it was.
        delay: Seconds that a packet waits.
        jitter: By how many seconds that differs at most, drawn for each packet.
        seed: Of the generator that draws.
        apart: The addresses that dropping on command is about, by pod; those
            of a pod that is not in it are all.
        soon: The addresses to which nothing is late.
        by_queue: Whether netem will not do, because packets are to be dropped.
        places: What the machines have, by name.
        before: Connect times without the delay.
        now: Connect times as measured last.
    """

    nodes: Nodes
    pods: tuple[Pod, ...]
    among: tuple[Pod, ...]
    port: int
    other_port: int
    delay: float
    jitter: float = 0.0
    seed: int = 1
    apart: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    soon: tuple[str, ...] = ()
    by_queue: bool = False
    places: dict[str, Place] = field(default_factory=dict)
    before: ConnectTimes | None = None
    now: ConnectTimes | None = None

    def what(self) -> str:
        """Return the fault in words."""
        names = ", ".join(pod.name for pod in self.pods)
        spread = f" ± {self.jitter * 1000:g} ms" if self.jitter else ""
        return f"P2P of {names} is late by {self.delay * 1000:g} ms{spread}"

    def undo(self) -> tuple[Undo, ...]:
        """Take rules and queues away, and end what empties them."""
        by_node: dict[str, list[str]] = {}
        for pod in self.pods:
            by_node.setdefault(pod.node, []).extend((pod.uid, mark(pod)))
        return tuple(
            Undo(way="run", node=node, argv=("sh", "-c", scripts.STOP, "-", *which))
            for node, which in by_node.items()
        )

    def inject(self) -> None:
        """Measure how it is without the delay, and begin it everywhere at once.

        Raises:
            UnavailableError: The kernel has neither netem nor NFQUEUE.
        """
        self.places = connecting.prepared(self.nodes, (*self.pods, *self.among))
        if self.before is None:
            self.before = self._measured()
        with ThreadPoolExecutor(len(self.pods)) as pool:
            list(pool.map(self._start, self.pods))

    def is_on(self) -> str:
        """Measure connections between the pods: late as wanted, others as before."""
        self.now = self._measured()
        wanted = {self._wanted(one, other) for one, other, _ in self.now.ms}
        wrong = [self._judged(ms, self.now) for ms in sorted(wanted)]
        return "; ".join(filter(None, [*wrong, self._spread(), self._elsewhere()]))

    def is_off(self) -> str:
        """Look for rules, queues and processes, and measure connections again."""
        left = [
            line
            for pod in self.pods
            for line in self.nodes.script(
                pod.node, scripts.LEFT, pod.uid, mark(pod)
            ).splitlines()
        ]
        if left:
            return f"still there: {'; '.join(left)}"
        if self.before is None:
            return ""  # it never began
        self.now = self._measured()
        more = self.now.median(self.port) - self.before.median(self.port)
        return "" if more <= _BACK_MS else f"connecting takes {more:.1f} ms longer"

    def rise(self, wanted: float) -> float:
        """Return by how many ms those pairs are slower that should be by `wanted`."""
        now = self.now or self._was()

        def asked(one: str, other: str) -> bool:
            """Whether a pair is meant."""
            return self._wanted(one, other) == wanted

        return now.median(self.port, asked) - self._was().median(self.port, asked)

    def rises(self) -> dict[float, float]:
        """Return by how many ms connecting is slower, by how many it should be."""
        times = self.now or self._was()
        wanted = sorted({self._wanted(one, other) for one, other, _ in times.ms})
        return {ms: self.rise(ms) for ms in wanted}

    def rise_from(self, pod: Pod) -> float:
        """Measure by how many ms a pod's own connections are slower than before."""
        others = [one for one in self.among if one.name != pod.name]
        now = connecting.measure(
            self.nodes,
            others,
            (self.port,),
            self.places,
            count=_CONNECTS,
            froms=(pod,),
        )

        def own(one: str, _: str) -> bool:
            """Whether it is one of the pod's own connections."""
            return one == pod.name

        return now.median(self.port) - self._was().median(self.port, own)

    def reports(self) -> tuple[Report, ...]:
        """Return what the programs tell of themselves; none with netem."""
        with ThreadPoolExecutor(len(self.pods)) as pool:
            return tuple(filter(None, pool.map(self._report, self.pods)))

    # ------------------------------------------------------------------ one pod

    def _start(self, pod: Pod) -> None:
        """Begin the delay of one pod."""
        way = self.places[pod.node].way
        if way == "-":
            raise UnavailableError(
                f"the kernel of {pod.node} has neither netem nor NFQUEUE"
            )
        times = (f"{self.delay * 1000:g}ms", f"{self.jitter * 1000:g}ms")
        if way == "netem" and not (self.by_queue or self.soon):
            self.nodes.script(
                pod.node, scripts.START_NETEM, pod.uid, str(self.port), *times
            )
            return
        self.nodes.script(
            pod.node,
            scripts.START_QUEUE,
            pod.uid,
            mark(pod),
            str(self.port),
            self.places[pod.node].tool,
            f"--delay={times[0]}",
            f"--jitter={times[1]}",
            f"--seed={self.seed}",
            f"--to={','.join(self.apart.get(pod.name, ()))}",
            f"--soon={','.join(self.soon)}",
        )

    def _report(self, pod: Pod) -> Report | None:
        """Return what one program tells of itself."""
        try:
            text = self.nodes.script(pod.node, scripts.REPORT, mark(pod))
        except TargetError:
            return None
        told = json.loads(text)
        return Report(
            pod=pod.name,
            packets=int(told["packets"]),
            dropped=int(told["dropped"]),
            dropped_held=int(told["dropped_held"]),
            most_held=int(told["most_held"]),
            dropping=bool(told["dropping"]),
            error_ms={name: float(ms) for name, ms in told["error_ms"].items()},
        )

    # ---------------------------------------------------------------- measuring

    def _measured(self) -> ConnectTimes:
        """Measure connections between the pods."""
        return connecting.measure(
            self.nodes,
            self.among,
            (self.port, self.other_port),
            self.places,
            count=_CONNECTS_OF_JITTER if self.jitter else _CONNECTS,
        )

    def _was(self) -> ConnectTimes:
        """Return the times of before."""
        return self.before or connecting.ConnectTimes(ms={})

    def _wanted(self, one: str, other: str) -> float:
        """Return by how many ms connecting from one pod to another should be late.

        The request is held by the one, and the answer by the other.
        """
        late = {pod.name for pod in self.pods}
        soon = {pod.name for pod in self.among if pod.ip in self.soon}
        ways = ((one, other), (other, one))
        held = sum(sender in late and to not in soon for sender, to in ways)
        return self.delay * 1000 * held

    def _judged(self, wanted: float, now: ConnectTimes) -> str:
        """Say what is wrong with the pairs that should be late by so many ms."""
        more = self.rise(wanted)
        if abs(more - wanted) <= _TOLERANCE * (wanted or self.delay * 1000):
            return ""
        return (
            f"connecting takes {more:.1f} ms longer, not {wanted:g} ms "
            f"(of {len(now.of(self.port))} connections in all)"
        )

    def _spread(self) -> str:
        """Say what is wrong with the deviation of jittered connections."""
        if not self.jitter or self.now is None:
            return ""
        values = self.now.of(self.port)
        wanted = _SPREAD * self.jitter * 1000 * (2 / 3) ** 0.5
        found = statistics.pstdev(values) if values else 0.0
        if found >= wanted:
            return ""
        return f"the connect times' deviation is {found:.0f} ms, not {wanted:.0f} ms"

    def _elsewhere(self) -> str:
        """Say what is wrong with the port that should be as quick as before."""
        if self.now is None:
            return ""
        port = self.other_port
        more = self.now.median(port) - self._was().median(port)
        if more <= _TOLERANCE * self.delay * 1000:
            return ""
        return f"connecting to port {port} takes {more:.1f} ms longer too"


class Delay(Fault):
    """A delay as a fault; it can tell how well it keeps to what was asked."""

    @property
    def works(self) -> Delayed:
        """How it works."""
        assert isinstance(self._works, Delayed)  # noqa: S101 - `Faults` made it so
        return self._works


def mark(pod: Pod) -> str:
    """Return what tells the delay of a pod from others on its node."""
    return f"roadmap-delay-{pod.uid}"
