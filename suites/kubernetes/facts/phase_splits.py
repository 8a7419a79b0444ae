"""Splits in the middle of one height: on its proposal, on a lock, on a commit."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING

import pytest

from pytest_roadmap.errors import NeverHappenedError
from pytest_roadmap.target.comet import RpcError
from pytest_roadmap.target.experiments import Experiment
from pytest_roadmap.target.experiments.phase_split import Missed
from pytest_roadmap.target.experiments.splitting import Splitter
from pytest_roadmap.target.faults import FaultError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_roadmap.probes.evidence import EvidenceBook
    from pytest_roadmap.target.chain import ChainInstance
    from pytest_roadmap.target.experiments import Conclusion
    from pytest_roadmap.target.experiments.phase_split import PhaseSplit
    from pytest_roadmap.target.faults.delaying import Delay
    from pytest_roadmap.target.instances import ChainPool
    from pytest_roadmap.target.overlays import CounterExample

HELD_S = 0.3  # every P2P packet waits so long
TRIES = 5  # heights
PROPOSAL_BUDGETS, COMMIT_BUDGETS = 3, 8
SIGNED_BLOCKS = 5
BLOCKS_S = 90.0  # beyond the limits
EVENTS = ("CompleteProposal", "Lock", "TimeoutPropose", "Vote")


@dataclass(slots=True, kw_only=True)
class PhaseSplits:
    """What was recorded; a split that could not be made has a reason instead.

    Attributes:
        proposal: The split while a proposal was on the way.
        lock: The split while validators were locked.
        commit: The split when one validator had committed.
        undone: Why a split could not be made, by its name.
        conclusion: None for a chain that could not be judged at the end.
    """

    chain: ChainInstance
    experiment: Experiment
    proposal: PhaseSplit | None = None
    lock: PhaseSplit | None = None
    commit: PhaseSplit | None = None
    undone: dict[str, str] = field(default_factory=dict)
    conclusion: Conclusion | None = None
    problem: str = ""

    def made(self, name: str, evidence: EvidenceBook) -> PhaseSplit:
        """Return a split, and record what was seen of it.

        Raises:
            FaultError: It could not be made, so that nothing can be judged.
        """
        split: PhaseSplit | None = getattr(self, name)
        if split is None:
            raise FaultError(self.undone.get(name, self.problem))
        evidence.note(f"height {split.height}, {', '.join(split.side)} had its block")
        evidence.attach("round states while it held", [str(s) for s in split.states])
        evidence.attach("what the queues tell", [asdict(r) for r in split.reports])
        return split

    def judge(self, evidence: EvidenceBook) -> None:
        """Judge the chain over all splits.

        Raises:
            AssertionError: It did not stay one chain, or could not be judged.
        """
        if self.conclusion is None:
            raise AssertionError(self.problem)
        self.conclusion.judge(evidence)


@pytest.fixture(scope="session")
def phase_splits(
    chains: ChainPool, counterexample: CounterExample | None
) -> Iterator[PhaseSplits]:
    """The splits, on an instance of its own whose full node is apart."""
    chain = chains.acquire()
    asked = counterexample.requirement if counterexample else ""
    try:
        with Experiment(chain, events=EVENTS) as experiment:
            splits = PhaseSplits(chain=chain, experiment=experiment)
            try:
                _Acts(splits, asked).all()
                splits.conclusion = experiment.conclude()
            except (NeverHappenedError, RpcError) as error:
                splits.problem = f"the chain could not be judged at the end: {error}"
        yield splits
    finally:
        chains.discard(chain)


class _Acts:
    """The splits that are asked for; all, where no requirement is named."""

    def __init__(self, splits: PhaseSplits, asked: str) -> None:
        self.splits = splits
        self.asked = asked
        self.chain = splits.chain
        self.experiment = splits.experiment
        self.four = splits.chain.validators

    def all(self) -> None:
        """Make one split after another; the full node is apart all the while."""
        inject, full = self.experiment.inject, self.chain.full[0]
        with inject(self.chain.faults.cut(full)) as cut:
            if self.asked != "CHAOS-SPLIT-4":
                self._halves()
            if self.asked in {"", "CHAOS-SPLIT-4"}:
                self._singles()
        back = self.experiment.until_recovered(full, since=cut.healed, within=BLOCKS_S)
        if (commit := self.splits.commit) is not None and commit.recovered is not None:
            slowest = max(commit.recovered, back)
            self.splits.commit = replace(commit, recovered=slowest)

    def _halves(self) -> None:
        """Split two and two, on a proposal and on a lock."""
        left, right = self.four[:2], self.four[2:]
        apart = {n.name: right if n in left else left for n in self.four}
        held = self.chain.faults.held_packets(self.four, HELD_S, apart)
        with self.experiment.inject(held):
            hold = PROPOSAL_BUDGETS * self.experiment.budget
            self._tried(
                "proposal", "CHAOS-SPLIT-3", held, lambda one: one.on_proposal(hold)
            )
            self._tried("lock", "CHAOS-CONS-2", held, Splitter.on_lock)

    def _singles(self) -> None:
        """Cut everybody from everybody, when the first one has committed.

        It hears the others sooner than they hear one another: else all would
        commit in the same instant.
        """
        apart = {n.name: [o for o in self.four if o is not n] for n in self.four}
        first = self.four[:1]
        held = self.chain.faults.held_packets(self.four, HELD_S, apart, soon=first)
        with self.experiment.inject(held):
            hold = COMMIT_BUDGETS * self.experiment.budget
            self._tried(
                "commit", "CHAOS-SPLIT-4", held, lambda one: one.on_commit(hold)
            )

    def _tried(
        self,
        name: str,
        requirement: str,
        held: Delay,
        split: Callable[[Splitter], PhaseSplit],
    ) -> None:
        """Try a split at some heights, and then let the chain go on."""
        if self.asked not in {"", requirement}:
            return
        blocks = self.chain.blocks
        with self.chain.faults.lever(held) as lever:
            for _ in range(TRIES):
                try:
                    found = split(Splitter(self.experiment, held, lever))
                except Missed as missed:
                    self.splits.undone[name] = f"at {TRIES} heights: {missed}"
                    blocks.wait_for_blocks(2, within=BLOCKS_S)
                else:
                    setattr(self.splits, name, found)
                    break
        blocks.wait_for_blocks(SIGNED_BLOCKS + 1, within=BLOCKS_S)
