"""Validators that get too little CPU time."""

from __future__ import annotations

from pytest_roadmap.probes import probe
from pytest_roadmap.target import clock

SHARE = 0.1  # of the CPU that it uses
HOLD_S = 20
MEASURED_BLOCKS = 10
BLOCKS_S = 120
RECOVERED_S = 60  # beyond the limit
CROWDED_BLOCKS = 20
CROWDED_S = 300  # beyond the limit
LOOPS_PER_CORE = 2
DEADLINE_S = 420  # when the neighbours end by themselves


@probe("CHAOS-RES-1", strength="exercised")
def test_a_starved_validator_slows_only_itself(experiment, hold, restarts, evidence):
    """A validator throttled to a tenth of the CPU it uses slows only itself."""
    chain, validator = experiment.chain, experiment.chain.validators[-1]
    with chain.traffic():
        cores = _use(chain, validator)
        fault = experiment.faults.throttled(validator, cores * SHARE)

        with experiment.inject(fault):
            hold(fault, HOLD_S)
        recovery = _recovery(experiment, validator, fault.healed)

    evidence.note(f"{validator} used {cores:.3f} cores")
    gap = experiment.gap_rounds(fault.injected)
    evidence.measure("longest_gap_rounds", gap)
    evidence.measure("restarts", restarts(validator))
    evidence.measure("recovery_seconds", recovery)
    experiment.conclude().judge(evidence)


@probe("CHAOS-RES-2", strength="exercised")
def test_busy_neighbours_at_most_double_the_interval(
    cluster, experiment, restarts, evidence
):
    """Neighbours that burn every core at most double the block interval."""
    chain, nodes = experiment.chain, experiment.chain.all_nodes
    calm = clock.now()
    chain.blocks.wait_for_blocks(CROWDED_BLOCKS, within=BLOCKS_S)
    before = experiment.mean_interval(calm)

    with cluster.space("busy") as space:
        loops = LOOPS_PER_CORE * _cores(chain)
        fault = experiment.faults.crowded(space, loops, DEADLINE_S)
        with experiment.inject(fault):
            since = fault.since
            chain.blocks.wait_for_blocks(CROWDED_BLOCKS, within=CROWDED_S)
            until = clock.now()

    after = experiment.mean_interval(since, until)
    signed = [
        chain.blocks.signed_percent(node.address, since, until)
        for node in chain.validators
    ]
    evidence.note(f"blocks every {before:.2f} s, then every {after:.2f} s")
    evidence.measure("interval_of_baseline", after / before)
    evidence.measure("signed_percent", min(signed))
    evidence.measure("restarts", restarts(*nodes))
    experiment.conclude().judge(evidence)


def _cores(chain):
    """Return how many cores the machine of a validator has."""
    machine = chain.nodes.watch[chain.validators[0].worker]
    return int(machine.at("status", "capacity", "cpu"))


def _use(chain, node):
    """Return the cores that a node uses on the mean, over some blocks."""
    began, before = clock.now(), node.control_group().cpu_seconds
    chain.blocks.wait_for_blocks(MEASURED_BLOCKS, within=BLOCKS_S)
    return (node.control_group().cpu_seconds - before) / (clock.now() - began)


def _recovery(experiment, node, since):
    """Return the seconds that a node needed to recover."""
    return experiment.until_recovered(node, since=since, within=RECOVERED_S)
