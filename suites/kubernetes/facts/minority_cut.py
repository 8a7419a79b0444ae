"""The most powerful validator, the full node and the API are cut off the others.

Connections are reset at the start; clients go on asking the API service, and 20
transfers are given to the full node.  In the last 15 s the cut-off validator's
pod is replaced.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from pytest_roadmap.errors import NeverHappenedError
from pytest_roadmap.target import clients, clock, signed_transfers
from pytest_roadmap.target.experiments import impact, peering
from pytest_roadmap.target.experiments.freshness import fresh_again, questions, shown
from pytest_roadmap.target.experiments.staging import staged, told
from pytest_roadmap.target.experiments.waits import hold_until

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_roadmap.target.chain_node import ChainNode
    from pytest_roadmap.target.clients import Clients
    from pytest_roadmap.target.experiments import Conclusion, Experiment
    from pytest_roadmap.target.experiments.freshness import Shown
    from pytest_roadmap.target.faults.parting import Cut
    from pytest_roadmap.target.instances import ChainPool
    from pytest_roadmap.target.signed_transfers import Executed

MINORITY_HOLD_S = 40.0
MINORITY_REPLACED_AFTER_S = 25.0
MINORITY_ALONE_S = 4.0  # that the replaced validator is watched, at least
MINORITY_BACK_S = 60.0  # for its pod to come back and answer
MINORITY_LIMIT_S = 30.0  # after which peers are counted
MINORITY_LONGEST_S = 75.0  # beyond the limits of 30
MINORITY_TRANSFERS = 20
MINORITY_RATE = 5.0  # of each of two clients
MINORITY_TIMEOUT_S = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplacedInMinority:
    """The cut-off validator's new pod, as it was before the heal.

    Attributes:
        genesis: Whether it runs the network's genesis.
        height: Its newest height.
        own: Its blocks that are above the height of the cut, or that the
            network has not got.
        majority: How many blocks the majority has made since the deletion.
        steps_back: Whether its signing state is below that of before.
    """

    pod: str
    genesis: bool
    height: int
    own: tuple[str, ...]
    majority: int
    steps_back: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MinorityCut:
    """What was seen; what was not reached is None.

    Attributes:
        advance: Blocks of the majority during the cut, and of the full node.
        longest_gap_rounds: Of the majority.
        redials: Attempts of the nodes of each side to reach the other.
        shown: What clients were shown from the cut to the end.
        fresh: Seconds from the heal to fresh answers.
        codes: What the full node said to the transfers: 0 is accepted.
        leaked: Transfers in the mempool of a majority node before the heal.
        executed: Where the transfers stand in the blocks.
        committed: Seconds from the heal to the last of them.
        restarts: Containers that were restarted during the cut.
        missing: Peers that a node lacked, or had too much, 30 s after the heal.
        recoveries: Seconds from the heal to each node's recovery.
    """

    sides: tuple[tuple[str, ...], tuple[str, ...]]
    cut_off: str
    advance: tuple[int, int]
    longest_gap_rounds: float
    redials: tuple[int, int]
    shown: tuple[Shown, ...]
    fresh: float | None
    codes: tuple[int, ...]
    leaked: int
    executed: tuple[Executed, ...]
    committed: float | None
    restarts: tuple[str, ...]
    missing: tuple[str, ...]
    recoveries: Mapping[str, float | None]
    replaced: ReplacedInMinority | None
    conclusion: Conclusion | None
    problem: str


@pytest.fixture(scope="session")
def minority_cut(chains: ChainPool) -> MinorityCut:
    """A minority cut off for 40 s, one of its validators replaced meanwhile."""
    with staged(chains, before=lambda chain: chain.with_api(1)) as experiment:
        return MinorityStory(experiment).told()


class MinorityStory:
    """Cuts the minority off and joins it again, and writes down what is seen."""

    def __init__(self, experiment: Experiment) -> None:
        chain = experiment.chain
        self.experiment, self.chain, self.blocks = experiment, chain, chain.blocks
        self.lonely = max(chain.validators, key=lambda node: node.power)
        self.full = chain.full[0]
        self.minority = (self.lonely, *chain.full, *chain.api_nodes)
        self.majority = tuple(n for n in chain.validators if n != self.lonely)
        self.nodes = (*self.minority, *self.majority)
        self.before = self.lonely.pod
        self.signed_before = self.lonely.signing_state()
        payers = signed_transfers.accounts(chain)
        self.payee = payers[-1].address
        self.transfers = signed_transfers.to_one(
            self.full.rpc, payers[:MINORITY_TRANSFERS], self.payee
        )
        self.codes: tuple[int, ...] = ()
        self.executed: tuple[Executed, ...] = ()
        self.replaced: ReplacedInMinority | None = None
        self.redials = (0, 0)
        self.recoveries: dict[str, float | None] = {}

    def told(self) -> MinorityCut:
        """Return the whole record."""
        worker = [self.chain.nodes.workers[0].name]
        tip, balance = questions(
            self.chain, self.payee, rate=MINORITY_RATE, timeout=MINORITY_TIMEOUT_S
        )
        with (
            clients.asking(self.chain, tip, on=worker, name="tip-reader") as readers,
            clients.asking(self.chain, balance, on=worker, name="payer") as payers,
        ):
            return self._recorded(readers, payers)

    def _recorded(self, *groups: Clients) -> MinorityCut:
        """Return the record, made while the clients ask."""
        experiment, record = self.experiment, self.experiment.record
        split = self.chain.faults.network.split(
            self.minority, self.majority, resets=True
        )
        with experiment.inject(split) as cut:
            self.codes = tuple(
                self.full.rpc.broadcast(one.data) for one in self.transfers
            )
            problem = told(lambda: self._hold(cut))
            until = clock.now()
            leaked = self._leaked()
            restarts = impact.restarted(experiment)
        healed = cut.healed or until
        problem = problem or told(lambda: self._heal(healed, *groups))
        found = tuple(one for group in groups for one in self._shown(group, cut.since))
        fresh = fresh_again(found, healed)
        problem = told(self._look_for_transfers) or problem
        return MinorityCut(
            sides=(_names_of_side(self.minority), _names_of_side(self.majority)),
            cut_off=self.lonely.name,
            advance=(
                record.highest(until) - record.highest(cut.since),
                record.height_of(self.full.name, until)
                - record.height_of(self.full.name, cut.since),
            ),
            longest_gap_rounds=experiment.gap_rounds(cut.since, until),
            redials=self.redials,
            shown=found,
            fresh=None if fresh is None else fresh - healed,
            codes=self.codes,
            leaked=leaked,
            executed=self.executed,
            committed=self._committed(healed),
            restarts=restarts,
            missing=peering.missing(
                experiment, self.nodes, since=healed, after=MINORITY_LIMIT_S
            ),
            recoveries=self.recoveries,
            replaced=self.replaced,
            conclusion=None if problem else experiment.conclude(),
            problem=problem,
        )

    # ------------------------------------------------------------ while it holds

    def _hold(self, cut: Cut) -> None:
        """Hold the cut, and replace the lonely validator's pod towards its end."""
        first = self._turned_back(cut)
        hold_until(cut.since + MINORITY_REPLACED_AFTER_S)
        last = self._turned_back(cut)
        self.redials = (last[0] - first[0], last[1] - first[1])
        settled = self.experiment.record.highest(cut.since) + 1
        height = self.blocks.height
        self.lonely.delete()
        self.lonely.until_replaced(self.before.uid, within=MINORITY_BACK_S)
        self.lonely.until(
            lambda pod: pod.ip, within=MINORITY_BACK_S, what="to have an address"
        )
        back = self.chain.faults.network.rejoined(cut, self.lonely)
        with self.experiment.inject(back):
            self.lonely.until_answering(within=MINORITY_BACK_S)
            hold_until(max(cut.since + MINORITY_HOLD_S, clock.now() + MINORITY_ALONE_S))
            self.replaced = self._as_it_is(settled, height)

    def _turned_back(self, cut: Cut) -> tuple[int, int]:
        """Return how many packets of each side have been turned back."""
        minority, majority = (
            cut.partition.turned_back(node.pod for node in side)
            for side in (self.minority, self.majority)
        )
        return minority, majority

    def _as_it_is(self, settled: int, height: int) -> ReplacedInMinority:
        """Return how the replaced validator is, still cut off."""
        rpc = self.lonely.rpc
        tip = rpc.status().height
        known = {block.height: block.hash for block in self.blocks.since()}
        own = [
            f"{header.height} {header.hash[:12]}"
            for header in rpc.headers(1, tip)
            if header.height > settled
            or known.get(header.height, header.hash) != header.hash
        ]
        return ReplacedInMinority(
            pod=self.lonely.pod.uid,
            genesis=rpc.genesis().digest == self.majority[0].rpc.genesis().digest,
            height=tip,
            own=tuple(own),
            majority=self.blocks.height - height,
            steps_back=self.lonely.signing_state() < self.signed_before,
        )

    def _leaked(self) -> int:
        """Return how many of the transfers a majority node holds."""
        held = frozenset().union(
            *(signed_transfers.waiting(n.rpc) for n in self.majority)
        )
        return sum(one.hash in held for one in self.transfers)

    # ------------------------------------------------------------------ afterwards

    def _heal(self, healed: float, *groups: Clients) -> None:
        """Wait until everything is as it was."""
        for node in self.nodes:
            try:
                self.recoveries[node.name] = self.experiment.until_recovered(
                    node, since=healed, within=MINORITY_LONGEST_S
                )
            except NeverHappenedError:
                self.recoveries[node.name] = None
        peering.until_restored(
            self.experiment, self.nodes, since=healed, within=MINORITY_LONGEST_S
        )
        for group in groups:
            group.until(
                lambda group=group: fresh_again(self._shown(group, healed), healed),
                within=MINORITY_LONGEST_S,
                what="fresh answers of the API service",
            )
        hashes = {one.hash for one in self.transfers}
        self.chain.until_true(
            lambda: not hashes & signed_transfers.waiting(self.full.rpc),
            within=MINORITY_LONGEST_S,
            what="the transfers to leave the full node's mempool",
        )

    def _shown(self, group: Clients, since: float) -> tuple[Shown, ...]:
        """Return what clients were shown since a moment."""
        return shown((a for a in group.answers() if a.at >= since), self.blocks)

    def _look_for_transfers(self) -> None:
        """Look for the transfers in the majority's blocks."""
        rpc = self.majority[0].rpc
        first, last = self.experiment.baseline.height, rpc.status().height
        self.executed = signed_transfers.executed(rpc, self.transfers, first, last)
        self.blocks.wait_for_height(last, within=MINORITY_BACK_S)

    def _committed(self, since: float) -> float | None:
        """Return the seconds to the last transfer's first block."""
        last = max((one.height for one in self.executed), default=0)
        if self.blocks.at(last) is None:
            return None
        return self.blocks.committed_at(last) - since


def _names_of_side(nodes: tuple[ChainNode, ...]) -> tuple[str, ...]:
    """Return the nodes' names."""
    return tuple(node.name for node in nodes)
