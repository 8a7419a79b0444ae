from __future__ import annotations

import pytest

from pytest_roadmap.errors import NeverHappenedError
from pytest_roadmap.probes import probe
from pytest_roadmap.target import joining, snapshot

BEGUN_S = 60.0
LEAST_BLOCKS = 100
MADE_S = 600.0
CAUGHT_UP_S = 180.0
EVERY = 10


@pytest.fixture
def chain(snapshot_source, evidence):
    """The chain that is joined."""
    found = snapshot_source.chain
    evidence.on_failure(found.name, lambda: snapshot.take(found.api, found.name))
    return found


@probe("CHAOS-CONS-6", strength="exercised")
def test_a_node_that_executes_every_block_gets_the_same_state(
    chain, experiment, evidence
):
    """An empty node replays the chain to the same app hash, five times as fast."""
    joining.unpin(chain)
    chain.blocks.wait_for_height(LEAST_BLOCKS, within=MADE_S)

    with joining.joining(chain) as joiner:
        experiment.follow(joiner.node)
        joiner.until_gauge("block_syncing", within=BEGUN_S)
        problem = _catch_up(experiment, joiner)
        factor = _factor(experiment.record, joiner.node.name)
        wrong = _mismatches(joiner, chain)
        first = joiner.node.rpc.status().earliest
        conclusion = experiment.conclude(*chain.all_nodes, joiner.node)

    evidence.measure("catch_up_factor", factor)
    evidence.measure("app_hash_mismatches", len(wrong))
    assert not wrong, f"app_hash_mismatches {len(wrong)} > 0: {wrong[:3]}"
    assert not problem, problem
    assert first == 1, f"its first block is {first}: it did not execute every block"
    conclusion.judge(evidence)


def _catch_up(experiment, joiner):
    """Wait for it to catch up; return why it has not."""
    try:
        experiment.until_recovered(joiner.node, since=joiner.began, within=CAUGHT_UP_S)
    except NeverHappenedError as error:
        return str(error)
    return ""


def _factor(record, name):
    """Return how many blocks it applied for each one that the network made."""
    samples = record.samples(name)
    busy = [sample for sample in samples if sample.height and sample.catching_up]
    idle = [sample for sample in samples if not sample.height]
    ended = [sample for sample in samples if not sample.catching_up] or busy[-1:]
    begun = busy[:1] or idle[-1:]
    if not (begun and ended):
        return 0.0
    made = record.highest(ended[0].at) - record.highest(begun[0].at)
    return (ended[0].height - begun[0].height) / max(made, 1)


def _mismatches(joiner, chain):
    """Return the heights at which it computed another state than the chain has."""
    tip = min(joiner.height, chain.height - 1)
    return [
        f"height {height}"
        for height in sorted({*range(EVERY, tip, EVERY), tip} - {0})
        if joining.computed(joiner.node, height) != chain.blocks.at(height + 1).app_hash
    ]
