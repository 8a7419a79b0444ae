"""Memory that a container's control group is charged with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pytest_roadmap.target.journal import Undo

if TYPE_CHECKING:
    from pytest_roadmap.target.machines import Nodes
    from pytest_roadmap.target.pods import Pod

_MARK: Final = "roadmap-growth"
# `tail -c N` keeps the last N bytes that it reads.  It joins the container's
# control group before it takes the first of them, and lets go after a minute.
_GROW: Final = r"""
root=/sys/fs/cgroup
if [ ! -e $root/cgroup.controllers ]; then root=$root/memory; fi
group=$(find $root -type d -name "*$1*" | head -n 1)
[ -n "$group" ] || { echo "the container has no control group" >&2; exit 1; }
export ROADMAP_FAULT="$3"
setsid sh -c '
  echo $$ > "$1/cgroup.procs" || exit 1
  { head -c "$2" /dev/zero; exec sleep 60; } | tail -c "$2" > /dev/null
' roadmap-growth "$group" "$2" > /dev/null 2>&1 < /dev/null &
"""
_SHRINK: Final = r"""
for file in $(grep -lsaF -- "ROADMAP_FAULT=$1" /proc/[0-9]*/environ); do
  pid=${file%/environ}
  kill -KILL "${pid#/proc/}" 2>/dev/null || true
done
"""
_LEFT: Final = 'grep -lsaF -- "ROADMAP_FAULT=$1" /proc/[0-9]*/environ || true'


@dataclass(frozen=True, slots=True, kw_only=True)
class Grown:
    """A container whose control group holds more than it may."""

    nodes: Nodes
    pod: Pod
    container: str
    size: int  # bytes to hold
    killed: bool  # whether the growth is meant to get something killed

    def what(self) -> str:
        """Return the fault in words."""
        return (
            f"{self.size >> 20} MiB are held in the control group of "
            f"{self.container} of {self.pod.name}"
        )

    def undo(self) -> tuple[Undo, ...]:
        """Kill what holds the memory."""
        argv = ("sh", "-c", _SHRINK, "roadmap", self._mark)
        return (Undo(way="run", node=self.pod.node, argv=argv),)

    def inject(self) -> None:
        """Begin to hold."""
        identity = self.pod.container(self.container).id
        self.nodes.script(
            self.pod.node, _GROW, identity, str(self.size), self._mark, within=30
        )

    def is_on(self) -> str:
        """Look whether it holds, or whether the kernel has already acted."""
        found = self.nodes.processes(self.pod, self.container)
        growing = [p for p in found if p.command.startswith(("tail -c", "head -c"))]
        own = [p for p in found if p.inner_pid > 0 and p not in growing]
        if growing or not own:
            return ""
        return "nothing holds memory in the control group"

    def is_off(self) -> str:
        """Look for what holds."""
        left = self.nodes.script(self.pod.node, _LEFT, self._mark).split()
        return f"{len(left)} processes still hold memory" if left else ""

    @property
    def _mark(self) -> str:
        """What tells this growth from others on the node."""
        return f"{_MARK}-{self.pod.uid}"
