"""A worker that is lost to the network while its processes go on."""

from __future__ import annotations

from pytest_roadmap.probes import inconclusive, probe

LEAST_REFUSALS = 3


@probe("CHAOS-NODE-1", strength="exercised")
def test_no_key_of_an_isolated_node_is_started_elsewhere(node_outage, evidence):
    """While a node is isolated, none of its validator keys is started elsewhere."""
    outage = node_outage
    evidence.measure("holders_of_one_key", 1 + bool(outage.doubles))
    assert not outage.doubles, (
        f"holders_of_one_key 2 > 1: {', '.join(outage.doubles)} ran while "
        f"{outage.worker} was isolated"
    )
    if not (outage.tainted and outage.processes):
        inconclusive("the control plane had not given the isolated node up")
    late = [name for name, seconds in outage.recovery.items() if seconds is None]
    assert not late, f"{', '.join(late)} did not recover: {outage.problem}"
    evidence.measure("recovery_seconds", max(outage.recovery.values()))
    outage.conclusion.judge(evidence)


@probe("CHAOS-NODE-2", strength="exercised")
def test_blocks_go_on_without_the_strongest_worker(node_outage, evidence):
    """The chain keeps committing while the worker with the most power is away."""
    outage = node_outage
    evidence.measure("longest_gap_rounds", outage.gap_rounds)
    evidence.measure("blocks_of_baseline_percent", outage.blocks_percent)
    evidence.note(f"{outage.worker} carried {', '.join(outage.isolated)}")
    assert outage.conclusion, f"the chain did not recover: {outage.problem}"
    outage.conclusion.judge(evidence)


@probe("CHAOS-NODE-8", strength="exercised")
def test_a_drain_beside_a_lost_node_evicts_no_validator(node_outage, evidence):
    """While one node is lost, a drain of another evicts no validator."""
    outage = node_outage
    evidence.measure("evictions", len(outage.evicted))
    evidence.measure("refusals", len(outage.refused))
    evidence.measure("longest_gap_rounds", outage.gap_rounds)
    asked = len(outage.refused) + len(outage.evicted)
    assert not outage.evicted, f"evictions {len(outage.evicted)} > 0: {outage.drained}"
    assert asked >= LEAST_REFUSALS, f"the drain asked only {asked} times"
    others = [str(e.refusal) for e in outage.refused if not e.refusal.by_budget]
    assert not others, f"refused, but not for a budget: {'; '.join(others)}"
    assert outage.drained_uid_after == outage.drained_uid, (
        f"{outage.drained} has been replaced"
    )
    assert outage.conclusion, f"the chain did not recover: {outage.problem}"
    outage.conclusion.judge(evidence)
