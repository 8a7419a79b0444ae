"""Nodes that lose power, and a control plane that is gone."""

from __future__ import annotations

import json

from pytest_roadmap.probes import probe, unavailable
from pytest_roadmap.target import clock
from pytest_roadmap.target.comet import block_from
from pytest_roadmap.target.experiments.recovery import third_signature
from pytest_roadmap.target.experiments.waits import hold_until

RECOVERED_S = 150.0
READY_S = 90.0
# A kubelet stops watching a ConfigMap or Secret that only variables come from one
# minute after it was read (with short sync periods), and looks once a minute.
FORGOTTEN_S = 130.0
ROUNDS_WITHOUT_QUORUM = 5
VOTES = 3


@probe("CHAOS-NODE-3", strength="exercised")
def test_a_validator_comes_back_without_a_control_plane(experiment, evidence):
    """With the control plane gone, blocks go on and a crashed validator returns."""
    chain, faults = experiment.chain, experiment.faults
    node = _never_restarted(chain)
    pod, address = node.pod, node.address
    hold_until(node.container.now.started + FORGOTTEN_S)
    uids = {one.name: one.pod.uid for one in chain.all_nodes}

    with experiment.inject(faults.no_api_server()) as gone:
        kill = faults.killed(node)
        experiment.note(f"{node.name} is killed", kill.at)
        again = _restarted(chain, pod, kill)
        _until_three_votes(chain, pod, address, since=again)
        before_return = clock.now()
    chain.blocks.wait_for_blocks(1, within=RECOVERED_S)

    signed = third_signature(chain.blocks, address, again) or before_return
    evidence.measure("recovery_seconds", signed - again)
    gap = experiment.gap_rounds(gone.since, before_return)
    evidence.measure("longest_gap_rounds", gap)
    chain.until_true(
        lambda: all(one.ready for one in chain.nodes.watch.now()),
        within=READY_S,
        what="every node to be Ready",
    )
    replaced = [n for n, uid in uids.items() if chain.pods[n].uid != uid]
    evidence.measure("replaced_pods", len(replaced))
    experiment.conclude().judge(evidence)


@probe("CHAOS-NODE-7", strength="exercised")
def test_blocks_resume_with_the_first_of_two_lost_workers(experiment, evidence):
    """After two workers lose power at once the chain halts, and resumes by itself."""
    chain, faults = experiment.chain, experiment.faults
    first, second = _two_workers(chain)
    hold = ROUNDS_WITHOUT_QUORUM * experiment.budget

    with experiment.inject(faults.powered_off(second.worker)) as later:
        with experiment.inject(faults.powered_off(first.worker)) as sooner:
            chain.blocks.wait_for_stall(hold, within=hold + READY_S)
            alone = experiment.blocks_without_quorum(sooner.since, clock.now())
            halted = chain.height
        seconds = experiment.until_recovered(
            first, since=sooner.healed, within=RECOVERED_S
        )
        resumed = chain.blocks.committed_at(halted + 1) - sooner.healed
    slowest = experiment.until_recovered(second, since=later.healed, within=RECOVERED_S)

    evidence.measure("blocks_without_quorum", alone)
    evidence.measure("resume_seconds", resumed)
    evidence.measure("recovery_seconds", max(seconds, slowest))
    experiment.conclude().judge(evidence)


def _restarted(chain, pod, kill):
    """Wait for a pod's node process after a kill, without the API; return when."""

    def runs():
        """Whether the node process has been started again."""
        found = chain.nodes.processes_in(pod)
        return any(
            process.command == kill.process.command and process.pid != kill.process.pid
            for process in found
        )

    chain.until_true(runs, within=READY_S, what=f"{pod.name} to be restarted")
    return clock.now()


def _until_three_votes(chain, pod, address, *, since):
    """Wait for three blocks with a validator's vote, asked at its own address."""
    heights = set()

    def voted():
        """Whether three blocks since then have its vote."""
        url = f"http://{pod.ip}:{chain.profile.ports.rpc}/block"
        said = chain.nodes.script(pod.node, f"curl -s --max-time 2 {url} || true")
        if said:
            block = block_from(json.loads(said)["result"])
            if block.votes.get(address, 0.0) >= since:
                heights.add(block.height)
        return len(heights) >= VOTES

    chain.until_true(voted, within=RECOVERED_S, what=f"{VOTES} votes of {pod.name}")


def _never_restarted(chain):
    """Return a validator on a worker whose container has had one start only.

    A kubelet backs off from the second crash on, and then asks the API server
    about the volumes again before it starts the container.
    """
    workers = {node.name for node in chain.nodes.workers}
    for node in chain.validators:
        if node.worker in workers and not node.container.restarts:
            return node
    return unavailable("no worker carries a validator that was never restarted")


def _two_workers(chain):
    """Return two validators on two workers that carry half of the power together."""
    workers = {node.name for node in chain.nodes.workers}
    held = [node.worker for node in chain.validators]
    alone = [
        node
        for node in chain.validators
        if node.worker in workers and held.count(node.worker) == 1
    ]
    if len(alone) < 2:
        unavailable("no two workers carry one validator each")
    return alone[0], alone[1]
