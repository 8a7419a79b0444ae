"""Processes that are killed, stopped, or held before they have begun."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pytest_roadmap.target import clock
from pytest_roadmap.target.faults.fault import FaultError
from pytest_roadmap.target.journal import Undo
from pytest_roadmap.target.pulse import pulse

if TYPE_CHECKING:
    from pytest_roadmap.target.machines import Nodes, Process
    from pytest_roadmap.target.pods import Pod

_GONE = 'test ! -e "/proc/$1" || grep -q "^State:.*[ZX] " "/proc/$1/status"'
_STOP = 'kill -STOP "$1"'
_CONTINUE: Final = """
for file in $(grep -ls -- "$1" /proc/[0-9]*/cgroup); do
  folder=${file%/cgroup}
  kill -CONT "${folder#/proc/}" 2>/dev/null || true
done
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kill:
    """A process that was killed: which, and when."""

    process: Process
    at: float


def kill(nodes: Nodes, pod: Pod, container: str) -> Kill:
    """Send SIGKILL to a container's main process and see that it is gone.

    Raises:
        FaultError: It lives on.
    """
    process = nodes.process_of(pod, container)
    at = clock.now()
    nodes.script(pod.node, 'kill -KILL "$1"', str(process.pid))
    argv = ["sh", "-c", _GONE, "roadmap", str(process.pid)]
    try:
        pulse.ask_until(
            lambda: nodes.run(pod.node, argv).ok,
            within=5,
            what="the end of the killed process",
            every=0.1,
        )
    except AssertionError as error:
        raise FaultError(f"process {process.pid} of {pod.name} lives on") from error
    return Kill(process=process, at=at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopped:
    """A container's main process held by SIGSTOP."""

    nodes: Nodes
    pod: Pod
    container: str
    process: Process

    def what(self) -> str:
        """Return the fault in words."""
        return f"{self.container} of {self.pod.name} is stopped (SIGSTOP)"

    def undo(self) -> tuple[Undo, ...]:
        """Let every process of the container go on."""
        identity = self.pod.container(self.container).id
        argv = ("sh", "-c", _CONTINUE, "roadmap", identity)
        return (Undo(way="run", node=self.pod.node, argv=argv),)

    def inject(self) -> None:
        """Stop the process."""
        self.nodes.script(self.pod.node, _STOP, str(self.process.pid))

    def is_on(self) -> str:
        """Look for state T in /proc."""
        state = self._state()
        return "" if state in {"T", "t"} else f"its state is {state or 'gone'}"

    def is_off(self) -> str:
        """Look for any other state, or for no such process."""
        state = self._state()
        return "its state is still T" if state in {"T", "t"} else ""

    def _state(self) -> str:
        """Return the process's state, or nothing when it is gone."""
        found = self.nodes.processes(self.pod, self.container)
        return next((p.state for p in found if p.pid == self.process.pid), "")
