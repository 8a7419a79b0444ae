"""Peers that do not hear of one another any more.

The rules are in the pod's own network namespace and are about the P2P port
only, at either end of a connection: probes of the kubelet and calls to the RPC
pass.  A peer that comes back under another address stays cut off, and so does
a container that is started again, for the namespace is the pod's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pytest_roadmap.target.journal import Undo

if TYPE_CHECKING:
    from pytest_roadmap.target.machines import Nodes
    from pytest_roadmap.target.pods import Pod

_CHAIN: Final = "ROADMAP-CUT"
_ENTER: Final = r"""
enter() {
  uid=$(echo "$1" | tr - _)
  for file in $(grep -lsE -- "pod($1|$uid)" /proc/[0-9]*/cgroup); do
    pid=${file%/cgroup}; pid=${pid#/proc/}
    if [ "$(readlink /proc/$pid/ns/net)" != "$(readlink /proc/1/ns/net)" ]; then
      echo "$pid"; return
    fi
  done
}
pid=$(enter "$1")
in_pod() { nsenter -t "$pid" -n "$@"; }
"""
_CUT: Final = (
    _ENTER
    + f"""
[ -n "$pid" ] || {{ echo "the pod has no process" >&2; exit 1; }}
in_pod iptables -w -N {_CHAIN}
for side in --sport --dport; do
  in_pod iptables -w -A {_CHAIN} -p tcp $side "$2" -j DROP
done
in_pod iptables -w -I INPUT -j {_CHAIN}
in_pod iptables -w -I OUTPUT -j {_CHAIN}
"""
)
_MEND: Final = (
    _ENTER
    + f"""
[ -n "$pid" ] || exit 0
in_pod iptables -w -D INPUT -j {_CHAIN} 2>/dev/null
in_pod iptables -w -D OUTPUT -j {_CHAIN} 2>/dev/null
in_pod iptables -w -F {_CHAIN} 2>/dev/null
in_pod iptables -w -X {_CHAIN} 2>/dev/null
exit 0
"""
)
_COUNT: Final = (
    _ENTER
    + f"""
[ -n "$pid" ] || exit 0
in_pod iptables -w -nvxL {_CHAIN} 2>/dev/null | awk '$3 == "DROP" {{n += $1; r += 1}}
  END {{if (r) print n + 0}}'
"""
)
"""Prints how many packets the rules have dropped; nothing without rules."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """A pod without P2P."""

    nodes: Nodes
    pod: Pod
    port: int

    def what(self) -> str:
        """Return the fault in words."""
        return f"P2P of {self.pod.name} is cut"

    def undo(self) -> tuple[Undo, ...]:
        """Take the rules away."""
        argv = ("sh", "-c", _MEND, "roadmap", self.pod.uid)
        return (Undo(way="run", node=self.pod.node, argv=argv),)

    def inject(self) -> None:
        """Put the rules in."""
        self.nodes.script(self.pod.node, _CUT, self.pod.uid, str(self.port))

    def is_on(self) -> str:
        """Look for packets that were dropped: a rule alone proves nothing."""
        dropped = self.dropped()
        if dropped is None:
            return "there are no rules"
        return "" if dropped else "no packet was dropped"

    def is_off(self) -> str:
        """Look for rules."""
        return "" if self.dropped() is None else "the rules are still there"

    def dropped(self) -> int | None:
        """Return how many packets were dropped; None without rules."""
        text = self.nodes.script(self.pod.node, _COUNT, self.pod.uid).strip()
        return int(text) if text else None
