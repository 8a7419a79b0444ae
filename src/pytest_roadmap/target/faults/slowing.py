"""A volume whose device takes few writes a second from one container.

The container's control group is throttled on the volume's own loop device, so
that nobody else's writes, not even those on the same disk, are slower.
"""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pytest_roadmap.target.journal import Undo
from pytest_roadmap.target.shell import GROUP

if TYPE_CHECKING:
    from pytest_roadmap.target.data_volumes import DataVolume
    from pytest_roadmap.target.machines import Nodes
    from pytest_roadmap.target.pods import Pod

_SYNCS: Final = 9  # whose median is taken
_LEAST_S: Final = 0.020  # ten times what a good disk takes …
_LEAST_SLOWER: Final = 2  # … and one that is slow already is slower all the same
_MARGIN: Final = 1.1  # above what must be reached
_SET: Final = (
    GROUP
    + r"""
group=$(group_of "$1" blkio)
[ -n "$group" ] || { echo "the container has no control group" >&2; exit "$4"; }
if [ $version = 2 ]; then
  if [ "$3" = 0 ]; then echo "$2 wiops=max"; else echo "$2 wiops=$3"; fi \
    > "$group/io.max"
else
  echo "$2 $3" > "$group/blkio.throttle.write_iops_device"
fi
"""
)
_READ: Final = (
    GROUP
    + r"""
group=$(group_of "$1" blkio)
[ -n "$group" ] || exit 0
if [ $version = 2 ]; then
  sed -n "s/^$2 .*wiops=\([0-9]*\).*/\1/p" "$group/io.max"
else
  awk -v device="$2" '$1 == device {print $2}' \
    "$group/blkio.throttle.write_iops_device"
fi
"""
)
# A writer in the container's control group, on its volume; dd's own time covers the
# write and the fsync, and not its start.
_SYNC: Final = (
    GROUP
    + r"""
group=$(group_of "$1" blkio)
[ -n "$group" ] || { echo "the container has no control group" >&2; exit 1; }
file=$2/.roadmap-sync
sh -c '
  echo $$ > "$1/cgroup.procs" || exit 1
  for turn in $(seq "$3"); do
    dd if=/dev/zero of="$2" bs=4096 count=1 conv=fsync,notrunc 2>&1 |
      sed -n "s/.*copied, \([0-9.e-]*\) s.*/\1/p"
  done
' sync "$group" "$file" "$3"
rm -f "$file"
"""
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Slowed:
    """A slow volume.

    Attributes:
        before_s: How long an fsync took before, as `sync_seconds` said.
        limit: The former limit of writes a second; 0 for none.
    """

    nodes: Nodes
    volume: DataVolume
    pod: Pod
    container: str
    before_s: float
    limit: int

    @property
    def wanted_s(self) -> float:
        """How long an fsync must take at least."""
        return max(_LEAST_S, _LEAST_SLOWER * self.before_s)

    def what(self) -> str:
        """Return the fault in words."""
        return f"{self.container} of {self.pod.name} may write {self._rate} times a s"

    def undo(self) -> tuple[Undo, ...]:
        """Restore the former limit; a container that is gone has none."""
        argv = ("sh", "-c", _SET, "roadmap", *self._place, str(self.limit), "0")
        return (Undo(way="run", node=self.volume.machine, argv=argv),)

    def inject(self) -> None:
        """Set the limit."""
        machine = self.volume.machine
        self.nodes.script(machine, _SET, *self._place, str(self._rate), "1")

    def is_on(self) -> str:
        """Measure an fsync."""
        taken = sync_seconds(self.nodes, self.volume, self.pod, self.container)
        if taken >= self.wanted_s:
            return ""
        return f"an fsync takes {taken * 1000:.1f} ms, not {self.wanted_s * 1000:.1f}"

    def is_off(self) -> str:
        """Look at the limit."""
        now = limit_of(self.nodes, self.volume, self.pod, self.container)
        return "" if now == self.limit else f"the limit is still {now} writes a second"

    @property
    def _rate(self) -> int:
        """The writes a second that are allowed."""
        return max(1, int(1 / (_MARGIN * self.wanted_s)))

    @property
    def _place(self) -> tuple[str, str]:
        """The container's id, and the device."""
        return self.pod.container(self.container).id, self.volume.device


def sync_seconds(nodes: Nodes, volume: DataVolume, pod: Pod, container: str) -> float:
    """Return the median time of a 4 KiB write with fsync, as a container has it."""
    arguments = (pod.container(container).id, volume.point, str(_SYNCS))
    text = nodes.script(volume.machine, _SYNC, *arguments, within=60)
    return statistics.median(float(word) for word in text.split())


def limit_of(nodes: Nodes, volume: DataVolume, pod: Pod, container: str) -> int:
    """Return how many writes a second a container may make; 0 for no limit."""
    arguments = (pod.container(container).id, volume.device)
    text = nodes.script(volume.machine, _READ, *arguments).strip()
    return int(text) if text else 0
