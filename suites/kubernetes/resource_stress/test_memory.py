"""Validators whose memory gets tight."""

from __future__ import annotations

from pytest_roadmap.probes import probe
from pytest_roadmap.target import clock, memory
from pytest_roadmap.target.bulk import Order

BLOCKS = 20
BLOCKS_S = 240
HELD_S = 300  # the filler's own deadline
TRANSFER_BYTES = 20_000
LAPSE_BLOCKS = 20
REFUSALS = 100
EIGHTH = 8  # of the memory limit: more is not sent
SENT_S = 180
PEAKS_S = 400  # when the sampling of memory ends by itself


@probe("CHAOS-RES-3", strength="exercised")
def test_a_validator_signs_with_half_of_its_room_taken(experiment, restarts, evidence):
    """With half of its memory head-room taken a validator goes on signing."""
    chain, validator = experiment.chain, experiment.chain.validators[-1]
    pod, container = validator.pod, validator.role.container
    with chain.traffic():
        chain.blocks.wait_for_blocks(BLOCKS, within=BLOCKS_S)
        before = memory.of(chain.nodes, pod, container)
        room = int(validator.container.limit("memory")) - before.working_set
        fault = experiment.faults.grown_by(validator, room // 2, HELD_S)

        with experiment.inject(fault):
            chain.blocks.wait_for_blocks(BLOCKS, within=BLOCKS_S)
            until = clock.now()

    kills = _kills(chain, validator, before) + restarts(validator)
    evidence.note(f"{room >> 20} MiB of room beside {before.working_set >> 20} MiB")
    evidence.measure("oom_kills", kills)
    signed = chain.blocks.signed_percent(validator.address, fault.since, until)
    evidence.measure("signed_percent", signed)
    evidence.measure("longest_gap_rounds", experiment.gap_rounds(fault.since, until))
    assert not kills, f"oom_kills {kills} > 0"
    experiment.conclude().judge(evidence)


@probe("CHAOS-RES-4", strength="exercised")
def test_a_flood_is_refused_before_memory_is_short(
    experiment, restarts, drained, evidence
):
    """A flood beyond the mempool's capacity is refused."""
    chain, nodes = experiment.chain, experiment.chain.all_nodes
    limits = {node.name: int(node.container.limit("memory")) for node in nodes}
    order = Order(
        size=TRANSFER_BYTES,
        most=limits[chain.full[0].name] // EIGHTH,
        refusals=REFUSALS,
        lapse=LAPSE_BLOCKS,
    )
    flood = experiment.faults.flooded(chain, order)

    with memory.peaks(nodes, within=PEAKS_S) as peaks:
        with experiment.inject(flood.fault) as fault:
            told = flood.sender.until_done(within=SENT_S)
        drain = drained(fault.healed)

    evidence.note(str(told))
    shares = {name: 100 * peak / limits[name] for name, peak in peaks.items()}
    evidence.attach("peak of the working set, percent of the limit", shares)
    evidence.measure("refusals", told.refused)
    evidence.measure("memory_of_limit_percent", max(shares.values()))
    evidence.measure("restarts", restarts(*nodes))
    evidence.measure("longest_gap_rounds", experiment.gap_rounds(fault.injected))
    evidence.measure("drain_seconds", drain)
    experiment.conclude().judge(evidence)


def _kills(chain, node, before):
    """Return how often the kernel has killed in a container since a reading."""
    now = memory.of(chain.nodes, node.pod, node.role.container)
    return max(now.oom_kills - before.oom_kills, 0)
