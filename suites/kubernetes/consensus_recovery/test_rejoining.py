"""Validators that rejoin: after an absence, and under new addresses."""

from __future__ import annotations

from pytest_roadmap.probes import inconclusive, probe

AWAY_BLOCKS = 15


@probe("CHAOS-CONS-4", strength="exercised")
def test_a_returning_validator_catches_up_and_signs(crash_series, evidence):
    """A validator away for fifteen blocks fetches them, and misses none after."""
    back = crash_series.back
    behind = back.highest - back.height
    evidence.note(
        f"its first status: catching_up {back.catching_up}, {behind} blocks behind"
    )
    if not back.catching_up or behind < AWAY_BLOCKS:
        inconclusive("it was not seen to catch up: nothing had to be fetched")

    evidence.measure("catch_up_seconds", back.caught_up)
    evidence.measure("missed_after_return", back.missed_after)
    evidence.measure("missed_beyond_absence", back.missed_counter - back.away_blocks)

    assert not crash_series.absences[0].problem, crash_series.absences[0].problem
    assert not back.lacking, f"it does not have the blocks {list(back.lacking)}"
    crash_series.conclusion.judge(evidence)


@probe("CHAOS-CONS-5", strength="exercised")
def test_validators_with_new_addresses_are_peers_again(eviction_storm, evidence):
    """After every validator pod has a new address each is a peer of every other."""
    storm = eviction_storm
    moved = [e for e in storm.evictions if e.before.ip != e.after.ip]
    evidence.attach("addresses", "\n".join(map(str, storm.evictions)))
    assert storm.peering is not None, storm.problem
    if len(moved) < len(storm.evictions):
        inconclusive("a pod has its former address again")

    evidence.measure("missing_peers", len(storm.missing))
    evidence.measure("peering_seconds", storm.peering)

    assert not storm.missing, (
        f"missing_peers {len(storm.missing)} > 0: {', '.join(storm.missing)}"
    )
    assert not storm.problem, storm.problem
    storm.conclusion.judge(evidence)
