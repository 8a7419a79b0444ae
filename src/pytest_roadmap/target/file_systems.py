"""The file system behind a path of a container, as its own node sees it.

file_systems.behind(nodes, pod, "node", "/home/node").size
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pytest_roadmap.errors import TargetError

if TYPE_CHECKING:
    from pytest_roadmap.target.machines import Nodes
    from pytest_roadmap.target.pods import Pod

_SCRIPT: Final = r"""
for file in $(grep -ls -- "$1" /proc/[0-9]*/cgroup); do
  place=${file%/cgroup}/root$2
  if [ -d "$place" ]; then stat -f -c '%i %S %b %a' "$place"; exit; fi
done
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileSystem:
    """A file system: what tells it from others, and its bytes."""

    node: str
    identity: str
    size: int
    free: int  # for those who are not root

    @property
    def key(self) -> tuple[str, str]:
        """Node and identity: an identity is unique on its node only."""
        return self.node, self.identity


def behind(nodes: Nodes, pod: Pod, container: str, path: str) -> FileSystem:
    """Return the file system that a running container sees at a folder.

    Raises:
        TargetError: The container does not run, or has no such folder.
    """
    identity = pod.container(container).id or "-"
    words = nodes.script(pod.node, _SCRIPT, identity, path).split()
    if not words:
        raise TargetError(
            f"container {container} of {pod.name} has no folder {path}",
            where=f"node {pod.node}",
        )
    name, block, blocks, free = words[0], *map(int, words[1:])
    return FileSystem(
        node=pod.node, identity=name, size=block * blocks, free=block * free
    )
