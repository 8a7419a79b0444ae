"""A volume without a byte left.

A process on the machine takes what there is, and again what becomes free, until
it is ended or its own deadline is over; then its file goes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pytest_roadmap.errors import TargetError
from pytest_roadmap.target.journal import Undo
from pytest_roadmap.target.shell import END

if TYPE_CHECKING:
    from pytest_roadmap.target.data_volumes import DataVolume
    from pytest_roadmap.target.machines import Nodes
    from pytest_roadmap.target.pods import Pod

_NO_SPACE: Final = re.compile("no space left on device", re.IGNORECASE)
_LINES: Final = 60
_LEFT_BYTES: Final = 64 * 1024
# `take` halves what it asks for when the file system refuses, down to one block.
_FILL: Final = r"""
export ROADMAP_FAULT="$2"
setsid sh -c '
  file=$1/.roadmap-filler
  room() { set -- $(stat -f -c "%a %S" "$1"); echo $(( $1 * $2 )); }
  take() {
    size=$(room "$1")
    while [ "$size" -ge 4096 ]; do
      length=$(stat -c %s "$file" 2>/dev/null || echo 0)
      if fallocate -o "$length" -l "$size" "$file" 2>/dev/null; then
        left=$(room "$1")
        if [ "$left" -lt "$size" ]; then size=$left; fi
      else
        size=$(( size / 8192 * 4096 ))
      fi
    done
    dd if=/dev/zero of="$file" bs=512 oflag=append conv=notrunc 2>/dev/null
  }
  end=$(( $(date +%s) + $3 ))
  while [ "$(date +%s)" -lt "$end" ]; do
    take "$1"
    sleep 0.3 # nothing announces a block that becomes free
  done
  rm -f "$file"
' fill "$1" "$2" "$3" > /dev/null 2>&1 < /dev/null &
"""
_EMPTY: Final = (
    END
    + r"""
end_marked "$2"
rm -f "$1/.roadmap-filler"
exit 0
"""
)
_ROOM: Final = r"""
file=$1/.roadmap-filler
set -- $(stat -f -c "%a %S" "$1" 2>/dev/null)
[ $# = 2 ] || exit 0
echo $(( $1 * $2 ))
dd if=/dev/zero of="$file" bs=4096 count=16 oflag=append conv=notrunc,fsync \
  2>/dev/null && echo taken
exit 0
"""
"""Prints the available bytes, and `taken` where 64 KiB more can be written.

Some file systems show a few blocks that they give to nobody.
"""
_LEFT: Final = (
    END
    + r"""
marked "$2"
if [ -e "$1/.roadmap-filler" ]; then echo "$1/.roadmap-filler"; fi
exit 0
"""
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """A full volume under a node that knows it.

    Attributes:
        pod: The pod whose node process uses the volume.
    """

    nodes: Nodes
    volume: DataVolume
    pod: Pod
    container: str
    deadline_s: int

    def what(self) -> str:
        """Return the fault in words."""
        return f"the volume of {self.volume.claim} is full"

    def undo(self) -> tuple[Undo, ...]:
        """End the filler and remove its file."""
        argv = ("sh", "-c", _EMPTY, "roadmap", self.volume.point, self._mark)
        return (Undo(way="run", node=self.volume.machine, argv=argv),)

    def inject(self) -> None:
        """Begin to fill."""
        arguments = (self.volume.point, self._mark, str(self.deadline_s))
        self.nodes.script(self.volume.machine, _FILL, *arguments)

    def is_on(self) -> str:
        """Look for a full volume, and for a node that has noticed."""
        said = self.nodes.script(self.volume.machine, _ROOM, self.volume.point).split()
        if not said:
            return "the volume is not mounted"
        if "taken" in said or int(said[0]) > _LEFT_BYTES:
            return f"{said[0]} bytes are available"
        return "" if self._noticed() else "the node has not noticed"

    def is_off(self) -> str:
        """Look for the filler and its file."""
        arguments = (self.volume.point, self._mark)
        left = self.nodes.script(self.volume.machine, _LEFT, *arguments).split()
        return f"still there: {' '.join(left)}" if left else ""

    def _noticed(self) -> bool:
        """Whether the node has met the full volume: its log says so, or it ended."""
        if not self.nodes.processes(self.pod, self.container):
            return True
        try:
            log = self.nodes.api.logs(
                self.pod.namespace, self.pod.name, self.container, tail=_LINES
            )
        except TargetError:
            return False  # between two runs there may be no log
        return bool(_NO_SPACE.search(log))

    @property
    def _mark(self) -> str:
        """What tells this filler from others on the machine."""
        return f"roadmap-filler-{self.volume.name}"
