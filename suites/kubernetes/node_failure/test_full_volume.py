"""A validator whose own data volume has no byte left."""

from __future__ import annotations

from pytest_roadmap.probes import probe, unavailable
from pytest_roadmap.target import file_systems
from pytest_roadmap.target.pulse import pulse

MOST_FREE = 300 << 20
MISSED_BLOCKS = 5
MISSED_S = 120
RECOVERED_S = 180  # beyond the limit


@probe("CHAOS-NODE-6", strength="exercised")
def test_a_full_volume_harms_nobody_and_heals_by_itself(experiment, evidence):
    """A validator whose own data volume is full harms nobody and signs again."""
    chain, validator = experiment.chain, experiment.chain.validators[-1]
    free = file_systems.behind(
        chain.nodes, validator.pod, validator.role.container, validator.role.home
    ).free
    if free > MOST_FREE:
        unavailable(f"{free >> 20} MiB are free on the volume of {validator}")
    address, fault = validator.address, experiment.faults.filled(validator)

    with experiment.inject(fault):
        pulse.until(
            lambda: (
                chain.blocks.missed_in_a_row(address, fault.injected) >= MISSED_BLOCKS
            ),
            within=MISSED_S,
            what=f"{MISSED_BLOCKS} blocks without a signature of {validator}",
        )
    evidence.measure("longest_gap_rounds", experiment.gap_rounds(fault.injected))
    recovery = experiment.until_recovered(
        validator, since=fault.healed, within=RECOVERED_S
    )

    evidence.measure("recovery_seconds", recovery)
    conclusion = experiment.conclude()
    evidence.measure("app_hash_mismatches", len(conclusion.safety.mismatches))
    conclusion.judge(evidence)
