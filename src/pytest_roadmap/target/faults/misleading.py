"""What misleads a node that joins: another chain's answers, and altered chunks."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pytest_roadmap.target.journal import Undo

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_roadmap.target.chain_node import ChainNode
    from pytest_roadmap.target.machines import Nodes
    from pytest_roadmap.target.space import Space

_FILES: Final = r"""
files() { ls /var/lib/kubelet/pods/*/volumes/*/"$1"/mount/"$2"/"$3"/*/* 2>/dev/null; }
"""
_SUMS: Final = _FILES + 'for file in $(files "$@"); do sha256sum "$file"; done\n'
"""Prints the SHA-256 of each chunk: volume $1, folder $2, height $3."""

_KEPT: Final = ".roadmap-altered"
"""Beside an altered chunk: the byte that it had, written before it is altered."""
_ALTER: Final = (
    _FILES
    + rf"""
for file in $(files "$@"); do
  case "$file" in *{_KEPT}) continue;; esac
  [ ! -e "$file{_KEPT}" ] || continue
  od -An -tu1 -N1 "$file" | tr -d ' ' > "$file{_KEPT}"
  byte=$(cat "$file{_KEPT}")
  printf "\\$(printf '%03o' $((255 - byte)))" |
    dd of="$file" bs=1 conv=notrunc 2>/dev/null
done
"""
)
_MEND: Final = (
    _FILES
    + rf"""
for kept in $(files "$@"); do
  file=${{kept%{_KEPT}}}
  [ "$file" != "$kept" ] || continue
  byte=$(cat "$kept")
  if [ -n "$byte" ] && [ -e "$file" ]; then
    printf "\\$(printf '%03o' "$byte")" | dd of="$file" bs=1 conv=notrunc 2>/dev/null
  fi
  rm -f "$kept"
done
exit 0
"""
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Altered:
    """A stored snapshot with one byte of each chunk altered."""

    nodes: Nodes
    machine: str
    provider: str
    volume: str
    folder: str  # of the snapshots, on the volume
    height: int
    genuine: Mapping[str, str]  # chunk: SHA-256

    def what(self) -> str:
        """Return the fault in words."""
        return f"a byte of each chunk {self.height} of {self.provider} is altered"

    def undo(self) -> tuple[Undo, ...]:
        """Write the bytes back, where the snapshot is still there."""
        argv = ("sh", "-c", _MEND, "roadmap", *self._place)
        return (Undo(way="run", node=self.machine, argv=argv),)

    def inject(self) -> None:
        """Exchange the first byte of each chunk."""
        self.nodes.script(self.machine, _ALTER, *self._place)

    def is_on(self) -> str:
        """Look whether each chunk has another SHA-256 than the genuine one."""
        found = chunk_sums(self.nodes, self.machine, *self._place)
        if set(found) != set(self.genuine):
            return f"it has the chunks {sorted(found)}"
        same = [chunk for chunk in found if found[chunk] == self.genuine[chunk]]
        return f"the chunks {same} are as they were" if same else ""

    def is_off(self) -> str:
        """Look whether each chunk that is still there is the genuine one."""
        found = chunk_sums(self.nodes, self.machine, *self._place)
        other = [c for c in found if found[c] != self.genuine.get(c)]
        return f"the chunks {other} are altered" if other else ""

    @property
    def _place(self) -> tuple[str, str, str]:
        """Where the chunks are."""
        return self.volume, self.folder, str(self.height)


@dataclass(frozen=True, slots=True, kw_only=True)
class Impersonated:
    """A Service that leads to other pods than it should."""

    space: Space
    service: str
    genuine: Mapping[str, str]  # its selector
    other: Mapping[str, str]  # the other pods' labels
    addresses: frozenset[str]  # of the other pods

    def what(self) -> str:
        """Return the fault in words."""
        return f"the service {self.service} of {self.space} leads to a look-alike"

    def undo(self) -> tuple[Undo, ...]:
        """Give it its own selector again."""
        return (
            Undo(
                way="patch",
                object=f"Service/{self.service}",
                namespace=self.space.name,
                patch=json.dumps(_selecting(self.other, self.genuine)),
            ),
        )

    def inject(self) -> None:
        """Give it the other pods' labels as its selector."""
        self.space.slices.wait_synced()
        patch = _selecting(self.genuine, self.other)
        self.space.api.patch("Service", self.service, patch, self.space.name)

    def is_on(self) -> str:
        """Look whether it leads to the other pods, and to nobody else."""
        found = self._addresses()
        return "" if found == self.addresses else f"it leads to {sorted(found)}"

    def is_off(self) -> str:
        """Look whether it leads to others."""
        left = self._addresses() & self.addresses
        return f"it leads to {sorted(left)}" if left else ""

    def _addresses(self) -> frozenset[str]:
        """Return where it leads to now."""
        return frozenset(
            endpoint.address
            for endpoint in self.space.endpoints(self.service)
            if endpoint.ready
        )


def stored_chunks(node: ChainNode, height: int) -> dict[str, str]:
    """Return the SHA-256 of each chunk of a snapshot that a node has stored."""
    instance = node.instance
    folder = instance.profile.snapshots().snapshots
    return chunk_sums(
        instance.nodes, node.worker, node.claim.volume, folder, str(height)
    )


def chunk_sums(
    nodes: Nodes, machine: str, volume: str, folder: str, height: str
) -> dict[str, str]:
    """Return the SHA-256 of each stored chunk of a snapshot, by its number."""
    lines = nodes.script(machine, _SUMS, volume, folder, height).splitlines()
    pairs = (line.split(maxsplit=1) for line in lines)
    sums = {path.rpartition("/")[2]: found for found, path in pairs}
    return {name: found for name, found in sums.items() if name.isdigit()}


def _selecting(now: Mapping[str, str], then: Mapping[str, str]) -> dict[str, object]:
    """Return the merge patch from one selector to another."""
    gone = dict.fromkeys(set(now) - set(then))
    return {"spec": {"selector": {**gone, **then}}}
