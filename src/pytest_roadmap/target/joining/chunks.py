"""How far a restore is, by the chunks that a node says it has applied."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

APPLIED: Final = "Applied snapshot chunk to ABCI app"
"""What CometBFT logs of each chunk."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunks:
    """How far a restore is: the snapshot's height, and its chunks."""

    height: int
    applied: frozenset[int]
    total: int

    @property
    def missing(self) -> int:
        """How many chunks are still to be applied."""
        return self.total - len(self.applied)


def read_chunks(lines: list[str]) -> Chunks:
    """Return what the lines about applied chunks of one restore say together.

    Of several restores in one log the newest counts.
    """
    height = total = 0
    applied: set[int] = set()
    for line in lines:
        values = {key: int(text) for key, text in re.findall(r"\b(\w+)=(\d+)", line)}
        if values["height"] != height:
            applied.clear()
        height, total = values["height"], values["total"]
        applied.add(values["chunk"])
    return Chunks(height=height, applied=frozenset(applied), total=total)
