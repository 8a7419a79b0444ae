"""A split that lasts longer than everything that waits for peers."""

from __future__ import annotations

from pytest_roadmap.errors import TargetError
from pytest_roadmap.probes import inconclusive, probe
from pytest_roadmap.target import clock
from pytest_roadmap.target.experiments.growth import MIB, sizes
from pytest_roadmap.target.experiments.waits import first_block, hold_until

HOLD_S = 120  # CometBFT pings after 60 s and gives a peer up 45 s later
RESUMED_S = 150  # beyond the limit of 60
MORE_BLOCKS = 10


@probe("CHAOS-SPLIT-5", strength="exercised")
def test_a_long_split_heals_by_itself_and_costs_little(experiment, evidence):
    """A split longer than every p2p timeout heals by itself, and costs little."""
    chain = experiment.chain
    near, far = (*chain.validators[:2], *chain.full), chain.validators[2:]
    ids = {node.name: node.rpc.status().node_id for node in (*near, *far)}

    with experiment.inject(experiment.faults.network.split(near, far)) as cut:
        before = {node.name: sizes(node) for node in (*near, *far)}
        began = clock.now()
        hold_until(cut.since + HOLD_S)
        alone = experiment.blocks_without_quorum(cut.since, clock.now())
        listed = _listed(experiment, near, far, ids) + _listed(
            experiment, far, near, ids
        )
        grown, problem = _growth(before, (*near, *far))
        minutes = (clock.now() - began) / 60

    evidence.measure("blocks_without_quorum", alone)
    resumed = first_block(chain, since=cut.healed, within=RESUMED_S)
    evidence.measure("resume_seconds", resumed - cut.healed)
    evidence.attach("growth", {name: str(one) for name, one in grown.items()})
    assert not problem, f"resume_seconds {resumed - cut.healed:.0f}: {problem}"
    if listed:
        inconclusive(f"the split was too short for this chain: {', '.join(listed)}")
    evidence.measure("memory_growth_mib", max(g.memory for g in grown.values()) / MIB)
    evidence.measure("disk_growth_mib", max(g.disk for g in grown.values()) / MIB)
    logged = max(one.log for one in grown.values()) / MIB / minutes
    evidence.measure("log_mib_per_minute", logged)
    silent = _silent(chain)
    assert not silent, f"no signature within {MORE_BLOCKS} blocks: {silent}"
    experiment.conclude().judge(evidence)


def _listed(experiment, side, others, ids):
    """Return whom of the other side a node still calls its peer."""
    far = {ids[node.name]: node.name for node in others}
    return [
        f"{node.name} lists {far[peer]}"
        for node in side
        for peer in experiment.record.last(node.name).peers & far.keys()
    ]


def _growth(before, nodes):
    """Return what each node has grown by, and why that cannot be told of one."""
    grown, problem = {}, ""
    for node in nodes:
        try:
            grown[node.name] = sizes(node) - before[node.name]
        except TargetError as error:
            problem = str(error)
    return grown, problem


def _silent(chain):
    """Return the validators that sign none of the next blocks."""
    began = chain.height
    chain.blocks.wait_for_blocks(MORE_BLOCKS + 1, within=RESUMED_S)
    signed = [
        chain.blocks.signatures(b.height) or () for b in chain.blocks.after(began)
    ]
    return [
        node.name
        for node in chain.validators
        if not any(node.address in signers for signers in signed)
    ]
