"""Nodes that have no memory, or no disk, left."""

from __future__ import annotations

from pytest_roadmap.probes import probe, unavailable
from pytest_roadmap.target import clock, data_volumes, pressure
from pytest_roadmap.target.faults import exhausting
from pytest_roadmap.target.pulse import pulse

ENDED_S = 150
REPORTED_BLOCKS = 8  # until then the kubelet has reported what it saw before
BLOCKS_S = 90
FULL_S = 40
OVERRUN_S = 30  # only a runner that gets no CPU needs it
RECOVERED_S = 120  # beyond the limit


@probe("CHAOS-NODE-4", strength="exercised")
def test_a_node_without_memory_loses_the_greedy_pod(cluster, experiment, evidence):
    """A node that runs out of memory loses the greedy pod, not its validator."""
    chain, worker = experiment.chain, _lonely_validator(experiment.chain).worker
    before = {n.name: n.pod for n in chain.validators if n.worker == worker}

    with cluster.space("greedy") as space:
        fault = experiment.faults.greedy(space, worker)
        with experiment.inject(fault):
            ended = space.pods.until_seen(
                exhausting.end_of,
                since=fault.injected,
                within=ENDED_S,
                what="the greedy pod to be evicted or killed",
            )
            chain.blocks.wait_for_blocks(REPORTED_BLOCKS, within=BLOCKS_S)
    watch = chain.nodes.watch
    relieved = pressure.relieved_at(watch, worker, "MemoryPressure", fault.injected)

    evicted = [name for name, pod in before.items() if _evicted(chain, pod, fault)]
    evidence.measure("validators_evicted", len(evicted))
    evidence.measure("validator_restarts", _restarts(chain, before))
    evidence.measure("longest_gap_rounds", experiment.gap_rounds(fault.injected))
    evidence.measure("pressure_seconds", max(relieved - ended.at, 0.0))
    how = exhausting.end_of(ended.object)
    assert not evicted, f"validators_evicted {len(evicted)} > 0: {', '.join(evicted)}"
    assert how in {"Evicted", "OOMKilled"}, f"the greedy pod ended as {how}"
    new = [name for name, pod in before.items() if chain.pods[name].uid != pod.uid]
    assert not new, f"{', '.join(new)} on {worker} has been replaced"
    experiment.conclude().judge(evidence)


@probe("CHAOS-NODE-5", strength="exercised")
def test_a_full_node_costs_at_most_its_own_validator(experiment, evidence):
    """A node whose disk fills up costs the chain at most its own validator."""
    chain, validator = experiment.chain, _lonely_validator(experiment.chain)
    pod, worker, before = validator.pod, validator.worker, _identity(validator)
    fault = experiment.faults.cluttered(worker)

    with experiment.inject(fault):
        pulse.until(
            lambda: _evicted(chain, pod, fault) or clock.now() >= fault.since + FULL_S,
            within=FULL_S + OVERRUN_S,
            what=f"{validator} to be evicted, or {FULL_S} s of a full disk",
            every=0.5,
        )
    evidence.note(f"evicted: {'yes' if _evicted(chain, pod, fault) else 'no'}")
    evidence.measure("longest_gap_rounds", experiment.gap_rounds(fault.injected))
    watch = chain.nodes.watch
    relieved = pressure.relieved_at(watch, worker, "DiskPressure", fault.injected)
    recovery = experiment.until_recovered(
        validator, since=fault.healed, within=RECOVERED_S
    )

    evidence.measure("recovery_seconds", max(recovery, relieved - fault.healed))
    after = _identity(validator)
    assert after == before, f"{validator} came back with {after}, not with {before}"
    experiment.conclude().judge(evidence)


def _lonely_validator(chain):
    """Return a validator on a worker that carries as few of them as any."""
    workers = {node.name for node in chain.nodes.workers}
    held = [node.worker for node in chain.validators]
    there = [node for node in chain.validators if node.worker in workers]
    if not there:
        unavailable("no worker carries a validator")
    return min(there, key=lambda node: held.count(node.worker))


def _evicted(chain, pod, fault):
    """Whether a pod has been evicted since a fault."""
    changes = chain.pods.history(uid=pod.uid, since=fault.injected)
    return any(change.object.evicted for change in changes)


def _restarts(chain, before):
    """Return how often the containers of pods that are still there were restarted."""
    now = {pod.uid: pod for pod in chain.pods.now()}
    return sum(
        now[pod.uid].restarts - pod.restarts
        for pod in before.values()
        if pod.uid in now
    )


def _identity(node):
    """Return a node's volume and its node id."""
    return f"{data_volumes.name_of(node)}, node id {node.rpc.status().node_id}"
