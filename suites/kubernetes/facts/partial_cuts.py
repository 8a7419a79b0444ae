"""Three partial partitions, one after the other, on one instance.

Two crossing links are cut; then the halves are joined by the full node only;
then one validator hears the others and is not heard.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from pytest_roadmap.errors import NeverHappenedError
from pytest_roadmap.target import clock
from pytest_roadmap.target.experiments import peering
from pytest_roadmap.target.experiments.staging import staged, told

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_roadmap.target.chain_node import ChainNode
    from pytest_roadmap.target.experiments import Conclusion, Experiment
    from pytest_roadmap.target.faults.parting import Cut
    from pytest_roadmap.target.instances import ChainPool

PARTIAL_CUT_BLOCKS = 10
PARTIAL_CUT_LONGEST_S = 45.0  # for an act in which blocks do not come
PARTIAL_CUT_HEARD_S = 60.0  # every link again, between two acts
PARTIAL_CUT_RECOVERED_S = 90.0  # beyond the limit of 30


@dataclass(frozen=True, slots=True, kw_only=True)
class PartialCut:
    """One partition, from when it was seen to be on to its end.

    Attributes:
        signers: Who signed each block, by name, where that is known.
        longest_gap_rounds: The longest time without a block.
        peers: The names of the full node's peers at the end.
        lost: Links among the others that were lost meanwhile.
        recovered: Seconds from the heal to the recovery of the cut-off node.
        problem: What did not happen.
    """

    what: str
    signers: tuple[frozenset[str], ...]
    longest_gap_rounds: float
    peers: frozenset[str]
    lost: tuple[str, ...]
    recovered: float | None
    problem: str

    @property
    def signatures_percent(self) -> float:
        """The share of the signatures that four validators could give."""
        given = sum(map(len, self.signers))
        return 100 * given / (4 * len(self.signers)) if self.signers else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PartialCuts:
    """What was seen; an act that was not reached is None."""

    halves: tuple[frozenset[str], frozenset[str]]
    usual_percent: float  # of the signatures, before the first cut
    crossing: PartialCut | None
    joined: PartialCut | None
    mute: PartialCut | None
    conclusion: Conclusion | None
    problem: str


@pytest.fixture(scope="session")
def partial_cuts(chains: ChainPool) -> PartialCuts:
    """Three acts of ten blocks each, and what came of them."""
    with staged(chains) as experiment:
        return PartialCutsStory(experiment).told()


class PartialCutsStory:
    """Makes the three partitions, and writes down what is seen."""

    def __init__(self, experiment: Experiment) -> None:
        chain = experiment.chain
        self.experiment = experiment
        self.acts: list[PartialCut] = []
        self.chain = chain
        self.network = chain.faults.network
        self.validators = chain.validators[:4]
        self.full = chain.full
        self.nodes = (*chain.validators, *chain.full)
        self.names = {node.rpc.status().node_id: node.name for node in self.nodes}
        self.by_address = {node.address: node.name for node in self.validators}

    def told(self) -> PartialCuts:
        """Return the whole record."""
        experiment = self.experiment
        usual = self._signers(experiment.baseline.since, clock.now())
        problem = told(self._act_all)
        conclusion = None
        if not problem:
            conclusion = experiment.conclude()
        first, second, third, fourth = (node.name for node in self.validators)
        acts = dict(enumerate(self.acts))
        return PartialCuts(
            halves=(frozenset({first, second}), frozenset({third, fourth})),
            usual_percent=100 * sum(map(len, usual)) / (4 * len(usual)),
            crossing=acts.get(0),
            joined=acts.get(1),
            mute=acts.get(2),
            conclusion=conclusion,
            problem=problem,
        )

    def _act_all(self) -> None:
        """Make one partition after the other."""
        first, second, third, fourth = self.validators
        apart = tuple(itertools.product(self.full, self.validators))
        crossing = ((first, third), (second, fourth))
        halves = itertools.product((first, second), (third, fourth))
        self._act(lambda: self.network.links(*crossing, *apart))
        self._act(lambda: self.network.links(*halves, among=self.full))
        mute = self._best_connected()
        others = tuple(node for node in self.nodes if node != mute)
        self._act(lambda: self.network.mute(mute, *others), cut_off=mute)

    def _act(self, made: Callable[[], Cut], cut_off: ChainNode | None = None) -> None:
        """Hold a partition for some blocks, and see that all is well after it."""
        peering.until_heard(self.experiment, self.nodes, within=PARTIAL_CUT_HEARD_S)
        with self.experiment.inject(made()) as cut:
            problem = told(
                lambda: self.chain.blocks.wait_for_blocks(
                    PARTIAL_CUT_BLOCKS + 1, within=PARTIAL_CUT_LONGEST_S
                )
            )
            until = clock.now()
        recovered = None
        healed = cut.healed or until
        for node in self.nodes:
            seconds = self._recovery(node, healed)
            recovered = seconds if node == cut_off else recovered
        self.acts.append(
            PartialCut(
                what=cut.what,
                signers=self._signers(cut.since, until),
                longest_gap_rounds=self.experiment.gap_rounds(cut.since, until),
                peers=self._peers_of_full(until),
                lost=self._lost(cut_off, cut.since, until),
                recovered=recovered,
                problem=problem,
            )
        )

    def _recovery(self, node: ChainNode, since: float) -> float | None:
        """Return the seconds that a node needed to recover; None if it did not."""
        try:
            return self.experiment.until_recovered(
                node, since=since, within=PARTIAL_CUT_RECOVERED_S
            )
        except NeverHappenedError:
            return None

    def _best_connected(self) -> ChainNode:
        """Return the validator that had the most peers."""
        peers = self.experiment.baseline.peers
        return max(self.validators, key=lambda node: len(peers[node.name]))

    def _signers(self, since: float, until: float) -> tuple[frozenset[str], ...]:
        """Return who signed each block of a window, as far as it is known."""
        blocks = self.chain.blocks
        found = [
            blocks.signatures(block.height)
            for block in blocks.since(since)
            if blocks.committed_at(block.height) <= until
        ]
        return tuple(
            frozenset(self.by_address[a] for a in signers if a in self.by_address)
            for signers in found
            if signers is not None
        )

    def _peers_of_full(self, moment: float) -> frozenset[str]:
        """Return the names of the full node's peers at a moment."""
        ids: set[str] = set()
        for node in self.full:
            samples = self.experiment.record.samples(node.name, until=moment)
            ids |= samples[-1].peers
        return frozenset(self.names.get(peer, peer) for peer in ids)

    def _lost(
        self, cut_off: ChainNode | None, since: float, until: float
    ) -> tuple[str, ...]:
        """Return the links among the nodes that are not cut off which were lost."""
        record, before = self.experiment.record, self.experiment.baseline.peers
        others = [node.name for node in self.nodes if node != cut_off]
        return tuple(
            f"{name} lost {self.names[peer]}"
            for name in others
            for peer in before[name]
            if self.names.get(peer) in others
            and any(peer not in s.peers for s in record.samples(name, since, until))
        )
