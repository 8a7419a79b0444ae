"""Delays of the validators' messages, from 50 ms to 1000 ms, with jitter, and none."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

import pytest

from pytest_roadmap.errors import NeverHappenedError, TargetError
from pytest_roadmap.target import bursts, clock, transfers
from pytest_roadmap.target.experiments import Experiment
from pytest_roadmap.target.experiments.phases import Phases, left_pending
from pytest_roadmap.target.pulse import pulse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_roadmap.probes.evidence import EvidenceBook
    from pytest_roadmap.target.chain import ChainInstance
    from pytest_roadmap.target.chain_node import ChainNode
    from pytest_roadmap.target.experiments import Conclusion, NodeRecord, Sample
    from pytest_roadmap.target.experiments.phases import Phase
    from pytest_roadmap.target.faults.delaying import Delay, Report
    from pytest_roadmap.target.instances import ChainPool
    from pytest_roadmap.target.overlays import CounterExample
    from pytest_roadmap.target.transfers import Sending, Transfer

RATE = 10.0  # transfers a second
BASELINE_BLOCKS = 15
LITTLE_MS, MUCH_MS, FAR_MS, EXTREME_MS, SPREAD_MS = 50, 250, 500, 1000, 150
JITTERED_MS = 200
SEED = 20260101
BURST = 40  # transfers of one account
BURST_S = 60.0  # beyond the limit
EXTREME_S = 60.0  # for three heights
PEERS_S = 90.0  # beyond the limit
RESTART_S = 60.0
NEVER_SIGNED = 99
CALM_BLOCKS = 21  # after the last delay; those from the eleventh on are judged
API_NODES = 2
EVENTS = ("NewRound", "TimeoutPropose", "NewBlock")


@dataclass(frozen=True, slots=True, kw_only=True)
class Restart:
    """A validator's restart under the longest delay.

    Attributes:
        killed: When its process was killed.
        rise: By how many ms its connects were slower after it, in the median.
        peers: Seconds until it had every peer of before; None for never.
        caught_up: The highest block when it was first at the tip again.
        signed: The first block after that with its signature.
        problem: What did not happen.
    """

    node: ChainNode
    killed: float
    rise: float = 0.0
    peers: float | None = None
    caught_up: int = 0
    signed: int = 0
    problem: str = ""

    @property
    def heights_to_sign(self) -> int:
        """How many heights it took; as many as are awaited where it never signed."""
        return self.signed - self.caught_up if self.signed else NEVER_SIGNED


@dataclass(slots=True, kw_only=True)
class LatencySweep:
    """What was recorded; `phases` are named by their delays.

    Attributes:
        far: The validator that was late alone.
        asked: The only requirement that is asked for; empty for all.
        in_power: The addresses of the validator set right after that.
        pending: Transactions in the fullest mempool at the end of the baseline.
        rises: By how many ms connecting took longer, by how many it should, by phase.
        reports: What the programs that held packets told of themselves, by phase.
        sent: Every transfer of the load.
        burst: The transfers of one account, sent under jitter.
        conclusion: None for a chain that could not be judged at the end.
        problem: Why.
    """

    chain: ChainInstance
    experiment: Experiment
    phases: Phases
    far: ChainNode
    asked: str
    in_power: frozenset[str] = frozenset()
    pending: int = 0
    rises: dict[str, dict[float, float]] = field(default_factory=dict)
    reports: dict[str, tuple[Report, ...]] = field(default_factory=dict)
    restart: Restart | None = None
    sent: tuple[Transfer, ...] = ()
    burst: tuple[Transfer, ...] = ()
    burst_problem: str = ""
    conclusion: Conclusion | None = None
    problem: str = ""
    rate: float = RATE
    seed: int = SEED

    def shown(self, name: str, evidence: EvidenceBook) -> Phase:
        """Return a phase, and record by what its delay was seen to be on."""
        for wanted, more in self.rises[name].items():
            evidence.note(f"connecting took {more:.1f} ms longer, asked: {wanted:g} ms")
        reports = [asdict(report) for report in self.reports[name]]
        evidence.attach("what the queues tell of themselves", reports)
        phase = self.phases[name]
        evidence.note(f"{len(phase.heights)} heights in {phase.seconds:.0f} s")
        late = [report.error_ms["p99"] for report in self.reports[name]]
        evidence.measure("added_error_p99_ms", max(late, default=0.0))
        return phase

    def judge(self, evidence: EvidenceBook) -> None:
        """Judge the chain over the whole sweep.

        Raises:
            AssertionError: It did not stay one chain, or could not be judged.
        """
        if self.conclusion is None:
            raise AssertionError(self.problem)
        self.conclusion.judge(evidence)


@pytest.fixture(scope="session")
def latency_sweep(
    chains: ChainPool, counterexample: CounterExample | None
) -> Iterator[LatencySweep]:
    """The sweep, on an instance of its own under load.

    A counter-example goes through those phases only that its requirement is about.
    """
    chain = chains.acquire()
    try:
        chain.with_api(API_NODES)
        with (
            transfers.sending(chain, rate=RATE, name="payer") as load,
            Experiment(chain, events=EVENTS, blocks=BASELINE_BLOCKS) as experiment,
        ):
            sweep = LatencySweep(
                chain=chain,
                experiment=experiment,
                phases=Phases(experiment=experiment),
                far=chain.validators[-1],
                asked=counterexample.requirement if counterexample else "",
                pending=max(left_pending(experiment.record).values()),
            )
            _told(sweep, load)
        yield sweep
    finally:
        chains.discard(chain)


def _told(sweep: LatencySweep, load: Sending) -> None:
    """Go through the phases, and judge the chain at the end."""
    for requirements, phase in PHASES:
        if sweep.asked in {"", *requirements}:
            phase(sweep)
    sweep.sent = load.transfers()
    try:
        sweep.conclusion = sweep.experiment.conclude()
    except (NeverHappenedError, TargetError) as error:
        sweep.problem = f"the chain could not be judged at the end: {error}"


def _little(sweep: LatencySweep) -> None:
    """Delay every validator a little."""
    delay = sweep.chain.faults.delayed(sweep.chain.validators, LITTLE_MS / 1000)
    _phase(sweep, f"{LITTLE_MS} ms", delay, blocks=10, within=60)


def _much(sweep: LatencySweep) -> None:
    """Delay every validator much."""
    delay = sweep.chain.faults.delayed(sweep.chain.validators, MUCH_MS / 1000)
    _phase(sweep, f"{MUCH_MS} ms", delay, blocks=12, within=90)


def _far(sweep: LatencySweep) -> None:
    """Delay one validator alone."""
    four = sweep.chain.validators
    delay = sweep.chain.faults.delayed([sweep.far], FAR_MS / 1000, among=four)
    _phase(sweep, f"{FAR_MS} ms", delay, blocks=15, within=90)
    members = sweep.chain.full[0].rpc.validators()
    sweep.in_power = frozenset(member.address for member in members)


def _extreme(sweep: LatencySweep) -> None:
    """Delay every validator for three heights, then restart one under it."""
    name = f"{EXTREME_MS} ms"
    delay = sweep.chain.faults.delayed(sweep.chain.validators, EXTREME_MS / 1000)
    with sweep.experiment.inject(delay):
        sweep.phases.measured(name, blocks=3, within=EXTREME_S)
        _read(sweep, name, delay)
        if sweep.asked in {"", "CHAOS-LAT-6"}:
            sweep.restart = _restarted(sweep, delay)


def _calm(sweep: LatencySweep) -> None:
    """Delay nobody any more."""
    sweep.phases.measured("none", blocks=CALM_BLOCKS, within=CALM_BLOCKS * 5)


def _phase(
    sweep: LatencySweep, name: str, delay: Delay, *, blocks: int, within: float
) -> None:
    """Have one delay for some blocks."""
    with sweep.experiment.inject(delay):
        sweep.phases.measured(name, blocks=blocks, within=within)
        _read(sweep, name, delay)


def _jittered(sweep: LatencySweep) -> None:
    """Have every node's packets jitter, and send a burst from one account."""
    chain, name = sweep.chain, f"{JITTERED_MS} ± {SPREAD_MS} ms"
    delay = chain.faults.delayed(
        chain.all_nodes, JITTERED_MS / 1000, jitter=SPREAD_MS / 1000, seed=SEED
    )
    with sweep.experiment.inject(delay):
        _read(sweep, name, delay)
        try:
            sweep.burst = bursts.send(chain, BURST, within=BURST_S)
        except NeverHappenedError as error:
            sweep.burst_problem = str(error)
        sweep.phases.measured(name, blocks=2, within=BURST_S)


def _read(sweep: LatencySweep, name: str, delay: Delay) -> None:
    """Read what can only be read while a delay is on."""
    sweep.reports[name] = delay.works.reports()
    sweep.rises[name] = delay.works.rises()


def _restarted(sweep: LatencySweep, delay: Delay) -> Restart:
    """Kill the far validator's process, and follow it to its signature."""
    node, record = sweep.far, sweep.experiment.record
    restarts = node.container.restarts
    killed = sweep.chain.faults.killed(node).at
    sweep.experiment.note(f"{node} is killed", killed)
    rise, peers, caught_up, signed, problem = 0.0, None, 0, 0, ""
    try:
        node.until_restarted(restarts, within=RESTART_S)
        since = clock.now()
        rise = delay.works.rise_from(node.pod)
        wanted = sweep.experiment.baseline.peers[node.name]
        peers = _sample(record, node, since, lambda s: s.peers >= wanted)
        tip = _sample(record, node, since, lambda s: not s.catching_up)
        caught_up = record.highest(tip)
        signed = node.until_signing(after=tip, within=PEERS_S).height
    except (NeverHappenedError, TargetError) as error:
        problem = str(error)
    return Restart(
        node=node,
        killed=killed,
        rise=rise,
        peers=None if peers is None else peers - killed,
        caught_up=caught_up,
        signed=signed,
        problem=problem,
    )


def _sample(
    record: NodeRecord, node: ChainNode, since: float, good: Callable[[Sample], bool]
) -> float:
    """Wait for a sample of a node that is so; return its moment.

    Raises:
        NeverHappenedError: None came.
    """

    def found() -> float | None:
        """Return the moment of the first one."""
        samples = record.samples(node.name, since)
        return next((sample.at for sample in samples if good(sample)), None)

    what = f"{node} to have its peers and to be at the tip"
    at = pulse.until(found, within=PEERS_S, what=what, seen=record.brief)
    assert at is not None
    return at


PHASES = (
    ({"CHAOS-LAT-1"}, _little),
    ({"CHAOS-LAT-2", "CHAOS-LAT-8"}, _much),
    ({"CHAOS-LAT-3"}, _far),
    ({"CHAOS-LAT-4", "CHAOS-LAT-6", "CHAOS-LAT-7", "CHAOS-LAT-8"}, _extreme),
    ({"CHAOS-LAT-5"}, _jittered),
    ({"CHAOS-LAT-8"}, _calm),
)
