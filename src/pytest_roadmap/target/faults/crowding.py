"""Neighbours that burn all the CPU time they get.

Each is a BestEffort pod with busy loops, on a machine of its own and in a
namespace of its own, and ends by its own deadline.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from pytest_roadmap.errors import TargetError
from pytest_roadmap.target.journal import Undo

if TYPE_CHECKING:
    from pytest_roadmap.target.machines import Nodes
    from pytest_roadmap.target.pods import Pod
    from pytest_roadmap.target.space import Space

_IMAGE: Final = "docker.io/pytest-roadmap/tools:1"  # is in every node's image
_CONTAINER: Final = "busy"
# `wait` in the trap's shell: a signal must end the loops at once.
_LOOPS: Final = r"""
for turn in $(seq "$1"); do sh -c 'while :; do :; done' & done
trap 'kill $(jobs -p); exit 0' TERM
wait
"""
_WINDOW_S: Final = 2.0  # over which is looked, at least
_IDLE_PERCENT: Final = 5.0
_BUSY_PERCENT: Final = 50.0
_STAT: Final = r"""
awk -v ticks="$(getconf CLK_TCK)" '/^cpu / {
  for (i = 2; i <= 8; i++) all += $i
  print all / ticks, ($5 + $6) / ticks
} /^cpu[0-9]/ {cores++} END {print cores}' /proc/stat
"""
"""Prints the seconds of all cores, those in which they were idle, and the cores.

What the machine below has taken (steal, the ninth field) nobody here had.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reading:
    """What was counted by a moment, in seconds."""

    wall: float
    all: float
    idle: float
    ours: float


@dataclass(slots=True, kw_only=True)
class Crowded:
    """Machines full of busy neighbours.

    Attributes:
        space: The namespace of the neighbours; it sets no defaults for pods.
        machines: One neighbour for each.
        loops: How many loops each of them runs.
        deadline_s: When they end by themselves.
    """

    nodes: Nodes
    space: Space
    machines: tuple[str, ...]
    loops: int
    deadline_s: int
    _since: _Reading | None = field(default=None, init=False)

    def what(self) -> str:
        """Return the fault in words."""
        return f"{len(self.machines)} neighbours run {self.loops} busy loops each"

    def undo(self) -> tuple[Undo, ...]:
        """Delete them."""
        return tuple(
            Undo(way="delete", object=f"Pod/{name}", namespace=self.space.name)
            for name in self._names
        )

    def inject(self) -> None:
        """Start them, and wait until all of them run.

        Raises:
            NeverHappenedError: They do not.
        """
        self.space.pods.wait_synced()
        pods = zip(self._names, self.machines, strict=True)
        self.space.apply(*(self._pod(name, machine) for name, machine in pods))
        self.space.pods.until(
            lambda known: sum(pod.ready for pod in known) == len(self.machines),
            within=90,
            what=f"{len(self.machines)} busy neighbours to run",
        )
        self._since = self._read()

    def is_on(self) -> str:
        """Look whether the machines are busy, and by whom, since the last look."""
        since, now = self._since, self._read()
        if since is None or now.wall - since.wall < _WINDOW_S:
            return "it is too early to tell"
        self._since = now  # other work of the first seconds must not count for ever
        total = max(now.all - since.all, 1e-9)
        idle = 100 * (now.idle - since.idle) / total
        ours = 100 * (now.ours - since.ours) / total
        if idle < _IDLE_PERCENT and ours >= _BUSY_PERCENT:
            return ""
        return f"{idle:.0f} % of the CPU time is idle, the neighbours use {ours:.0f} %"

    def is_off(self) -> str:
        """Look for their pods."""
        left = [pod.name for pod in self.space.pods.now() if pod.name in self._names]
        return f"still there: {', '.join(left)}" if left else ""

    def _read(self) -> _Reading:
        """Read the machines' counters and the neighbours'.

        Nodes that are containers of one machine all see that machine's counters,
        so what the first of them says is taken once; on machines of their own
        the neighbours' shares would be added up for that.

        Raises:
            TargetError: A neighbour does not run any more.
        """
        first, *others = [
            tuple(map(float, self.nodes.script(machine, _STAT).split()))
            for machine in self.machines
        ]
        # Counters that are the same within a second are those of one machine.
        apart = [one for one in others if abs(one[0] - first[0]) > 10 * first[2]]
        every = [first, *apart]
        ours = sum(self._used(pod) for pod in self._pods())
        return _Reading(
            wall=every[0][0] / every[0][2],
            all=sum(one[0] for one in every),
            idle=sum(one[1] for one in every),
            ours=ours,
        )

    def _used(self, pod: Pod) -> float:
        """Return the CPU seconds that a neighbour has used."""
        return self.nodes.control_group(pod, _CONTAINER).cpu_seconds

    def _pods(self) -> tuple[Pod, ...]:
        """Return their pods.

        Raises:
            TargetError: One is gone.
        """
        found = tuple(pod for pod in self.space.pods.now() if pod.name in self._names)
        if len(found) < len(self.machines):
            raise TargetError("a busy neighbour is gone", where=str(self.space))
        return found

    @property
    def _names(self) -> tuple[str, ...]:
        """The names of their pods."""
        return tuple(f"busy-{number}" for number in range(len(self.machines)))

    def _pod(self, name: str, machine: str) -> dict[str, Any]:
        """Return the manifest of a neighbour."""
        command = ["sh", "-c", _LOOPS, "busy", str(self.loops)]
        return best_effort(name, machine, _CONTAINER, command, self.deadline_s)


def best_effort(
    name: str, machine: str, container: str, command: list[str], deadline_s: int
) -> dict[str, Any]:
    """Return the manifest of a pod that puts its machine under load, by a deadline.

    It has no requests and no limits, so that it is BestEffort, and bears every taint.
    """
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name},
        "spec": {
            "nodeName": machine,
            "restartPolicy": "Never",
            "activeDeadlineSeconds": deadline_s,
            "terminationGracePeriodSeconds": 1,
            "automountServiceAccountToken": False,
            "enableServiceLinks": False,
            "securityContext": {"runAsNonRoot": True, "runAsUser": 65532},
            "tolerations": [{"operator": "Exists"}],
            "containers": [
                {
                    "name": container,
                    "image": _IMAGE,
                    "imagePullPolicy": "IfNotPresent",
                    "command": command,
                }
            ],
        },
    }
