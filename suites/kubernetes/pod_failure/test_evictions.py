"""Validators that are evicted."""

from __future__ import annotations

from pytest_roadmap.probes import probe

REASON = "EvictionByEvictionAPI"


@probe("CHAOS-POD-6", strength="exercised")
def test_evictions_take_one_validator_at_a_time(eviction_storm, evidence):
    """Evicting all four validators at once never takes two of them away together."""
    storm = eviction_storm
    evidence.attach("evictions", "\n".join(map(str, storm.evictions)))
    evidence.measure("refusals", storm.refused)

    evidence.measure("validators_away_at_once", storm.most_away)
    evidence.measure("longest_gap_rounds", storm.gap_rounds)
    evidence.measure("round_trip_seconds", storm.round_trip)

    assert not storm.problem, storm.problem
    assert not storm.others, f"refused, but not for a budget: {storm.others[0]}"
    replaced = [e.before.name for e in storm.evictions if e.before.uid != e.after.uid]
    assert len(replaced) == len(storm.evictions), f"only {replaced} were replaced"
    reasons = {e.reason for e in storm.evictions}
    assert reasons == {REASON}, f"the pods were ended for {reasons}"
    storm.conclusion.judge(evidence)
