"""Dialling, handshakes and rounds when a message takes a second."""

from __future__ import annotations

import itertools
from collections import defaultdict

from pytest_roadmap.probes import probe
from pytest_roadmap.target.faults import FaultError

EXTREME, PEERS_S = "1000 ms", 90.0
RISE_MS, TOLERANCE = 2000, 0.1


@probe("CHAOS-LAT-6", strength="exercised")
def test_a_restarted_validator_gets_its_peers_over_slow_links(latency_sweep, evidence):
    """A validator restarted at 1000 ms of delay gets all its peers and signs."""
    sweep = latency_sweep
    sweep.shown(EXTREME, evidence)
    restart = sweep.restart
    if abs(restart.rise - RISE_MS) > RISE_MS * TOLERANCE:
        raise FaultError(
            f"connects of the restarted {restart.node} took {restart.rise:.0f} ms more"
        )

    evidence.note(f"its own connects took {restart.rise:.0f} ms longer")
    evidence.measure("peers_seconds", restart.peers or PEERS_S)
    evidence.measure("heights_to_sign", restart.heights_to_sign)
    assert not restart.problem, restart.problem
    sweep.judge(evidence)


@probe("CHAOS-LAT-7", strength="exercised")
def test_rounds_grow_until_a_height_fits_the_delay(latency_sweep, evidence):
    """Round timeouts grow until a height fits the delay: at most 30 s at 1000 ms."""
    sweep = latency_sweep
    phase = sweep.shown(EXTREME, evidence)
    steps = timed_out_steps(sweep.experiment.record, phase)

    shrinking = [
        f"{node} at {height}: {[f'{s:.1f}' for s in seconds]} s"
        for (node, height), seconds in steps.items()
        if any(later <= earlier for earlier, later in itertools.pairwise(seconds))
    ]

    told = [f"{key}: {seconds}" for key, seconds in steps.items()]
    evidence.attach("propose steps that timed out", told)
    evidence.measure("seconds_per_height", phase.longest_height(sweep.chain.blocks))
    evidence.measure("shrinking_timeouts", len(shrinking))
    assert not shrinking, f"propose steps that were not longer: {'; '.join(shrinking)}"
    sweep.judge(evidence)


def timed_out_steps(record, phase):
    """Return the seconds of each propose step that timed out, by node and height."""
    window = {"since": phase.since, "until": phase.until}
    begun = {
        (event.node, event.height, event.round): event.at
        for event in record.events("NewRound", **window)
    }
    found = defaultdict(list)
    for event in record.events("TimeoutPropose", **window):
        key = (event.node, event.height, event.round)
        if key in begun:
            found[event.node, event.height].append(event.at - begun[key])
    return dict(found)
