"""A validator that comes back into a network that is cut off."""

from __future__ import annotations

from pytest_roadmap.probes import probe


@probe("CHAOS-SPLIT-2", strength="exercised")
def test_a_lonely_restart_makes_no_chain_of_its_own(minority_cut, evidence):
    """A validator restarted while cut off neither commits alone nor begins anew."""
    cut = minority_cut
    assert cut.replaced, f"{cut.cut_off} did not come back: {cut.problem}"
    alone = cut.replaced
    recovered = cut.recoveries.get(cut.cut_off)

    evidence.attach("the replaced validator", str(alone))
    evidence.measure("blocks_committed_alone", len(alone.own))
    if recovered is not None:
        evidence.measure("recovery_seconds", recovered)

    assert not alone.own, (
        f"blocks_committed_alone {len(alone.own)}: {', '.join(alone.own[:3])}"
    )
    assert alone.genesis, f"{cut.cut_off} came back with another genesis"
    assert not alone.steps_back, f"the signing state of {cut.cut_off} went back"
    assert alone.majority, "the majority made no block meanwhile"
    assert recovered is not None, f"{cut.cut_off} did not recover: {cut.problem}"
    assert cut.conclusion, f"the chain could not be compared: {cut.problem}"
    cut.conclusion.judge(evidence)
