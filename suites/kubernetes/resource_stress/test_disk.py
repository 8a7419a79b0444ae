"""Validators whose storage hangs or is slow."""

from __future__ import annotations

import contextlib

from pytest_roadmap.probes import probe
from pytest_roadmap.target import bulk, clock

HOLD_S = 15
RECOVERED_S = 90  # beyond the limit
SLOW_BLOCKS = 15
SLOW_S = 240  # beyond the limit
CALM_BLOCKS = 15
CALM_S = 120
PER_SECOND = 20
SMALL = 400  # bytes: a transfer without padding


@probe("CHAOS-RES-5", strength="exercised")
def test_a_hanging_volume_holds_nobody_up(experiment, hold, evidence):
    """A validator whose storage hangs for 15 s holds nobody up."""
    chain, validator = experiment.chain, experiment.chain.validators[-1]
    with chain.traffic():
        fault = experiment.faults.frozen(validator)

        with experiment.inject(fault):
            hold(fault, HOLD_S)
        evidence.measure("longest_gap_rounds", experiment.gap_rounds(fault.injected))
        recovery = experiment.until_recovered(
            validator, since=fault.healed, within=RECOVERED_S
        )

    evidence.measure("recovery_seconds", recovery)
    conclusion = experiment.conclude()
    evidence.measure("app_hash_mismatches", len(conclusion.safety.mismatches))
    conclusion.judge(evidence)


@probe("CHAOS-RES-6", strength="exercised")
def test_slow_disks_cost_nobody_a_signature(experiment, restarts, evidence):
    """Slow disks under every validator stretch blocks at most threefold."""
    chain, validators = experiment.chain, experiment.chain.validators
    with bulk.sending(chain, bulk.Order(size=SMALL, rate=PER_SECOND)) as sender:
        sender.until_taken(PER_SECOND, within=CALM_S)
        calm = clock.now()
        chain.blocks.wait_for_blocks(CALM_BLOCKS, within=CALM_S)
        before = experiment.mean_interval(calm)
        faults = [experiment.faults.slowed(node) for node in validators]

        with contextlib.ExitStack() as slowed:
            for fault in faults:
                slowed.enter_context(experiment.inject(fault))
            slow = clock.now()
            chain.blocks.wait_for_blocks(SLOW_BLOCKS, within=SLOW_S)
            until = clock.now()

    after = experiment.mean_interval(slow, until)
    signed = [chain.blocks.signed_percent(v.address, slow, until) for v in validators]
    evidence.note(f"blocks every {before:.2f} s, then every {after:.2f} s")
    evidence.measure("interval_of_baseline", after / before)
    evidence.measure("signed_percent", min(signed))
    evidence.measure("restarts", restarts(*validators))
    experiment.conclude().judge(evidence)
