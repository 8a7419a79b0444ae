"""Whether a chain stayed one chain: one block and one app hash per height.

It is asked of every node after the healing, over the whole experiment.  What
the block recorder saw while the faults were on counts as one more witness, so
that a block which was committed and then replaced is found as well.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pytest_roadmap.target.blocks import Blocks
    from pytest_roadmap.target.chain_node import ChainNode
    from pytest_roadmap.target.comet import Header, State

_WITNESS = "as it was committed"
_NEXT_BLOCK_S = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Safety:
    """What was found.

    `conflicts` says for each height with more than one block who has which;
    `mismatches` whose application computed another state than the chain has;
    `accused` are the addresses that evidence in blocks names; `compared` is the
    number of heights that two witnesses or more have.
    """

    conflicts: tuple[str, ...]
    mismatches: tuple[str, ...]
    accused: frozenset[str]
    compared: int


def check(nodes: Iterable[ChainNode], blocks: Blocks, first: int) -> Safety:
    """Compare what the nodes have from height `first` on.

    The state that each application has computed last is compared with the
    next block's header, for which one more block is waited for.

    Raises:
        RpcError: A node does not answer.
        NeverHappenedError: No more blocks come.
    """
    last = blocks.height
    headers = {node.name: node.rpc.headers(first, last) for node in nodes}
    states = {node.name: node.rpc.state() for node in nodes}
    blocks.wait_for_height(
        max((s.height for s in states.values()), default=0) + 1, within=_NEXT_BLOCK_S
    )
    return compare(headers, states, blocks, first)


def compare(
    headers: Mapping[str, Iterable[Header]],
    states: Mapping[str, State],
    blocks: Blocks,
    first: int,
) -> Safety:
    """Return what headers, states (both by node) and recorded blocks say together."""
    hashes: dict[int, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for name, found in headers.items():
        for header in found:
            hashes[header.height][header.hash].append(name)
    recorded = blocks.after(first - 1)
    for block in recorded:
        if block.hash:
            hashes[block.height][block.hash].append(_WITNESS)
    conflicts = [
        f"height {height} has {len(by_value)} blocks: {_who(by_value)}"
        for height, by_value in sorted(hashes.items())
        if len(by_value) > 1
    ]
    mismatches = [
        f"{name} has app hash {state.app_hash[:12]} at height {state.height}, "
        f"the chain has {following.app_hash[:12]}"
        for name, state in sorted(states.items())
        if (following := blocks.at(state.height + 1)) is not None
        and following.app_hash != state.app_hash
    ]
    return Safety(
        conflicts=tuple(conflicts),
        mismatches=tuple(mismatches),
        accused=frozenset(a for block in recorded for a in block.accused),
        compared=sum(
            sum(map(len, by_value.values())) > 1 for by_value in hashes.values()
        ),
    )


def _who(by_value: Mapping[str, Iterable[str]]) -> str:
    """Return who has which value."""
    return "; ".join(
        f"{value[:12] or 'none'} ({', '.join(sorted(names))})"
        for value, names in sorted(by_value.items())
    )
