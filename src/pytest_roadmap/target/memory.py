"""The memory of containers as the kubelet counts it: what cannot simply be dropped.

memory.of(nodes, pod, "node").working_set
with memory.peaks(chain.all_nodes, within=300) as peaks:   # sampled on the machines
    …
peaks["validator-0"]                                        # after the block
"""

from __future__ import annotations

import contextlib
import secrets
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pytest_roadmap.errors import TargetError
from pytest_roadmap.target.shell import GROUP

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_roadmap.target.chain_node import ChainNode
    from pytest_roadmap.target.machines import Nodes
    from pytest_roadmap.target.pods import Pod

_MARGIN_S: Final = 30.0
_MEMORY: Final = (
    GROUP
    + r"""
group=$(group_of "$1" memory)
[ -n "$group" ] || exit 0
if [ $version = 2 ]; then
  cat "$group/memory.current"
  sed -n 's/^inactive_file //p' "$group/memory.stat"
  sed -n 's/^oom_kill //p' "$group/memory.events"
else
  cat "$group/memory.usage_in_bytes"
  sed -n 's/^total_inactive_file //p' "$group/memory.stat"
  sed -n 's/^oom_kill //p' "$group/memory.oom_control"
fi
"""
)
# Two looks a second; ends when its file is removed, or at the deadline.
_PEAKS: Final = (
    GROUP
    + r"""
mark=/run/$1; deadline=$2; shift 2
: > "$mark"
places=""
for id in "$@"; do places="$places $id $(group_of "$id" memory)"; done
awk -v mark="$mark" -v deadline="$deadline" -v version=$version \
    -v places="$places" 'BEGIN {
  count = split(places, part, " ")
  use = version == 2 ? "/memory.current" : "/memory.usage_in_bytes"
  cold = version == 2 ? "inactive_file" : "total_inactive_file"
  for (turn = 0; turn < 2 * deadline && (getline line < mark) >= 0; turn++) {
    close(mark)
    for (i = 1; i < count; i += 2) {
      used = 0; file = part[i + 1] use
      getline used < file; close(file)
      file = part[i + 1] "/memory.stat"
      while ((getline line < file) > 0) {
        split(line, word, " ")
        if (word[1] == cold) used -= word[2]
      }
      close(file)
      if (used > most[part[i]]) most[part[i]] = used
    }
    system("sleep 0.5 # two looks a second")
  }
  for (i = 1; i < count; i += 2) printf "%s %.0f\n", part[i], most[part[i]]
}'
rm -f "$mark"
"""
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """What a container's control group holds, and how often it was too much."""

    working_set: int
    oom_kills: int


def of(nodes: Nodes, pod: Pod, container: str) -> Memory:
    """Return the memory of a container's present run.

    Raises:
        TargetError: It does not run.
    """
    identity = pod.container(container).id or "-"
    words = nodes.script(pod.node, _MEMORY, identity).split()
    if len(words) < 2:  # noqa: PLR2004 - what it uses, and what of it is cold
        raise TargetError(
            f"container {container} of {pod.name} has no control group",
            where=f"node {pod.node}",
        )
    used, cold, *kills = map(int, words)
    return Memory(working_set=used - cold, oom_kills=kills[0] if kills else 0)


@contextlib.contextmanager
def peaks(nodes: Iterable[ChainNode], *, within: float) -> Iterator[dict[str, int]]:
    """Sample nodes' working sets until the block ends; then tell the peaks.

    Args:
        nodes: Nodes that run; one that is restarted is sampled no further.
        within: When the sampling ends by itself, in seconds.
    """
    mark = f"roadmap-peaks-{secrets.token_hex(4)}"
    on: dict[str, dict[str, str]] = defaultdict(dict)
    machines: Nodes | None = None
    for node in nodes:
        machines = node.instance.nodes
        on[node.worker][node.container.id] = node.name
    found: dict[str, int] = {}
    if machines is None:
        yield found
        return
    ask = machines.script
    with ThreadPoolExecutor(len(on)) as pool:
        samplings = {
            worker: pool.submit(
                ask,
                worker,
                _PEAKS,
                mark,
                str(int(within)),
                *ids,
                within=within + _MARGIN_S,
            )
            for worker, ids in on.items()
        }
        try:
            yield found
        finally:
            for worker in on:
                ask(worker, 'rm -f "/run/$1"', mark)
        for worker, sampling in samplings.items():
            for line in sampling.result().splitlines():
                identity, most = line.split()
                found[on[worker][identity]] = int(most)
