"""Messages that overtake one another."""

from __future__ import annotations

import itertools

from pytest_roadmap.probes import probe
from pytest_roadmap.target import clock, transfers

JITTERED = "200 ± 150 ms"


@probe("CHAOS-LAT-5", strength="exercised")
def test_a_burst_of_one_account_is_committed_whole_and_in_order(
    latency_sweep, evidence
):
    """Under jitter a burst of transfers from one account is committed in order."""
    sweep = latency_sweep
    sweep.shown(JITTERED, evidence)
    burst, blocks = sweep.burst, sweep.chain.blocks
    assert burst, f"no transfer was answered: {sweep.burst_problem}"

    places = placed(sweep.chain, since=burst[0].at)
    found = [places[one.hash] for one in burst if one.hash in places]
    ends = [blocks.committed_at(height) for height, _ in found]
    wrong = [one for one in burst if one.code != 0]

    evidence.note(f"{len(found)} of {len(burst)} are in blocks; seed {sweep.seed}")
    evidence.measure("lost_transfers", len(burst) - len(found))
    evidence.measure("out_of_order", sum(b < a for a, b in itertools.pairwise(found)))
    evidence.measure("committed_seconds", max(ends, default=clock.now()) - burst[0].at)
    assert not wrong, f"{len(wrong)} were refused, the first: {wrong[0].error}"
    sweep.judge(evidence)


def placed(chain, since):
    """Return height and place of each transaction that succeeded since a moment."""
    found = {}
    for block in chain.blocks.since(since):
        executed = transfers.executed(chain.full[0], block.height)
        for place, (name, code) in enumerate(executed):
            if code == 0:
                found.setdefault(name, (block.height, place))
    return found
