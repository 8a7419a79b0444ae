"""Validators whose messages are late by a constant delay."""

from __future__ import annotations

from pytest_roadmap.probes import inconclusive, probe
from pytest_roadmap.target import transfers

LITTLE_MS, OFFERED_PERCENT, NEXT_BLOCKS = 50, 80, 2


@probe("CHAOS-LAT-1", strength="exercised")
def test_50_ms_cost_little(latency_sweep, evidence):
    """50 ms on every link cost half a second a block and few rounds at most."""
    sweep = latency_sweep
    phase, blocks = sweep.shown("50 ms", evidence), sweep.chain.blocks

    added = phase.interval(blocks) - sweep.experiment.baseline.interval
    late = phase.late_rounds_percent(blocks)

    evidence.measure("added_interval_delays", added * 1000 / LITTLE_MS)
    evidence.measure("heights_beyond_round_0_percent", late)
    assert not phase.problem, phase.problem
    sweep.judge(evidence)


@probe("CHAOS-LAT-2", strength="exercised")
def test_250_ms_leave_room_for_the_load(latency_sweep, evidence):
    """At 250 ms on every link blocks still carry the whole offered load."""
    sweep = latency_sweep
    phase, blocks = sweep.shown("250 ms", evidence), sweep.chain.blocks
    seconds = phase.ended(blocks) - phase.since
    offered = [t for t in sweep.sent if 0 <= t.at - phase.since <= seconds]
    if len(offered) < sweep.rate * seconds * OFFERED_PERCENT / 100:
        inconclusive(f"only {len(offered)} transfers were offered in {seconds:.0f} s")

    heights = range(phase.first + 1, phase.last + 1 + NEXT_BLOCKS)
    done = {name for height in heights for name in succeeded(sweep.chain, height)}
    committed = sum(transfer.hash in done for transfer in offered)
    backlog = max(phase.pending.values()) / max(phase.per_block(blocks), 1)

    evidence.note(f"{committed} of {len(offered)} offered in {seconds:.0f} s")
    evidence.measure("committed_percent", 100 * committed / len(offered))
    evidence.measure("backlog_blocks", backlog)
    sweep.judge(evidence)


@probe("CHAOS-LAT-3", strength="exercised")
def test_a_validator_that_is_late_alone_still_signs(latency_sweep, evidence):
    """A validator whose every message is 500 ms late signs most blocks, unjailed."""
    sweep = latency_sweep
    phase, blocks = sweep.shown("500 ms", evidence), sweep.chain.blocks
    genesis = sweep.far.rpc.genesis().document
    rules = genesis["app_state"]["slashing"]["params"]
    wanted = 100 * float(rules["min_signed_per_window"])

    signed = phase.signed_percent(blocks, sweep.far.address)
    speed = 100 * sweep.experiment.baseline.interval / phase.interval(blocks)

    evidence.measure("signed_percent", signed)
    evidence.measure("blocks_of_baseline_percent", speed)
    evidence.measure("jailed", sweep.far.address not in sweep.in_power)
    assert not phase.problem, phase.problem
    assert signed > wanted, f"{sweep.far} signed {signed:.0f} % of {wanted:.0f} %"
    sweep.judge(evidence)


@probe("CHAOS-LAT-4", strength="exercised")
def test_1000_ms_cut_nobody_off(latency_sweep, evidence):
    """At 1000 ms on every link no peer is dropped and no pod is restarted."""
    sweep = latency_sweep
    phase = sweep.shown("1000 ms", evidence)

    evidence.measure("dropped_peers", len(phase.dropped))
    evidence.measure("restarts", phase.restarts)
    evidence.measure("heights", len(phase.heights))
    assert not phase.dropped, f"connections lost: {', '.join(phase.dropped)}"
    sweep.judge(evidence)


def succeeded(chain, height):
    """Return the hashes of the transactions of a block that succeeded."""
    found = transfers.executed(chain.full[0], height)
    return [name for name, code in found if code == 0]
