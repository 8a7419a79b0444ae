"""A volume's file system that stands still: who writes to it waits.

A watchdog on the machine thaws it after a deadline in any case, so that a
runner that is gone leaves nobody hanging.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pytest_roadmap.target.journal import Undo
from pytest_roadmap.target.shell import END

if TYPE_CHECKING:
    from pytest_roadmap.target.data_volumes import DataVolume
    from pytest_roadmap.target.machines import Nodes

_FREEZE: Final = r"""
export ROADMAP_FAULT="$2"
setsid sh -c 'sleep "$2"; fsfreeze -u "$1"' watchdog "$1" "$3" \
  > /dev/null 2>&1 < /dev/null &
fsfreeze -f "$1" || exit 1
rm -f "/run/$2"
setsid sh -c '
  dd if=/dev/zero of="$1/.roadmap-sync" bs=4096 count=1 conv=fsync && : > "/run/$2"
  rm -f "$1/.roadmap-sync"
' helper "$1" "$2" > /dev/null 2>&1 < /dev/null &
"""
_THAW: Final = (
    END
    + r"""
fsfreeze -u "$1" 2>/dev/null  # an error: it was not frozen, or is not there any more
for turn in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
  for file in $(marked "$2"); do cat "${file%/environ}/comm"; done 2>/dev/null |
    grep -qx dd || break
  sleep 0.25 # nothing announces to a shell that a process is done
done
end_marked "$2"
rm -f "/run/$2" "$1/.roadmap-sync"
exit 0
"""
)
_LOOK: Final = (
    END
    + r"""
for file in $(marked "$1"); do
  folder=${file%/environ}
  awk '/^Name:/ {name = $2} /^State:/ {print name, $2}' "$folder/status" 2>/dev/null
done
if [ -e "/run/$1" ]; then echo "returned"; fi
exit 0
"""
)
"""Prints name and state of each process of ours, and whether the fsync returned."""
_SYNC: Final = r"""
[ -d "$1" ] || { echo gone; exit 0; }
timeout 5 dd if=/dev/zero of="$1/.roadmap-sync" bs=4096 count=1 conv=fsync \
  2>/dev/null && echo returned
rm -f "$1/.roadmap-sync"
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frozen:
    """A frozen file system."""

    nodes: Nodes
    volume: DataVolume
    deadline_s: int

    def what(self) -> str:
        """Return the fault in words."""
        return f"the file system of {self.volume.claim} is frozen"

    def undo(self) -> tuple[Undo, ...]:
        """Thaw it, and end the watchdog."""
        argv = ("sh", "-c", _THAW, "roadmap", self.volume.point, self._mark)
        return (Undo(way="run", node=self.volume.machine, argv=argv),)

    def inject(self) -> None:
        """Start the watchdog, freeze, and let a helper try to write and sync."""
        self.nodes.script(
            self.volume.machine,
            _FREEZE,
            self.volume.point,
            self._mark,
            str(self.deadline_s),
        )

    def is_on(self) -> str:
        """Look for the helper: it must hang, and in the kernel."""
        seen = self.nodes.script(self.volume.machine, _LOOK, self._mark).splitlines()
        if "returned" in seen:
            return "a write with fsync came back"
        return "" if "dd D" in seen else f"no fsync hangs: {', '.join(seen)}"

    def is_off(self) -> str:
        """See a new fsync return, and nothing of ours left."""
        machine = self.volume.machine
        left = self.nodes.script(machine, _LOOK, self._mark).splitlines()
        if left:
            return f"still there: {', '.join(left)}"
        seen = self.nodes.script(machine, _SYNC, self.volume.point).strip()
        return "" if seen else "a write with fsync does not come back"

    @property
    def _mark(self) -> str:
        """What tells this fault from others on the machine."""
        return f"roadmap-frozen-{self.volume.name}"
