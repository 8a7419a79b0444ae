"""Every validator away once: the strongest held down, the others killed in turn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from pytest_roadmap.errors import NeverHappenedError, TargetError, UnavailableError
from pytest_roadmap.target import application, clock, transfers
from pytest_roadmap.target.comet import RpcError
from pytest_roadmap.target.experiments import Experiment
from pytest_roadmap.target.experiments.recovery import NEAR
from pytest_roadmap.target.pulse import pulse

if TYPE_CHECKING:
    from pytest_roadmap.target.chain import ChainInstance
    from pytest_roadmap.target.chain_node import ChainNode
    from pytest_roadmap.target.experiments import Conclusion
    from pytest_roadmap.target.instances import ChainPool
    from pytest_roadmap.target.transfers import Ledger, Transfer

TRANSFERS_PER_S = 10.0
HELD_ROUNDS = 6
HELD_BLOCKS = 15
HELD_LONGEST_S = 75.0
BACK_S = 60.0
RECOVERED_S = 90.0  # beyond the limits
AFTER_RETURN_BLOCKS = 10
COMMITTED_S = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Absence:
    """How one validator was away.

    Attributes:
        killed: When its process was killed.
        exit_code: That of the killed run, as the pod tells it; None for a pod
            that was replaced, or is not there.
        restarted: When its process was started again, or when we gave up.
        recovered: When it had recovered, or when we gave up.
        gap_rounds: The longest gap between blocks meanwhile, in round budgets.
        problem: Why it did not recover, or empty.
    """

    name: str
    killed: float
    exit_code: int | None
    restarted: float
    recovered: float
    gap_rounds: float
    problem: str

    @property
    def recovery_seconds(self) -> float:
        """From its start to its recovery; at least so many if it did not."""
        return self.recovered - self.restarted

    def __str__(self) -> str:
        """Return what happened, in a line."""
        back = self.problem or f"recovered after {self.recovery_seconds:.1f} s"
        gap = f"longest gap {self.gap_rounds:.2f} rounds"
        return f"{self.name}: exit {self.exit_code}, {back}, {gap}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Return:
    """How the validator that was held down came back.

    Attributes:
        catching_up: What its first status said; `height` and `highest` are its
            own height then, and the chain's.
        caught_up: The seconds from its start until it was not catching up any
            more; at least so many if it is still.
        away_blocks: The heights that were committed from its end until it was
            near the highest node again.
        missed_after: Those of the ten blocks after its first signature that
            it did not sign; all, without one.
        missed_counter: By how much its missed_blocks_counter has grown.
        lacking: Heights of its absence whose block it does not have.
    """

    catching_up: bool
    height: int
    highest: int
    caught_up: float
    away_blocks: int
    missed_after: int
    missed_counter: int
    lacking: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CrashSeries:
    """What was recorded, as far as the series got; `problem` says what it lacks.

    Attributes:
        received: What the receiver of all transfers has got.
        accepted_while_away: Transfers accepted while a validator was away.
    """

    powers: dict[str, int]
    absences: tuple[Absence, ...]
    back: Return
    ledger: Ledger
    received: int
    accepted_while_away: int
    unanswered: int
    conclusion: Conclusion
    problem: str


@pytest.fixture(scope="session")
def crash_series(chains: ChainPool) -> CrashSeries:
    """Each validator away once, under transfers to the API service."""
    chain = chains.acquire()
    try:
        if chain.profile.api is not None:
            chain.with_api(1)
        with Experiment(chain) as experiment:
            return _told(experiment)
    except (NeverHappenedError, TargetError) as error:
        message = f"the series of crashes could not be recorded: {error}"
        raise UnavailableError(message) from error
    finally:
        chains.discard(chain)


def _told(experiment: Experiment) -> CrashSeries:
    """Return the whole record."""
    chain, witness = experiment.chain, experiment.chain.full[0]
    powers = {node.name: node.power for node in chain.validators}
    missed = application.missed_blocks(witness)
    to = "full" if chain.profile.api is None else "api"
    with transfers.sending(chain, rate=TRANSFERS_PER_S, name="payer", to=to) as sending:
        before = application.balance(witness, sending.receiver)
        sending.until_accepted(1, since=0.0, within=BACK_S)
        series = _Series(experiment, powers)
        series.run()
        back = series.returned(missed)
        sending.end()
    every = sending.transfers()
    ledger = _ledger(witness, before.height, every)
    after = application.balance(witness, sending.receiver)
    return CrashSeries(
        powers=powers,
        absences=tuple(series.absences),
        back=back,
        ledger=ledger,
        received=after.amount - before.amount,
        accepted_while_away=sum(
            one.accepted and any(a.killed <= one.at <= a.recovered for a in away)
            for one in every
            for away in [series.absences]
        ),
        unanswered=sum(one.code is None for one in every),
        conclusion=experiment.conclude(),
        problem=series.absences[-1].problem,
    )


def _ledger(witness: ChainNode, height: int, every: tuple[Transfer, ...]) -> Ledger:
    """Return what the blocks above a height have of the transfers."""
    return transfers.Reader(witness, height + 1).until_settled(
        every, within=COMMITTED_S
    )


class _Series:
    """Takes the validators away one by one, and writes down what is seen."""

    def __init__(self, experiment: Experiment, powers: dict[str, int]) -> None:
        self.experiment = experiment
        self.chain: ChainInstance = experiment.chain
        self.strongest = max(self.chain.validators, key=lambda n: powers[n.name])
        self.absences: list[Absence] = []
        self.first_status = (False, 0, 0)

    def run(self) -> None:
        """Take each validator away, until one does not recover."""
        self._hold_down(self.strongest)
        for node in self.chain.validators:
            if node.name != self.strongest.name and not self.absences[-1].problem:
                self._kill(node)

    def _hold_down(self, node: ChainNode) -> None:
        """Hold a validator down for some rounds and blocks, and let it return."""
        experiment, chain = self.experiment, self.chain
        height = chain.height
        with experiment.inject(experiment.faults.held_down(node)) as hold:
            since, least = hold.since, HELD_ROUNDS * experiment.budget

            def long_enough() -> bool:
                """Whether it was away for so long, or the chain stands still."""
                held = clock.now() - since
                many = chain.height >= height + HELD_BLOCKS
                return held >= HELD_LONGEST_S or (held >= least and many)

            what = "the end of the hold"
            pulse.until(long_enough, within=2 * HELD_LONGEST_S, what=what, every=0.5)
            killed = hold.kills[node.name].at
        self._follow(node, killed, restarts=-1)

    def _kill(self, node: ChainNode) -> None:
        """Kill a validator's process and follow it to its recovery."""
        restarts = node.container.restarts
        killed = self.experiment.faults.killed(node).at
        self.experiment.note(f"{node} is killed", killed)
        self._follow(node, killed, restarts)

    def _follow(self, node: ChainNode, killed: float, restarts: int) -> None:
        """Follow a validator to its recovery, and write down its absence."""
        restarted, problem = None, ""
        try:
            pod = node.until_restarted(restarts, within=BACK_S)
            restarted = pod.container(node.role.container).now.started or clock.now()
            if restarts < 0:
                self._take_first_status(node)
            seconds = self.experiment.until_recovered(
                node, since=restarted, within=RECOVERED_S
            )
            recovered = restarted + seconds
        except NeverHappenedError as error:
            problem, recovered = str(error), clock.now()
        self.absences.append(
            Absence(
                name=node.name,
                killed=killed,
                exit_code=node.exit_code_since(killed),
                restarted=restarted or recovered,
                recovered=recovered,
                gap_rounds=self.experiment.gap_rounds(killed, recovered),
                problem=problem,
            )
        )

    def _take_first_status(self, node: ChainNode) -> None:
        """Take the first status that a starting node gives."""

        def asked() -> bool:
            """Whether it answers."""
            try:
                status = node.rpc.status(within=1.0)
            except RpcError:
                return False
            highest = self.experiment.record.highest()
            self.first_status = (status.catching_up, status.height, highest)
            return True

        what = f"a first answer of {node}"
        pulse.ask_until(asked, within=BACK_S, what=what, every=0.1)

    def returned(self, missed: dict[str, int]) -> Return:
        """Return how the validator that was held down came back."""
        node, blocks, absence = self.strongest, self.chain.blocks, self.absences[0]
        record = self.experiment.record
        synced = [
            sample
            for sample in record.samples(node.name, absence.restarted)
            if not sample.catching_up
        ]
        near = (s.at for s in synced if s.height >= record.highest(s.at) - NEAR)
        end = next(near, clock.now())
        away = [
            block.height
            for block in blocks.since(absence.killed)
            if blocks.committed_at(block.height) <= end
        ]
        found = node.rpc.headers(away[0], away[-1]) if away else ()
        has = {header.height for header in found}
        counted = application.missed_blocks(self.chain.full[0])
        catching_up, height, highest = self.first_status
        return Return(
            catching_up=catching_up,
            height=height,
            highest=highest,
            caught_up=(synced[0].at if synced else clock.now()) - absence.restarted,
            away_blocks=len(away),
            missed_after=self._missed_after(absence.restarted),
            missed_counter=counted[node.address] - missed[node.address],
            lacking=tuple(number for number in away if number not in has),
        )

    def _missed_after(self, restarted: float) -> int:
        """Return how many blocks it missed of those after its first signature."""
        address, blocks = self.strongest.address, self.chain.blocks
        here = blocks.first_signature(address, restarted)
        if here is None:
            return AFTER_RETURN_BLOCKS
        last = here.height + AFTER_RETURN_BLOCKS
        blocks.wait_for_height(last + 1, within=BACK_S)
        signers = map(blocks.signatures, range(here.height + 1, last + 1))
        return sum(address not in (found or ()) for found in signers)
