"""A validator that has lost its volume: the target's own way to bring it back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pytest_roadmap.target import clock, joining

if TYPE_CHECKING:
    from pytest_roadmap.target.chain_node import ChainNode
    from pytest_roadmap.target.experiments import NodeEvent, NodeRecord

_MARGIN: Final = 10  # blocks that may come before the old process has ended


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery:
    """The procedure as it was run.

    `at` is when the volume was deleted, `gone` when the old pod was gone,
    `sign_above` the height up to which the validator was to sign nothing; 0
    where the procedure says nothing of it.
    """

    at: float
    gone: float
    sign_above: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Votes:
    """What a validator voted before and after a moment.

    `conflicting` are heights, rounds and sorts of votes of which there are two.
    """

    last_before: int
    first_after: int
    conflicting: tuple[str, ...]


def lose_and_recover(node: ChainNode, *, within: float) -> Recovery:
    """Delete a validator's volume and pod, and do what the profile says for it.

    A block of today is pinned first: the pod that comes back must find it.

    Raises:
        UnavailableError: The profile has no recovery procedure.
        NeverHappenedError: The old pod does not go.
    """
    chain, before = node.instance, node.pod
    procedure = chain.profile.snapshots().recovery
    sign_above = 0
    if procedure is None:
        sign_above = chain.height + _MARGIN
        joining.pin(chain, sign_above=sign_above)
    else:
        chain.space.apply(*procedure)
    at = clock.now()
    chain.space.delete("PersistentVolumeClaim", node.claim.name)
    node.delete()
    chain.pods.until_gone([before.uid], within=within)
    return Recovery(at=at, gone=clock.now(), sign_above=sign_above)


def votes(record: NodeRecord, address: str, moment: float) -> Votes:
    """Return what the recorded votes of a validator say."""
    found = record.events("Vote", where=lambda event: event.address == address)
    blocks: dict[tuple[int, int, str], set[str]] = {}
    first_seen: dict[tuple[int, int, str], NodeEvent] = {}
    for event in found:
        key = (event.height, event.round, event.vote)
        blocks.setdefault(key, set()).add(event.block)
        first_seen.setdefault(key, event)
    before = [e.height for e in first_seen.values() if e.at <= moment]
    after = [e.height for e in first_seen.values() if e.at > moment]
    return Votes(
        last_before=max(before, default=0),
        first_after=min(after, default=0),
        conflicting=tuple(
            f"{sort} of height {height} in round {number}"
            for (height, number, sort), names in sorted(blocks.items())
            if len(names) > 1
        ),
    )
