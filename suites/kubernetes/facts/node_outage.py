"""The worker with the most voting power off the network, and back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from pytest_roadmap.errors import NeverHappenedError, TargetError, UnavailableError
from pytest_roadmap.target import clock
from pytest_roadmap.target.experiments import Experiment

if TYPE_CHECKING:
    from pytest_roadmap.target.chain import ChainInstance
    from pytest_roadmap.target.chain_node import ChainNode
    from pytest_roadmap.target.draining import Evicted, Refused
    from pytest_roadmap.target.experiments import Conclusion
    from pytest_roadmap.target.instances import ChainPool
    from pytest_roadmap.target.pods import Pod

UNKNOWN_S = 60.0  # until the control plane has noticed
MARKED_S = 60.0  # until the pods are marked for deletion after that
AFTER_MARKED_S = 10.0
DRAIN_S = 10.0
RECOVERED_S = 120.0  # twice the limit


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeOutage:
    """What was seen from the cut to the recovery.

    `isolated` are the validators on the worker, `processes` how many of them
    still ran inside of it late in the outage, `doubles` the pods that were
    started elsewhere with a key of theirs meanwhile.  `recovery` is in seconds
    from the return, by validator; None for one that did not recover.
    """

    chain: ChainInstance
    worker: str
    isolated: tuple[str, ...]
    processes: int
    doubles: tuple[str, ...]
    tainted: bool
    drained: str
    evicted: tuple[Evicted, ...]
    refused: tuple[Refused, ...]
    drained_uid: str
    drained_uid_after: str
    gap_rounds: float
    blocks_percent: float
    recovery: dict[str, float | None]
    problem: str
    conclusion: Conclusion | None


@pytest.fixture(scope="session")
def node_outage(chains: ChainPool) -> NodeOutage:
    """A worker without network until its pods have been given up, and its return."""
    chain = chains.acquire()
    try:
        with Experiment(chain) as experiment:
            outage = _Outage(experiment).told()
    except (NeverHappenedError, TargetError) as error:
        chains.discard(chain)
        message = f"the outage of a node could not be recorded: {error}"
        raise UnavailableError(message) from error
    if outage.problem:
        chains.discard(chain)
    else:
        chains.release(chain)
    return outage


class _Outage:
    """Takes the worker off the network, and writes down what is seen."""

    def __init__(self, experiment: Experiment) -> None:
        self.experiment = experiment
        self.chain = experiment.chain
        self.worker, self.isolated = _strongest_worker(self.chain)
        self.before = {node.name: node.pod for node in self.isolated}

    def told(self) -> NodeOutage:
        """Return the whole record."""
        chain, experiment = self.chain, self.experiment
        port = chain.profile.ports.p2p
        ports = [(pod.ip, port) for pod in self.before.values()]
        fault = experiment.faults.off_network(self.worker, ports)
        with experiment.inject(fault) as cut:
            self._until_given_up()
            tainted = _tainted(chain, self.worker)
            drained, evicted, refused, uid = self._drain_another()
            processes = sum(self._runs_inside(pod) for pod in self.before.values())
            back = clock.now()
        recovery, problem = self._recover(back)
        window = back - cut.since
        made = [b for b in chain.blocks.since(cut.since) if b.height]
        made = [b for b in made if chain.blocks.committed_at(b.height) <= back]
        return NodeOutage(
            chain=chain,
            worker=self.worker,
            isolated=tuple(node.name for node in self.isolated),
            processes=processes,
            doubles=self._doubles(cut.since, back),
            tainted=tainted,
            drained=drained.name,
            evicted=evicted,
            refused=refused,
            drained_uid=uid,
            drained_uid_after=drained.pod.uid if drained.exists else "",
            gap_rounds=experiment.gap_rounds(cut.injected, back),
            blocks_percent=100 * len(made) * experiment.baseline.interval / window,
            recovery=recovery,
            problem=problem,
            conclusion=None if problem else experiment.conclude(),
        )

    def _until_given_up(self) -> None:
        """Wait until the node is Unknown and its validators are marked for deletion."""
        chain = self.chain
        chain.nodes.watch.until_one(
            self.worker,
            lambda node: node.condition("Ready").status == "Unknown",
            within=UNKNOWN_S,
            what=f"{self.worker} to be Unknown",
        )
        for node in self.isolated:
            node.until(lambda pod: pod.deleting, within=MARKED_S, what="to be given up")
        marked = clock.now()
        chain.until_true(
            lambda: clock.now() >= marked + AFTER_MARKED_S,
            within=AFTER_MARKED_S + 5,
            what="ten seconds more",
        )

    def _drain_another(
        self,
    ) -> tuple[ChainNode, tuple[Evicted, ...], tuple[Refused, ...], str]:
        """Drain another worker with a validator for ten seconds."""
        chain, selector = self.chain, self.chain.profile.validators.selector
        workers = {node.name for node in chain.nodes.workers} - {self.worker}
        other = next(node for node in chain.validators if node.worker in workers)
        uid, until = other.pod.uid, clock.now() + DRAIN_S
        with chain.cluster.drained(
            other.worker, chain.pods, only=lambda pod: pod.matches(selector)
        ) as drain:
            chain.until_true(
                lambda: clock.now() >= until, within=DRAIN_S + 5, what="its end"
            )
        return other, tuple(drain.evicted), tuple(drain.refused), uid

    def _runs_inside(self, pod: Pod) -> bool:
        """Whether a validator's process still runs on the isolated node."""
        container = self.chain.profile.validators.container
        return bool(self.chain.nodes.processes(pod, container))

    def _doubles(self, since: float, until: float) -> tuple[str, ...]:
        """Return the pods that ran elsewhere with the key of an isolated validator.

        One of another name is told by what it signs: no vote that was made on the
        isolated node has come into a block before the return.
        """
        names = {node.name for node in self.isolated}
        uids = {pod.uid for pod in self.before.values()}
        container = self.chain.profile.validators.container
        found = {
            f"{change.object.name} on {change.object.node}"
            for change in self.chain.pods.history(since=since)
            if change.at <= until
            and change.object.name in names
            and change.object.uid not in uids
            and change.object.container(container).running
        }
        late = since + self.experiment.budget  # what was under way has arrived by then
        for node in self.isolated:
            vote = self.chain.blocks.first_signature(node.address, late)
            if vote and self.chain.blocks.committed_at(vote.height) <= until:
                found.add(f"somebody with the key of {node.name}, at {vote.height},")
        return tuple(sorted(found))

    def _recover(self, back: float) -> tuple[dict[str, float | None], str]:
        """Wait for each validator of the node; return the seconds, and a problem."""
        found: dict[str, float | None] = {}
        problem = ""
        for node in self.isolated:
            try:
                found[node.name] = self.experiment.until_recovered(
                    node, since=back, within=RECOVERED_S
                )
            except NeverHappenedError as error:
                found[node.name], problem = None, str(error)
        return found, problem


def _strongest_worker(chain: ChainInstance) -> tuple[str, tuple[ChainNode, ...]]:
    """Return the worker whose validators have the most power together, and these."""
    power: dict[str, int] = {}
    workers = {node.name for node in chain.nodes.workers}
    for node in chain.validators:
        if node.worker in workers:
            power[node.worker] = power.get(node.worker, 0) + node.power
    if len(power) < 2:
        raise UnavailableError("fewer than two workers carry a validator")
    worker = max(sorted(power), key=lambda name: power[name])
    return worker, tuple(node for node in chain.validators if node.worker == worker)


def _tainted(chain: ChainInstance, worker: str) -> bool:
    """Whether a node's pods are asked to leave because it cannot be reached."""
    taints = chain.nodes.watch[worker].at("spec", "taints", default=[])
    return any(
        taint["key"] == "node.kubernetes.io/unreachable"
        and taint["effect"] == "NoExecute"
        for taint in taints
    )
