"""A stretch of an experiment in which one thing is so: a delay, a throttle, nothing.

with experiment.inject(delay):
    phase = Phases(experiment=experiment).measured("50 ms", blocks=10, within=60)
phase.interval(chain.blocks), phase.late_rounds_percent(chain.blocks)
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from pytest_roadmap.errors import NeverHappenedError
from pytest_roadmap.target import clock
from pytest_roadmap.target.comet import RpcError
from pytest_roadmap.target.experiments import impact

_RECENT_S: Final = 5.0

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_roadmap.target.blocks import Blocks
    from pytest_roadmap.target.chain_node import ChainNode
    from pytest_roadmap.target.experiments.experiment import Experiment
    from pytest_roadmap.target.experiments.node_record import NodeRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """What is known of a phase from outside of the chain's blocks.

    Attributes:
        since: When the fault was seen to be on, or the phase began without one.
        until: When it had the blocks that it is about.
        first: The newest height at its beginning; the next one is its first.
        last: The newest height at its end.
        pending: Transactions that its last blocks left in each node's mempool: the
            fewest of its last seconds.
        dropped: The connections that a node had before, and does not have any
            more or has made anew, as `node-peer`.
        restarts: More restarts than at the baseline, of all containers.
        problem: What did not happen.
    """

    name: str
    since: float
    until: float
    first: int
    last: int
    pending: Mapping[str, int]
    dropped: tuple[str, ...] = ()
    restarts: int = 0
    problem: str = ""

    @property
    def heights(self) -> range:
        """The heights that were committed in it."""
        return range(self.first + 1, self.last + 1)

    @property
    def seconds(self) -> float:
        """How long it took."""
        return self.until - self.since

    def interval(self, blocks: Blocks) -> float:
        """Return the mean seconds between its blocks; with fewer than two, all of it.

        A chain that stands still has an interval that is at least as long.
        """
        count = len(self.heights) - 1
        if count < 1:
            return self.seconds
        began, ended = blocks.committed_at(self.first + 1), self.ended(blocks)
        return (ended - began) / count

    def ended(self, blocks: Blocks) -> float:
        """Return when its last block was committed."""
        return blocks.committed_at(self.last)

    def late_rounds_percent(self, blocks: Blocks) -> float:
        """Return the share of its heights that were not decided in round 0."""
        rounds = [self.round_of(blocks, height) for height in self.heights]
        late = sum(number > 0 for number in rounds)
        return 100 * late / len(rounds) if rounds else 100.0

    def signed_percent(self, blocks: Blocks, address: str) -> float:
        """Return the share of its heights whose commit has a validator's vote."""
        signed = [address in (blocks.signatures(h) or ()) for h in self.heights]
        return 100 * sum(signed) / len(signed) if signed else 0.0

    def per_block(self, blocks: Blocks) -> float:
        """Return the mean number of transactions in its blocks."""
        found = [block for h in self.heights if (block := blocks.at(h))]
        return sum(b.transactions for b in found) / len(found) if found else 0.0

    def longest_height(self, blocks: Blocks) -> float:
        """Return the most seconds that one of its heights took, the open one too."""
        return blocks.longest_gap(self.since, self.until)

    @staticmethod
    def round_of(blocks: Blocks, height: int) -> int:
        """Return the round in which a height was decided; 0 before one knows."""
        following = blocks.at(height + 1)
        return following.round if following else 0


@dataclass(slots=True, kw_only=True)
class Phases:
    """Makes the phases of one experiment, one after another."""

    experiment: Experiment
    _made: dict[str, Phase] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Phase:
        """Return the phase of a name."""
        return self._made[name]

    def measured(self, name: str, *, blocks: int, within: float) -> Phase:
        """Measure so many blocks as the chain is now."""
        chain = self.experiment.chain
        since, first, problem = clock.now(), chain.height, ""
        before = self._connections()
        try:
            chain.blocks.wait_for_height(first + blocks, within=within)
        except NeverHappenedError as error:
            problem = str(error)
        until = clock.now()
        restarts = sum(
            count - self.experiment.baseline.restarts.get(name, 0)
            for name, count in impact.restarts(chain).items()
        )
        phase = Phase(
            name=name,
            since=since,
            until=until,
            first=first,
            last=chain.height,
            pending=left_pending(self.experiment.record),
            dropped=self._dropped(before, until - since),
            restarts=restarts,
            problem=problem,
        )
        self._made[name] = phase
        return phase

    def _connections(self) -> dict[str, Mapping[str, float]]:
        """Return the age of each connection, by node and peer."""
        return {
            node.name: connections(node) for node in self.experiment.chain.all_nodes
        }

    def _dropped(
        self, before: Mapping[str, Mapping[str, float]], seconds: float
    ) -> tuple[str, ...]:
        """Return the connections that are gone, or younger than the phase."""
        now = self._connections()
        return tuple(
            f"{node}-{peer[:8]}"
            for node, peers in sorted(before.items())
            for peer in sorted(peers)
            if now.get(node, {}).get(peer, 0.0) < seconds
        )


def left_pending(record: NodeRecord) -> dict[str, int]:
    """Return how many transactions the last blocks have left in each mempool.

    A mempool fills between two blocks; what counts is what they leave behind.
    """
    found = {}
    for name in record.nodes:
        samples = record.samples(name)
        if samples:
            recent = [s.pending for s in samples if s.at > samples[-1].at - _RECENT_S]
            found[name] = min(recent)
    return found


def connections(node: ChainNode) -> dict[str, float]:
    """Return the seconds that each of a node's connections has stood, by peer.

    A node that does not answer has none.
    """
    try:
        peers = node.rpc.call("net_info")["peers"]
    except RpcError:
        return {}
    return {
        peer["node_info"]["id"]: int(peer["connection_status"]["Duration"]) / 1e9
        for peer in peers
    }
