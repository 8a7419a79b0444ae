"""Votes as nodes have heard them: who has voted twice?"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_roadmap.target.experiments import NodeRecord


def conflicting(record: NodeRecord, address: str) -> tuple[str, ...]:
    """Return where two votes of one kind name different blocks, whoever heard them.

    Args:
        record: One with the events of kind "Vote".
        address: The voter's.
    """
    blocks: dict[tuple[int, int, str], set[str]] = defaultdict(set)
    for vote in record.events("Vote", where=lambda event: event.address == address):
        blocks[vote.height, vote.round, vote.vote].add(vote.block or "nil")
    return tuple(
        f"{vote} of height {height}, round {number}: {', '.join(sorted(found))}"
        for (height, number, vote), found in sorted(blocks.items())
        if len(found) > 1
    )
