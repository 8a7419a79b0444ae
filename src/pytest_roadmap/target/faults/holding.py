"""A node process that is held at its start, before it opens a port.

It is stopped (SIGSTOP) within some milliseconds of its exec, which is recognised
on the node by pod and command line.  So the target's own template, image and
command stay as they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pytest_roadmap.target.journal import Undo

if TYPE_CHECKING:
    from pytest_roadmap.target.machines import Nodes
    from pytest_roadmap.target.pods import Pod

_WAIT: Final = r"""
uid=$(echo "$1" | tr - _)
end=$(( $(date +%s) + $3 ))
while [ "$(date +%s)" -lt "$end" ]; do
  for group in $(find /sys/fs/cgroup/pids /sys/fs/cgroup -maxdepth 6 -type d \
      \( -name "*$1*" -o -name "*$uid*" \) -prune 2>/dev/null | head -n 1); do
    for list in "$group"/*/cgroup.procs; do
      while read -r pid; do
        command=$(tr '\0' ' ' < "/proc/$pid/cmdline" 2>/dev/null)
        if [ "${command% }" = "$2" ]; then kill -STOP "$pid" && echo "$pid"; exit 0; fi
      done < "$list"
    done 2>/dev/null
  done
  sleep 0.01 # nothing announces a process to a shell
done
echo "no process '$2' was started" >&2
exit 1
"""
_RELEASE: Final = r"""
uid=$(echo "$1" | tr - _)
for file in $(grep -lsE -- "pod($1|$uid)" /proc/[0-9]*/cgroup); do
  folder=${file%/cgroup}
  kill -CONT "${folder#/proc/}" 2>/dev/null || true
done
"""
_LISTENS: Final = r"""
port=$(printf '%04X' "$2")
awk -v port=":$port" '$4 == "0A" && substr($2, length($2) - 4) == port {found = 1}
  END {print found + 0}' "/proc/$1/net/tcp" "/proc/$1/net/tcp6"
"""


@dataclass(slots=True, kw_only=True)
class Held:
    """A pod whose node process is held at its start."""

    nodes: Nodes
    pod: Pod
    command: str  # the node process's command line
    port: int  # none of its ports may be open; we look at this one
    within: float
    pid: str = ""

    def what(self) -> str:
        """Return the fault in words."""
        return f"the node process of {self.pod.name} is held at its start"

    def undo(self) -> tuple[Undo, ...]:
        """Let every process of the pod go on."""
        argv = ("sh", "-c", _RELEASE, "roadmap", self.pod.uid)
        return (Undo(way="run", node=self.pod.node, argv=argv),)

    def inject(self) -> None:
        """Wait for its start, and hold it."""
        seconds = str(int(self.within))
        self.pid = self.nodes.script(
            self.pod.node,
            _WAIT,
            self.pod.uid,
            self.command,
            seconds,
            within=self.within + 10,
        ).strip()

    def is_on(self) -> str:
        """Look for state T, and for no open port."""
        if self._state() != "T":
            return f"its state is {self._state() or 'gone'}"
        port = str(self.port)
        listens = self.nodes.script(self.pod.node, _LISTENS, self.pid, port).strip()
        return "" if listens == "0" else "it was held after it had opened its port"

    def is_off(self) -> str:
        """Look for any other state."""
        return "its state is still T" if self._state() == "T" else ""

    def _state(self) -> str:
        """Return the process's state, or nothing when it is gone."""
        script = "awk '/^State:/ {print $2}' \"/proc/$1/status\" 2>/dev/null || true"
        return self.nodes.script(self.pod.node, script, self.pid or "-").strip()
