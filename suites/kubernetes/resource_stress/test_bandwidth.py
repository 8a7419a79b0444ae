"""Validators with less bandwidth than they use."""

from __future__ import annotations

import contextlib

from pytest_roadmap.probes import probe
from pytest_roadmap.target import bulk, clock
from pytest_roadmap.target.faults.shaping import sent_bytes

TRANSFER_BYTES = 20_000
PER_SECOND = 10  # together 200 KB a second
FIRST = 20  # transfers that are taken before anything is measured
FIRST_S = 120
MEASURED_BLOCKS = 15
BLOCKS_S = 180
SHARE = 0.5
HOLD_S = 30


@probe("CHAOS-RES-7", strength="exercised")
def test_with_half_of_its_bandwidth_the_chain_goes_on(
    experiment, hold, drained, evidence
):
    """With half of the bandwidth it uses the chain gets slower, no more."""
    chain, validators = experiment.chain, experiment.chain.validators
    order = bulk.Order(size=TRANSFER_BYTES, rate=PER_SECOND)
    with bulk.sending(chain, order) as sender:
        sender.until_taken(FIRST, within=FIRST_S)
        calm, rates = clock.now(), _rates(chain, validators)
        interval = experiment.mean_interval(calm)
        pairs = [(v, rates[v.name] * SHARE) for v in validators]

        with contextlib.ExitStack() as shaped:
            for node, rate in pairs:
                fault = experiment.faults.shaped(node, rate)
                shaped.enter_context(experiment.inject(fault))
            hold(fault, HOLD_S)
            since, until = fault.injected, clock.now()
        evidence.note(str(sender.told))
    drain = drained(clock.now())

    evidence.attach("bytes per second by P2P before", rates)
    made = [b for b in chain.blocks.since(since) if _at(chain, b) <= until]
    percent = 100 * len(made) * interval / (until - since)
    evidence.measure("blocks_of_baseline_percent", percent)
    evidence.measure("longest_gap_rounds", experiment.gap_rounds(since))
    dropped = [name for v in validators for name in _dropped(experiment, v, since)]
    evidence.attach("peers that were dropped", dropped)
    evidence.measure("dropped_peers", len(dropped))
    evidence.measure("drain_seconds", drain)
    experiment.conclude().judge(evidence)


def _rates(chain, nodes):
    """Return how many bytes each node sends a second by P2P, over some blocks."""
    port, pods = chain.profile.ports.p2p, {node.name: node.pod for node in nodes}

    def read():
        """Return what each has sent by now, and when that was."""
        return {
            name: (sent_bytes(chain.nodes, pod, port), clock.now())
            for name, pod in pods.items()
        }

    before = read()
    chain.blocks.wait_for_blocks(MEASURED_BLOCKS, within=BLOCKS_S)
    after = read()
    return {
        name: (after[name][0] - sent) / (after[name][1] - at)
        for name, (sent, at) in before.items()
    }


def _at(chain, block):
    """Return when a block was committed."""
    return chain.blocks.committed_at(block.height)


def _dropped(experiment, node, since):
    """Return the peers of the baseline that a node was seen without."""
    peers = experiment.baseline.peers[node.name]
    seen = (sample.peers for sample in experiment.record.samples(node.name, since))
    return [
        f"{peer} of {node}" for peer in peers.difference(frozenset.intersection(*seen))
    ]
