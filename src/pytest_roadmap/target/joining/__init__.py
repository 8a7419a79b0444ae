"""Nodes that join a chain: by a snapshot from a pinned block on, or block by block.

root = joining.pin(chain)                    # as an operator does
with joining.joining(chain) as joiner:       # scaled up; gone again at the end
    joiner.until_chunk(within=60)            # the first one that it has applied
    joiner.chunks()                          # Chunks(height=…, applied=…, total=…)
"""

from __future__ import annotations

from pytest_roadmap.target.joining.answers import (
    Answer,
    ask,
    computed,
    query,
    wrong,
)
from pytest_roadmap.target.joining.chunks import Chunks, read_chunks
from pytest_roadmap.target.joining.joiner import Joiner
from pytest_roadmap.target.joining.places import (
    TrustRoot,
    joining,
    lookalike,
    pin,
    unpin,
)

__all__ = [
    "Answer",
    "Chunks",
    "Joiner",
    "TrustRoot",
    "ask",
    "computed",
    "joining",
    "lookalike",
    "pin",
    "query",
    "read_chunks",
    "unpin",
    "wrong",
]
