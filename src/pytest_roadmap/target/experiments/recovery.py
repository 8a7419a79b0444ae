"""When a node has recovered: at the tip, and signing again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pytest_roadmap.target import clock
from pytest_roadmap.target.pulse import pulse

if TYPE_CHECKING:
    from pytest_roadmap.target.blocks import Blocks
    from pytest_roadmap.target.chain import ChainInstance
    from pytest_roadmap.target.chain_node import ChainNode
    from pytest_roadmap.target.experiments.node_record import NodeRecord

NEAR: Final = 2
"""Blocks by which a recovered node may be behind the highest one."""
IN_A_ROW: Final = 3
"""Commits in a row that a recovered validator has signed."""


def wait(
    chain: ChainInstance,
    record: NodeRecord,
    node: ChainNode,
    *,
    since: float,
    within: float,
) -> float:
    """Wait until a node has recovered; return when, at block resolution.

    Raises:
        NeverHappenedError: It has not, `within` seconds after `since`.
    """
    signs = node.role == chain.profile.validators

    def recovered() -> float | None:
        """Return when it had recovered, if it has."""
        near = _near_since(record, node.name, since)
        if near is None:
            return None
        if not signs:
            return near
        signed = third_signature(chain.blocks, node.address, since)
        return None if signed is None else max(near, signed)

    at = pulse.until(
        recovered,
        within=max(since + within - clock.now(), 0),
        what=f"{node.name} to recover (at the tip, {IN_A_ROW} commits in a row)",
        seen=lambda: f"{record.brief()}; {chain.blocks.brief()}",
    )
    assert at is not None  # noqa: S101 - until returns true answers only
    return at


def _near_since(record: NodeRecord, node: str, since: float) -> float | None:
    """Return the first sample in which a node was at the tip and not catching up."""
    for sample in record.samples(node, since):
        if sample.catching_up:
            continue
        if sample.height >= record.highest(sample.at) - NEAR:
            return sample.at
    return None


def third_signature(blocks: Blocks, address: str, since: float) -> float | None:
    """Return when the third commit in a row with a validator's vote was made.

    The votes were all cast after `since`: a commit of before does not count.
    """
    run = 0
    for block in blocks.since(since):
        following = blocks.at(block.height + 1)
        if following is None:
            return None
        at = following.votes.get(address)
        run = run + 1 if at is not None and at >= since else 0
        if run == IN_A_ROW:
            return blocks.committed_at(block.height)
    return None
