"""Partitions in which everybody can still reach somebody."""

from __future__ import annotations

from pytest_roadmap.probes import probe


@probe("CHAOS-PART-2", strength="exercised")
def test_crossing_cuts_cost_no_signature(partial_cuts, evidence):
    """With two crossing links cut, every validator signs through its neighbours."""
    act = partial_cuts.crossing
    assert act, f"the links were not cut: {partial_cuts.problem}"
    evidence.note(f"before: {partial_cuts.usual_percent:.0f} % of all signatures")

    evidence.attach("signers of each block", [sorted(s) for s in act.signers])

    evidence.measure("signatures_percent", act.signatures_percent)
    evidence.measure("longest_gap_rounds", act.longest_gap_rounds)
    _judge(partial_cuts, act, evidence)


@probe("CHAOS-PART-3", strength="exercised")
def test_the_full_node_joins_two_halves(partial_cuts, evidence):
    """Two halves that only the full node joins go on committing."""
    act = partial_cuts.joined
    assert act, f"the halves were not parted: {partial_cuts.problem}"
    evidence.note(f"the full node's peers: {', '.join(sorted(act.peers))}")

    evidence.attach("signers of each block", [sorted(s) for s in act.signers])
    one_sided = [
        signers
        for signers in act.signers
        if not all(signers & half for half in partial_cuts.halves)
    ]

    evidence.measure("longest_gap_rounds", act.longest_gap_rounds)
    evidence.measure("one_sided_commits", len(one_sided))
    _judge(partial_cuts, act, evidence)
    lost = frozenset().union(*partial_cuts.halves) - act.peers
    assert not lost, f"the full node had lost {', '.join(sorted(lost))}"


@probe("CHAOS-PART-6", strength="exercised")
def test_a_validator_that_is_not_heard_holds_nobody_up(partial_cuts, evidence):
    """A validator that hears the others but cannot be heard holds nobody up."""
    act = partial_cuts.mute
    assert act, f"no validator was made mute: {partial_cuts.problem}"
    evidence.note(act.what)

    evidence.attach("links lost among the others", list(act.lost))

    evidence.measure("longest_gap_rounds", act.longest_gap_rounds)
    evidence.measure("peers_lost_among_others", len(act.lost))
    if act.recovered is not None:
        evidence.measure("recovery_seconds", act.recovered)
    _judge(partial_cuts, act, evidence)
    assert act.recovered is not None, "the validator did not recover"


def _judge(cuts, act, evidence):
    """Claim that blocks went on in an act, and that the chain stayed one chain."""
    if cuts.conclusion:
        cuts.conclusion.judge(evidence)
    assert not act.problem, f"longest_gap_rounds {act.longest_gap_rounds:.1f}: " + (
        act.problem
    )
    assert cuts.conclusion, f"the chain could not be compared: {cuts.problem}"
