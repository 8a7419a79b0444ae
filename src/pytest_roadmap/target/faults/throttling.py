"""A container that gets less CPU time than it wants.

The quota of its control group is made smaller; the former one is in the
journal, so that whoever heals can restore it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from pytest_roadmap.errors import TargetError
from pytest_roadmap.target.journal import Undo
from pytest_roadmap.target.shell import GROUP

if TYPE_CHECKING:
    from pytest_roadmap.target.machines import ControlGroup, Nodes
    from pytest_roadmap.target.pods import Pod

_LEAST_QUOTA_US: Final = 1_000  # what the kernel takes
_PERIOD_US: Final = 100_000
_LONGEST_PERIOD_US: Final = 1_000_000
_PERIODS: Final = 5  # that are looked at, at least
_THROTTLED: Final = 0.9  # the share of them in which it must have been held
# A period that grows lowers the share and one that shrinks raises it, so the order
# of the two writes is such that no step asks for more than the pod may have.
_SET: Final = (
    GROUP
    + r"""
group=$(group_of "$1" cpu)
[ -n "$group" ] || { echo "the container has no control group" >&2; exit "$4"; }
if [ $version = 2 ]; then
  if [ "$2" = -1 ]; then echo "max $3"; else echo "$2 $3"; fi > "$group/cpu.max"
elif [ "$3" -gt "$(cat "$group/cpu.cfs_period_us")" ]; then
  echo "$2" > "$group/cpu.cfs_quota_us" && echo "$3" > "$group/cpu.cfs_period_us"
else
  echo "$3" > "$group/cpu.cfs_period_us" && echo "$2" > "$group/cpu.cfs_quota_us"
fi
"""
)


@dataclass(slots=True, kw_only=True)
class Throttled:
    """A container under a small CPU quota.

    Attributes:
        cores: What it may use.
        before: Its control group as it was.
    """

    nodes: Nodes
    pod: Pod
    container: str
    cores: float
    before: ControlGroup
    _since: ControlGroup | None = field(default=None, init=False)

    def what(self) -> str:
        """Return the fault in words."""
        return f"{self.container} of {self.pod.name} gets {self.cores:.4f} cores"

    def undo(self) -> tuple[Undo, ...]:
        """Give it its former quota; a container that is gone needs none."""
        quota = self.before.cpu_quota_us
        values = (str(-1 if quota is None else quota), str(self.before.cpu_period_us))
        argv = ("sh", "-c", _SET, "roadmap", self._identity, *values, "0")
        return (Undo(way="run", node=self.pod.node, argv=argv),)

    def inject(self) -> None:
        """Set the quota."""
        quota, period = quota_of(self.cores)
        self.nodes.script(
            self.pod.node, _SET, self._identity, str(quota), str(period), "1"
        )
        self._since = self._group()

    def is_on(self) -> str:
        """Look in how many periods the kernel has held it."""
        now, since = self._group(), self._since
        if now is None or since is None:
            return "the container has ended"
        periods = now.periods - since.periods
        throttled = now.throttled - since.throttled
        if periods >= _PERIODS and throttled >= _THROTTLED * periods:
            return ""
        return f"it was throttled in {throttled} of {periods} periods"

    def is_off(self) -> str:
        """Look at the quota."""
        now = self._group()
        if now is None:
            return ""  # that run of the container has ended, and its group with it
        if (now.cpu_quota_us, now.cpu_period_us) == (
            self.before.cpu_quota_us,
            self.before.cpu_period_us,
        ):
            return ""
        return f"its quota is still {now.cpu_quota_us} of {now.cpu_period_us} us"

    def _group(self) -> ControlGroup | None:
        """Return the control group of this run of the container, if it is there."""
        try:
            return self.nodes.control_group(self.pod, self.container)
        except TargetError:
            return None

    @property
    def _identity(self) -> str:
        """The id of this run of the container."""
        return self.pod.container(self.container).id


def quota_of(cores: float) -> tuple[int, int]:
    """Return quota and period, in microseconds, that allow so many cores.

    The kernel takes no quota below a millisecond: for less, periods are longer.
    """
    period = min(max(_PERIOD_US, int(_LEAST_QUOTA_US / cores)), _LONGEST_PERIOD_US)
    return max(_LEAST_QUOTA_US, int(cores * period)), period
