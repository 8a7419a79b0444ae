"""Two validators on either side of a split, and one transfer of two on each side.

It is healed in two steps: first the most powerful validator is left alone, and
the other three are joined; then it is joined too.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from pytest_roadmap.errors import TargetError
from pytest_roadmap.target import application, clock, signed_transfers
from pytest_roadmap.target.experiments import impact
from pytest_roadmap.target.experiments.staging import staged, told
from pytest_roadmap.target.experiments.waits import first_block
from pytest_roadmap.target.pulse import pulse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_roadmap.target.chain_node import ChainNode
    from pytest_roadmap.target.experiments import Conclusion, Experiment
    from pytest_roadmap.target.faults.parting import Cut
    from pytest_roadmap.target.instances import ChainPool
    from pytest_roadmap.target.signed_transfers import Executed, SignedTransfer

SPLIT_HOLD_S = 20.0
SPLIT_READ_EVERY_S = 4.0
SPLIT_READ_LONGEST_S = 10.0  # beyond the limit of 2
SPLIT_RESUMED_S = 60.0  # beyond the limits of 30
SPLIT_RECOVERED_S = 75.0
SPLIT_SETTLED_S = 30.0
SPLIT_AMOUNTS = (1_000_003, 1_000_033)
SPLIT_VOTERS = re.compile(r"BA\{\d+:([x_]+)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitReading:
    """A node's answers to /status and to a question about a balance."""

    node: str
    seconds: float  # the slower of the two
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitInHalves:
    """What was seen; what was not reached is None.

    Attributes:
        codes: What the two sides said to their transfer: 0 is accepted.
        waiting: Whether each side held its transfer to the end of the split.
        blocks_alone: Blocks above the settled height, of any node.
        prevotes: The most prevotes that each validator saw in a round.
        readings: Every node's answers during the split.
        restarts: Containers that were restarted during it.
        resumed: Seconds from the first step to a block.
        apart: Blocks that the lonely validator committed meanwhile.
        recovered: Seconds from the second step to its recovery.
        executed: The transfers in the blocks of any node.
        decided: Seconds from the first step to the block with one of them.
        balances: What each node says that the two recipients were given.
        left: Transfers that are still in a mempool at the end, by node.
    """

    halves: tuple[tuple[str, ...], tuple[str, ...]]
    codes: tuple[int, int]
    waiting: tuple[bool, bool]
    blocks_alone: int
    prevotes: Mapping[str, int]
    readings: tuple[SplitReading, ...]
    restarts: tuple[str, ...]
    resumed: float | None
    apart: int
    recovered: float | None
    executed: tuple[Executed, ...]
    decided: float | None
    balances: Mapping[str, tuple[int, int]]
    left: Mapping[str, int]
    conclusion: Conclusion | None
    problem: str


@pytest.fixture(scope="session")
def split_2_2(chains: ChainPool) -> SplitInHalves:
    """A split in halves for 20 s, healed in two steps."""
    with staged(chains) as experiment:
        return SplitStory(experiment).told()


class SplitStory:
    """Splits the chain and joins it again, and writes down what is seen."""

    def __init__(self, experiment: Experiment) -> None:
        self.experiment = experiment
        self.chain = chain = experiment.chain
        self.strongest, second, *others = sorted(
            chain.validators[:4], key=lambda node: -node.power
        )
        self.near: tuple[ChainNode, ...] = (self.strongest, second, *chain.full)
        self.far: tuple[ChainNode, ...] = tuple(others)
        self.nodes = (*self.near, *self.far)
        self.recipients, self.transfers = self._signed()
        self.before = self._balances(self.strongest)
        self.readings: list[SplitReading] = []
        self.resumed: float | None = None
        self.recovered: float | None = None
        self.apart = 0
        self.executed: set[Executed] = set()
        self.balances: dict[str, tuple[int, int]] = {}
        self.left: dict[str, int] = {}

    def told(self) -> SplitInHalves:
        """Return the whole record."""
        experiment, network = self.experiment, self.chain.faults.network
        one, other = self.transfers
        with experiment.inject(network.split(self.near, self.far)) as cut:
            codes = (
                self.near[0].rpc.broadcast(one.data),
                self.far[0].rpc.broadcast(other.data),
            )
            self._read_on(until=cut.since + SPLIT_HOLD_S)
            alone = experiment.blocks_without_quorum(cut.since, clock.now())
            prevotes = {
                node.name: _prevotes_in_a_round(node) for node in self.chain.validators
            }
            waiting = (
                one.hash in signed_transfers.waiting(self.near[0].rpc),
                other.hash in signed_transfers.waiting(self.far[0].rpc),
            )
            restarts = impact.restarted(experiment)
            self._look_for_transfers()
            problem = told(lambda: self._join(cut))
        problem = problem or told(self._settle)
        problem = told(self._look_for_transfers) or problem
        problem = told(self._ask_all) or problem
        return SplitInHalves(
            halves=(_names_of_half(self.near), _names_of_half(self.far)),
            codes=codes,
            waiting=waiting,
            blocks_alone=alone,
            prevotes=prevotes,
            readings=tuple(self.readings),
            restarts=restarts,
            resumed=self.resumed,
            apart=self.apart,
            recovered=self.recovered,
            executed=tuple(sorted(self.executed, key=str)),
            decided=self._decided(cut.healed or 0.0),
            balances=self.balances,
            left=self.left,
            conclusion=None if problem else experiment.conclude(),
            problem=problem,
        )

    def _join(self, cut: Cut) -> None:
        """Join three validators, then the fourth."""
        experiment = self.experiment
        others = tuple(node for node in self.nodes if node != self.strongest)
        step = self.chain.faults.network.split((self.strongest,), others)
        with experiment.inject(step) as lonely:
            before = experiment.record.height_of(self.strongest.name)
            cut.heal()
            healed = cut.healed or clock.now()
            block = first_block(self.chain, since=healed, within=SPLIT_RESUMED_S)
            self.resumed = block - healed
            after = experiment.record.height_of(self.strongest.name)
            self.apart = after - before
        self.recovered = experiment.until_recovered(
            self.strongest, since=lonely.healed or clock.now(), within=SPLIT_RECOVERED_S
        )

    def _settle(self) -> None:
        """Wait until neither transfer is in any mempool."""
        self.chain.until_true(
            lambda: not any(self._left(node) for node in self.nodes),
            within=SPLIT_SETTLED_S,
            what="the transfers to leave the mempools",
        )

    def _signed(self) -> tuple[tuple[str, str], tuple[SignedTransfer, SignedTransfer]]:
        """Return two recipients, and a transfer of one account to each."""
        payer, *others = signed_transfers.accounts(self.chain)[-3:]
        sequence = signed_transfers.sequence_of(self.strongest.rpc, payer)
        one, other = (
            signed_transfers.signed(payer, to.address, amount=amount, sequence=sequence)
            for to, amount in zip(others, SPLIT_AMOUNTS, strict=True)
        )
        return (one.recipient, other.recipient), (one, other)

    def _read_on(self, until: float) -> None:
        """Ask every node for its status and a balance, again and again."""

        def over() -> bool:
            """Ask each node once; whether it is time to end."""
            self.readings += [self._reading(node) for node in self.nodes]
            return clock.now() >= until

        pulse.ask_until(
            over,
            within=SPLIT_HOLD_S + SPLIT_SETTLED_S,
            what="the hold",
            every=SPLIT_READ_EVERY_S,
        )

    def _reading(self, node: ChainNode) -> SplitReading:
        """Return a node's answers."""
        slowest, error = 0.0, ""
        for ask in (
            lambda: node.rpc.status(within=SPLIT_READ_LONGEST_S),
            lambda: application.balance(node, self.recipients[0]),
        ):
            asked = clock.now()
            try:
                ask()
            except TargetError as refusal:
                error = str(refusal)
            slowest = max(slowest, clock.now() - asked)
        return SplitReading(node=node.name, seconds=slowest, error=error)

    def _balances(self, node: ChainNode) -> tuple[int, int]:
        """Return the balances of the two recipients."""
        one, other = (
            application.balance(node, address).amount for address in self.recipients
        )
        return one, other

    def _ask_all(self) -> None:
        """Ask every node what the recipients were given, and for its mempool."""
        for node in self.nodes:
            one, other = self._balances(node)
            self.balances[node.name] = (one - self.before[0], other - self.before[1])
            self.left[node.name] = self._left(node)

    def _look_for_transfers(self) -> None:
        """Look for the transfers in the blocks of either side's first node."""
        first = self.experiment.baseline.height
        for node in (self.near[0], self.far[0]):
            last = node.rpc.status().height
            self.executed |= set(
                signed_transfers.executed(node.rpc, self.transfers, first, last)
            )

    def _decided(self, since: float) -> float | None:
        """Return the seconds to the first block with an executed transfer."""
        heights = [one.height for one in self.executed if one.code == 0]
        if not heights or self.chain.blocks.at(min(heights)) is None:
            return None
        return self.chain.blocks.committed_at(min(heights)) - since

    def _left(self, node: ChainNode) -> int:
        """Return how many of the transfers are in a node's mempool."""
        held = signed_transfers.waiting(node.rpc)
        return sum(transfer.hash in held for transfer in self.transfers)


def _prevotes_in_a_round(node: ChainNode) -> int:
    """Return the most prevotes that a node has seen in a round of its height."""
    state = node.rpc.call("consensus_state")["round_state"]
    rounds = state["height_vote_set"]
    return max(
        (
            match[1].count("x")
            for entry in rounds
            if (match := SPLIT_VOTERS.match(entry["prevotes_bit_array"]))
        ),
        default=0,
    )


def _names_of_half(nodes: tuple[ChainNode, ...]) -> tuple[str, ...]:
    """Return the nodes' names."""
    return tuple(node.name for node in nodes)
