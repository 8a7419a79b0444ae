"""Votes and proposals in the names of others."""

from __future__ import annotations

from pytest_roadmap.probes import inconclusive, probe

LEAST_MESSAGES = 100


@probe("CHAOS-BYZ-1", strength="exercised")
def test_forged_votes_and_proposals_count_for_nothing(byzantine_run, evidence):
    """Votes and proposals whose signatures do not verify count for nothing."""
    seen = byzantine_run.forging
    if isinstance(seen, str):
        inconclusive(f"no votes and proposals were forged: {seen}")
    assert min(seen.written.values()) >= LEAST_MESSAGES, f"only {dict(seen.written)}"

    evidence.attach("messages that the peer wrote", dict(seen.written))
    evidence.attach("complaints of signatures in the logs", dict(seen.complaints))
    evidence.measure("forged_signatures_counted", len(seen.counted))
    evidence.measure("slashed", len(seen.slashed))
    evidence.measure("restarts", seen.restarts)
    evidence.measure("longest_gap_rounds", seen.gap_rounds)
    evidence.measure("verified_commits", seen.verified)
    forged = [f"{vote.address} at {vote.height}" for vote in seen.counted]
    assert not forged, f"commits have votes that nobody has signed: {forged[:4]}"
    silent = [node for node, lines in seen.complaints.items() if not lines]
    assert not silent, f"{', '.join(silent)} never told of a signature that is wrong"
    byzantine_run.judge(evidence)
