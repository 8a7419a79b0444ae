"""P2P that gets little bandwidth out of a pod.

A token bucket (TBF) in the pod's own network namespace holds back the packets
from and to the P2P port; probes of the kubelet and answers of the RPC pass by.
TBF has no classes, so a class of HTB without a limit of its own leads to it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from pytest_roadmap.target import clock
from pytest_roadmap.target.journal import Undo
from pytest_roadmap.target.shell import IN_POD

if TYPE_CHECKING:
    from pytest_roadmap.target.machines import Nodes
    from pytest_roadmap.target.pods import Pod

_BURST: Final = 32 * 1024
# Of traffic that may wait; more is dropped, and TCP slows down.  A longer queue would
# be another fault as well: every message would be late.
_QUEUE_S: Final = 0.08
_LEAST_QUEUE: Final = 24 * 1024
_MOST: Final = 1.1  # times the rate: what may have passed, beside the burst
_LONG_S: Final = 2.0  # what has passed in less time says nothing
_POD: Final = (
    IN_POD
    + r"""
pid=$(process_of "$1")
device() {
  in_pod ip -o -4 route show default |
    awk '{for (i = 1; i < NF; i++) if ($i == "dev") print $(i + 1)}'
}
"""
)
_SHAPE: Final = (
    _POD
    + r"""
[ -n "$pid" ] || { echo "the pod has no process" >&2; exit 1; }
set -e
dev=$(device)
in_pod tc qdisc add dev "$dev" root handle 1: htb
in_pod tc class add dev "$dev" parent 1: classid 1:1 htb rate 10gbit burst 1mb
in_pod tc qdisc add dev "$dev" parent 1:1 handle 10: \
  tbf rate "$3bps" burst "$4" limit "$5"
for side in sport dport; do
  in_pod tc filter add dev "$dev" parent 1: protocol ip prio 1 u32 \
    match ip protocol 6 0xff match ip $side "$2" 0xffff flowid 1:1
done
"""
)
_FREE: Final = (
    _POD
    + r"""
[ -n "$pid" ] || exit 0
dev=$(device)
if in_pod tc qdisc show dev "$dev" | grep -q '^qdisc htb 1: root'; then
  in_pod tc qdisc del dev "$dev" root
fi
exit 0
"""
)
_SHOW: Final = (
    _POD
    + r"""
[ -n "$pid" ] || exit 0
in_pod tc -s qdisc show dev "$(device)" | grep -A 2 '^qdisc tbf 10:'
exit 0
"""
)
_SENT: Final = (
    _POD
    + r"""
[ -n "$pid" ] || exit 0
in_pod ss -tinH "( sport = :$2 or dport = :$2 )" |
  grep -o 'bytes_sent:[0-9]*' | awk -F: '{sum += $2} END {print sum + 0}'
"""
)
_COUNTS: Final = re.compile(r"Sent (\d+) bytes .*overlimits (\d+)")


@dataclass(slots=True, kw_only=True)
class Shaped:
    """A pod whose P2P may send so many bytes a second."""

    nodes: Nodes
    pod: Pod
    port: int
    rate: int  # bytes a second
    _since: float = field(default=0.0, init=False)

    def what(self) -> str:
        """Return the fault in words."""
        return f"P2P of {self.pod.name} sends {self.rate / 1000:.0f} kB/s at most"

    def undo(self) -> tuple[Undo, ...]:
        """Take the token bucket away."""
        argv = ("sh", "-c", _FREE, "roadmap", self.pod.uid)
        return (Undo(way="run", node=self.pod.node, argv=argv),)

    def inject(self) -> None:
        """Put the token bucket in."""
        queue = max(int(self.rate * _QUEUE_S), _LEAST_QUEUE)
        numbers = (self.port, self.rate, _BURST, queue)
        self.nodes.script(self.pod.node, _SHAPE, self.pod.uid, *map(str, numbers))
        self._since = clock.now()

    def is_on(self) -> str:
        """Look for packets that were held back, and at the bytes that passed."""
        counts = self.counts()
        if counts is None:
            return "there is no token bucket"
        sent, held = counts
        passed = clock.now() - self._since
        if not held:
            return f"no packet was held back ({sent} bytes in {passed:.0f} s)"
        if passed < _LONG_S:
            return "it is too early to tell"
        if sent > _MOST * (self.rate * passed + _BURST):
            return f"{sent} bytes passed in {passed:.0f} s"
        return ""

    def is_off(self) -> str:
        """Look for the token bucket."""
        return "" if self.counts() is None else "the token bucket is still there"

    def counts(self) -> tuple[int, int] | None:
        """Return the bytes that passed and the packets held back; None without it."""
        text = self.nodes.script(self.pod.node, _SHOW, self.pod.uid)
        found = _COUNTS.search(text)
        return (int(found[1]), int(found[2])) if found else None


def sent_bytes(nodes: Nodes, pod: Pod, port: int) -> int:
    """Return the bytes that a pod's open P2P connections have sent so far."""
    text = nodes.script(pod.node, _SENT, pod.uid, str(port)).strip()
    return int(text or 0)
