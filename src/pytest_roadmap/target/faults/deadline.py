"""The undo of a fault, waiting on a node for the case that nobody heals it.

A process on the node sleeps until the deadline and then does the fault's undo
steps: those for nodes where they belong, those for the API with kubectl on the
control plane.  Healing a fault ends it.  What the container engine does to a
node (stop, pause, disconnect) cannot be undone from inside the cluster; that is
the watchdog's, see `target.watchdog`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_roadmap.target.journal import Entry, Undo
    from pytest_roadmap.target.machines import Nodes

SECONDS: Final = 900.0
"""How long a fault may last at most: longer than any probe of the plan."""

_ARM: Final = r"""
export ROADMAP_DEADLINE="$1"; shift
setsid sh -c 'sleep "$1"; shift; exec "$@"' deadline "$@" \
  > /dev/null 2>&1 < /dev/null &
"""
_DISARM: Final = r"""
for file in $(grep -lsaF -- "ROADMAP_DEADLINE=$1" /proc/[0-9]*/environ); do
  pid=${file%/environ}
  kill -KILL "${pid#/proc/}" 2>/dev/null || true
done
"""
_KUBECTL: Final = ("kubectl", "--kubeconfig=/etc/kubernetes/admin.conf")


class Deadlines:
    """Arms and disarms the undo steps of faults.

    Args:
        nodes: The machines; without access to them nothing is armed.
        seconds: After which a fault undoes itself.
    """

    def __init__(self, nodes: Nodes, seconds: float = SECONDS) -> None:
        self._nodes = nodes
        self._seconds = seconds

    def arm(self, entry: Entry) -> None:
        """Have the steps of a fault done when its deadline is over.

        Raises:
            TargetError: A node refuses.
        """
        for node, argv in self._steps(entry):
            seconds = f"{self._seconds:g}"
            self._nodes.script(node, _ARM, entry.id, seconds, *argv)

    def disarm(self, entry: Entry) -> None:
        """Forget the steps of a fault.

        Raises:
            TargetError: A node refuses.
        """
        for node in {node for node, _ in self._steps(entry)}:
            self._nodes.script(node, _DISARM, entry.id)

    def _steps(self, entry: Entry) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Yield where a step is done, and by which command."""
        access = self._nodes.access
        if access is None:
            return
        for step in entry.undo:
            if step.way == "run":
                yield step.node, step.argv
            elif command := as_kubectl(step):
                yield access.names()[0], command


def as_kubectl(step: Undo) -> tuple[str, ...]:
    """Return a step for the API as a command; nothing for any other step."""
    where = ("--namespace", step.namespace) if step.namespace else ()
    arguments = {
        "uncordon": ("uncordon", step.node),
        "scale": ("scale", step.object, f"--replicas={step.replicas}"),
        "patch": ("patch", step.object, "--type=merge", f"--patch={step.patch}"),
        "delete": ("delete", step.object, "--ignore-not-found", "--wait=false"),
    }.get(step.way)
    return (*_KUBECTL, *where, *arguments) if arguments else ()
