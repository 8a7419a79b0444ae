"""Memory that a container's control group is charged with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pytest_roadmap.errors import TargetError
from pytest_roadmap.target import memory
from pytest_roadmap.target.faults.killing import Kill, gone
from pytest_roadmap.target.journal import Undo

if TYPE_CHECKING:
    from pytest_roadmap.target.machines import Nodes, Process
    from pytest_roadmap.target.pods import Pod

_FULL: Final = 0.9  # the share of the wanted bytes at which a growth counts as on
_OWN_BYTES: Final = 12 << 20  # what a node may take by itself in the same seconds
# The bytes are a file in memory that a process in the container's control group
# writes: they are charged to the group, but make nobody's own memory large.  So
# the kernel picks its victim as it would without us.  Without a victim the file
# is held until the deadline, and goes with its file system.
_GROW: Final = r"""
root=/sys/fs/cgroup
if [ ! -e $root/cgroup.controllers ]; then root=$root/memory; fi
group=$(find $root -type d -name "*$1*" | head -n 1)
[ -n "$group" ] || { echo "the container has no control group" >&2; exit 1; }
folder=/run/$3
mkdir -p "$folder"
mount -t tmpfs -o "size=$(( $2 + 1048576 ))" tmpfs "$folder"
export ROADMAP_FAULT="$3"
setsid sh -c '
  fill="echo \$\$ > \"\$1/cgroup.procs\" && exec head -c \$2 /dev/zero > \"\$3/held\""
  if sh -c "$fill" fill "$1" "$2" "$3"; then sleep "$4"; fi
  umount -l "$3" && rmdir "$3"
' grow "$group" "$2" "$folder" "$4" > /dev/null 2>&1 < /dev/null &
"""
_SHRINK: Final = r"""
for file in $(grep -lsaF -- "ROADMAP_FAULT=$1" /proc/[0-9]*/environ); do
  pid=${file%/environ}
  kill -KILL "${pid#/proc/}" 2>/dev/null || true
done
if [ -d "/run/$1" ]; then umount -l "/run/$1" 2>/dev/null; rmdir "/run/$1"; fi
exit 0
"""
_LEFT: Final = r"""
grep -lsaF -- "ROADMAP_FAULT=$1" /proc/[0-9]*/environ
if [ -d "/run/$1" ]; then echo "/run/$1"; fi
exit 0
"""
_KILLS: Final = 'dmesg | grep -c -- "oom-kill:.*$1" || true'


@dataclass(frozen=True, slots=True, kw_only=True)
class Grown:
    """A container whose control group holds more than it may, or than it did.

    Attributes:
        size: The bytes to hold.
        over: The working set before, where the growth is to be seen on top of
            it; None where it is to fill the group.
        deadline_s: When it lets go by itself.
    """

    nodes: Nodes
    pod: Pod
    container: str
    size: int
    over: int | None = None
    deadline_s: int = 60

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
            self.pod.node,
            _GROW,
            identity,
            str(self.size),
            self._mark,
            str(self.deadline_s),
            within=30,
        )

    def is_on(self) -> str:
        """Look whether the group is full, or whether the kernel has already acted."""
        try:
            if self.over is not None:
                return self._is_over(self.over)
            group = self.nodes.control_group(self.pod, self.container)
        except TargetError:
            return ""  # this run of the container has ended
        full = min(self.size, group.memory_limit or self.size)
        if group.memory_used >= full * _FULL:
            return ""
        return (
            f"the control group holds {group.memory_used >> 20} MiB of "
            f"{full >> 20} MiB: what should hold them may have been killed instead"
        )

    def _is_over(self, before: int) -> str:
        """Look whether the working set has grown by as much as is held."""
        now = memory.of(self.nodes, self.pod, self.container).working_set
        most = self.size + max((1 - _FULL) * self.size, _OWN_BYTES)
        if _FULL * self.size <= now - before <= most:
            return ""
        return f"the working set has grown by {(now - before) >> 20} MiB"

    def is_off(self) -> str:
        """Look for what holds."""
        left = self.nodes.script(self.pod.node, _LEFT, self._mark).split()
        return f"still there: {' '.join(left)}" if left else ""

    @property
    def _mark(self) -> str:
        """What tells this growth from others on the node."""
        return f"roadmap-growth-{self.pod.uid}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Starved(Grown):
    """A container whose process the kernel has killed for want of memory.

    What is held fits into the limit beside half of the process: the kernel kills
    once, and the room suffices for everybody else in the control group.
    """

    process: Process

    def what(self) -> str:
        """Return the fault in words."""
        return f"the kernel kills {self.container} of {self.pod.name}: no memory left"

    def is_on(self) -> str:
        """Look for the process, and for its end in the kernel's log."""
        victim = Kill(process=self.process, machine=self.pod.node, at=0.0)
        if not gone(self.nodes, victim):
            return f"process {self.process.pid} lives on"
        identity = self.pod.container(self.container).id
        kills = self.nodes.script(self.pod.node, _KILLS, identity).strip()
        return "" if int(kills) else "the kernel has killed nobody in its control group"
