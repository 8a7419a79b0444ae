"""The chain after the last delay."""

from __future__ import annotations

from pytest_roadmap.probes import probe

SETTLING_BLOCKS, JUDGED_BLOCKS = 10, 10


@probe("CHAOS-LAT-8", strength="exercised")
def test_ten_blocks_after_the_delays_all_is_as_before(latency_sweep, evidence):
    """Ten blocks after the last delay the chain is as fast as before."""
    sweep = latency_sweep
    phase, blocks = sweep.phases["none"], sweep.chain.blocks
    first = phase.first + SETTLING_BLOCKS
    last = min(first + JUDGED_BLOCKS, phase.last)
    heights = range(first + 1, last + 1)
    assert heights, f"too few blocks after the last delay: {phase.problem}"

    interval = (blocks.committed_at(last) - blocks.committed_at(first)) / len(heights)
    missing = {
        validator.name
        for validator in sweep.chain.validators
        for height in heights
        if validator.address not in (blocks.signatures(height) or ())
    }
    late = [height for height in heights if phase.round_of(blocks, height) > 0]
    backlog = max(phase.pending.values()) - sweep.pending

    usual, load = sweep.experiment.baseline.interval, phase.per_block(blocks)
    evidence.measure("interval_of_baseline", interval / usual)
    evidence.measure("backlog_blocks", max(backlog, 0) / max(load, 1))
    evidence.measure("missing_signers", len(missing))
    assert not missing, f"{', '.join(sorted(missing))} did not sign every block"
    assert not late, f"heights that needed a second round: {late}"
    sweep.judge(evidence)
