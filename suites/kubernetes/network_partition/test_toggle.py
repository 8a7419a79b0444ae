"""A network that comes and goes."""

from __future__ import annotations

from pytest_roadmap.errors import NeverHappenedError
from pytest_roadmap.probes import probe
from pytest_roadmap.target import clock
from pytest_roadmap.target.experiments import peering
from pytest_roadmap.target.experiments.waits import first_block
from pytest_roadmap.target.pulse import pulse

TURNS = 8  # in turn by silence and by resets
BLOCKS_BETWEEN = 2
STALLED_S = 60
RESUMED_S = 60  # beyond the limit of 20
RESTORED_S = 30  # after the last turn; then peers and connections are counted


@probe("CHAOS-PART-5", strength="exercised")
def test_the_chain_stops_only_while_it_is_parted(experiment, evidence):
    """A partition that comes and goes eight times stops the chain only meanwhile."""
    chain, network = experiment.chain, experiment.faults.network
    nodes = (*chain.validators, *chain.full)
    near, far = (*chain.validators[:2], *chain.full), chain.validators[2:]
    resumed = []

    for turn in range(TURNS):
        cut = network.split(near, far, resets=turn % 2 == 1)
        with experiment.inject(cut):
            chain.blocks.wait_for_stall(experiment.budget, within=STALLED_S)
        block = first_block(chain, since=cut.healed, within=RESUMED_S)
        resumed.append(block - cut.healed)
        evidence.measure("resume_seconds", max(resumed))
        chain.blocks.wait_for_blocks(BLOCKS_BETWEEN, within=RESUMED_S)

    healed = cut.healed
    surplus = _surplus(nodes, until=healed + RESTORED_S)
    _restored(experiment, nodes, healed)
    missing = peering.missing(experiment, nodes, since=healed, after=RESTORED_S)
    evidence.note(f"blocks came {', '.join(f'{s:.1f}' for s in resumed)} s after")
    evidence.measure("missing_peers", len(missing))
    evidence.measure("surplus_connections", len(surplus))
    assert not missing, f"missing_peers {len(missing)} > 0: {', '.join(missing)}"
    assert not surplus, f"surplus_connections {len(surplus)} > 0: {surplus}"
    experiment.conclude().judge(evidence)


def _surplus(nodes, until):
    """Return the connections that are too many, unless they end in time."""
    found = []

    def ended():
        """Ask every machine; whether there are none, or time is over."""
        found[:] = peering.surplus(nodes)
        return not found or clock.now() >= until

    pulse.ask_until(ended, within=2 * RESTORED_S, what="the connections", every=2)
    return tuple(found)


def _restored(experiment, nodes, since):
    """Wait for everybody's former peers, but no longer than they are given."""
    left = since + RESTORED_S - clock.now()
    try:
        peering.until_restored(experiment, nodes, since=since, within=max(left, 0))
    except NeverHappenedError:
        return  # who is missing is counted
