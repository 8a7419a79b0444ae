"""Whether a pod ever opens a port, watched from its node.

with listening.watched(nodes, pod, 26656) as port:
    …                         # the pod starts, and ends
assert not port.opened()      # waits for the watcher's answer
"""

from __future__ import annotations

import contextlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pytest_roadmap.target.shell import IN_POD

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Future

    from pytest_roadmap.target.machines import Nodes

_SCRIPT: Final = (
    IN_POD
    + r"""
end=$(($(date +%s) + $3))
late() { [ "$(date +%s)" -ge "$end" ]; }
while pid=$(process_of "$1"); [ -z "$pid" ]; do
  if late; then echo "no process"; exit; fi
  sleep 0.2 # nothing announces a process to a shell
done
while [ -e "/proc/$pid/net/tcp" ]; do
  if cat "/proc/$pid/net/tcp" "/proc/$pid/net/tcp6" 2>/dev/null \
      | grep -q ":$2 [0-9A-F]*:0000 0A "; then
    echo opened; exit
  fi
  if late; then break; fi
  sleep 0.05 # nothing announces a port that opens
done
echo closed
"""
)
_MARGIN = 20  # seconds for the command itself


@dataclass(frozen=True, slots=True)
class Port:
    """A port that is being watched."""

    _answer: Future[str]

    @property
    def answered(self) -> bool:
        """Whether the watcher has its answer already."""
        return self._answer.done()

    def opened(self) -> bool:
        """Whether the pod has opened it; waits for the end of pod or watcher."""
        return self._answer.result().strip() == "opened"


@contextlib.contextmanager
def watched(
    nodes: Nodes, node: str, uid: str, port: int, *, within: int
) -> Iterator[Port]:
    """Watch a port of the pod `uid` on `node`, from before it has a process.

    The watcher ends when the port was opened, when the pod has no process any
    more, or after `within` seconds; leaving the block waits for that.
    """
    with ThreadPoolExecutor(1, "roadmap-port") as pool:
        arguments = (uid, f"{port:04X}", str(within))
        yield Port(
            pool.submit(
                nodes.script, node, _SCRIPT, *arguments, within=within + _MARGIN
            )
        )
