"""A chain that nodes join: its state has several chunks, and two nodes serve them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from pytest_roadmap.errors import NeverHappenedError, UnavailableError
from pytest_roadmap.target.instances import ChainPool
from pytest_roadmap.target.overlays import read_overlay
from pytest_roadmap.target.pulse import pulse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_roadmap.target.chain import ChainInstance
    from pytest_roadmap.target.chain_node import ChainNode
    from pytest_roadmap.target.cluster import Cluster
    from pytest_roadmap.target.overlays import CounterExample
    from pytest_roadmap.target.profile import Profile

SNAPSHOT_S = 150.0
_LINES = 800  # of a provider's log: more than it writes between two snapshots
_COMPLETED = re.compile(r"completed state snapshot .*\bheight=(\d+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotSource:
    """The chain, under load, and the nodes that serve its snapshots."""

    chain: ChainInstance

    @property
    def providers(self) -> tuple[ChainNode, ...]:
        """The nodes that make snapshots."""
        return self.chain.full

    @property
    def witnesses(self) -> tuple[ChainNode, ...]:
        """Two nodes that have executed every block, of two roles."""
        return (self.chain.full[0], self.chain.validators[0])

    def newest(self, node: ChainNode) -> int:
        """Return the height of a provider's newest snapshot; 0 without one."""
        found = _COMPLETED.findall(node.log(tail=_LINES))
        return int(found[-1]) if found else 0

    @property
    def height(self) -> int:
        """The height of the newest snapshot of any provider."""
        return max(self.newest(node) for node in self.providers)

    def until_snapshot(self, *, above: int = 0, within: float = SNAPSHOT_S) -> int:
        """Wait until every provider has the same snapshot; return its height.

        Raises:
            NeverHappenedError: They have not.
        """

        def common() -> int:
            """Return its height; 0 as long as they differ."""
            heights = {self.newest(node) for node in self.providers}
            return heights.pop() if len(heights) == 1 and min(heights) > above else 0

        return pulse.ask_until(
            common, within=within, what="a snapshot of every provider", every=1.0
        )


@pytest.fixture(scope="session")
def snapshot_source(
    cluster: Cluster, profile: Profile, counterexample: CounterExample | None
) -> Iterator[SnapshotSource]:
    """The chain, from its first snapshot on; each probe has a node join it."""
    file = profile.snapshots().instance
    overlay = read_overlay(file) if file else None
    if counterexample is not None:
        overlay = counterexample.overlay.over(overlay)
    pool = ChainPool(cluster, profile, overlay)
    try:
        source = SnapshotSource(chain=pool.acquire())
        with source.chain.traffic():
            _begin(source)
            yield source
    finally:
        pool.close()


def _begin(source: SnapshotSource) -> None:
    """Wait for the first snapshot.

    Raises:
        UnavailableError: There is none.
    """
    try:
        pulse.ask_until(
            lambda: source.height,
            within=SNAPSHOT_S,
            what="the first snapshot",
            every=1.0,
        )
    except NeverHappenedError as error:
        message = f"nobody can be joined by a snapshot: {error}"
        raise UnavailableError(message) from error
