"""What a node takes: memory, disk, log."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pytest_roadmap.errors import TargetError
from pytest_roadmap.target import node_scripts

if TYPE_CHECKING:
    from pytest_roadmap.target.chain_node import ChainNode

MIB: Final = 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """The working set, the data folder and the log of a node, in bytes."""

    memory: int
    disk: int
    log: int

    def __sub__(self, before: Sizes) -> Sizes:
        """Return what has come to it; a log that was rotated away has shrunk."""
        return Sizes(
            memory=self.memory - before.memory,
            disk=self.disk - before.disk,
            log=max(self.log - before.log, 0),
        )


def sizes(node: ChainNode) -> Sizes:
    """Return what a node's container takes now.

    Raises:
        TargetError: It does not run.
    """
    pod, container = node.pod, node.container
    text = node.instance.nodes.script(
        pod.node,
        node_scripts.SIZES,
        container.id or "-",
        pod.uid,
        container.name,
        node.role.home,
    )
    values = dict(line.split(maxsplit=1) for line in text.splitlines())
    if values.keys() != {"memory", "disk", "log"}:
        raise TargetError(f"{node.name} does not run", where=f"node {pod.node}")
    return Sizes(**{name: int(value) for name, value in values.items()})
