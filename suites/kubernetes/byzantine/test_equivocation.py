"""One proposer, one turn, two blocks."""

from __future__ import annotations

from pytest_roadmap.probes import inconclusive, probe

NEVER_S = 60.0  # what is measured when nobody recovers


@probe("CHAOS-BYZ-4", strength="exercised")
def test_of_two_blocks_of_one_turn_one_is_committed(byzantine_run, evidence):
    """A proposer that shows and votes two blocks to two sides gets at most one of them committed."""  # noqa: E501 - the requirement's title
    seen = byzantine_run.equivocation
    if isinstance(seen, str):
        inconclusive(f"no two blocks were shown: {seen}")
    shown = {node.name: seen.shown.get(node.name) for node in byzantine_run.honest}
    assert set(shown.values()) == set(seen.blocks), f"they were shown {shown}"

    committed = set(seen.committed.values()) & set(seen.blocks)
    found = seen.last if seen.evidence_at is None else seen.evidence_at
    recovery = NEVER_S if seen.recovery_s is None else seen.recovery_s
    evidence.attach("blocks shown", shown)
    evidence.attach("blocks committed at that height", dict(seen.committed))
    evidence.measure("blocks_committed_of_two", len(committed))
    evidence.measure("recovery_seconds", recovery)
    evidence.measure("blocks_to_evidence", found - seen.height)
    assert len(committed) <= 1, f"both blocks were committed: {dict(seen.committed)}"
    assert seen.recovery_s is not None, f"they never agreed: {dict(seen.committed)}"
    accused = {vote.address for proof in seen.proofs for vote in proof.votes}
    assert accused == {byzantine_run.address}, f"evidence accuses {sorted(accused)}"
    byzantine_run.judge(evidence)
