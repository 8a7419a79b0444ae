"""A chain in two halves, of which neither is a quorum."""

from __future__ import annotations

from pytest_roadmap.probes import probe

HALF = 2  # of four validators


@probe("CHAOS-SPLIT-1", strength="exercised")
def test_neither_half_commits_and_all_answer(split_2_2, evidence):
    """Without quorum neither half commits a block, and every node answers reads."""
    split = split_2_2
    evidence.note(" | ".join(", ".join(half) for half in split.halves))

    evidence.attach("prevotes", dict(split.prevotes))
    evidence.attach("readings", [str(reading) for reading in split.readings])
    evidence.measure("blocks_without_quorum", split.blocks_alone)
    evidence.measure("read_seconds", max(one.seconds for one in split.readings))
    evidence.measure("restarts", len(split.restarts))

    assert not split.blocks_alone, f"blocks_without_quorum {split.blocks_alone} > 0"
    crowded = {name: n for name, n in split.prevotes.items() if n > HALF}
    assert not crowded, f"more than {HALF} prevotes were seen: {crowded}"
    refused = [str(one) for one in split.readings if one.error]
    assert not refused, f"reads failed: {'; '.join(refused[:3])}"
    assert split.conclusion, f"the chain could not be compared: {split.problem}"
    split.conclusion.judge(evidence)


@probe("CHAOS-SPLIT-6", strength="exercised")
def test_any_three_resume_without_the_strongest(split_2_2, evidence):
    """Blocks resume as soon as three validators are joined, the strongest apart."""
    split = split_2_2

    if split.resumed is not None:
        evidence.measure("resume_seconds", split.resumed)
    if split.recovered is not None:
        evidence.measure("recovery_seconds", split.recovered)
    evidence.attach("transfers left in mempools", dict(split.left))

    assert split.resumed is not None, f"three did not resume: {split.problem}"
    assert split.recovered is not None, f"the fourth: {split.problem}"
    assert split.apart <= 0, f"the lonely validator committed {split.apart} blocks"
    assert not any(split.left.values()), f"transfers are left: {split.left}"
    assert split.conclusion, f"the chain could not be compared: {split.problem}"
    split.conclusion.judge(evidence)
