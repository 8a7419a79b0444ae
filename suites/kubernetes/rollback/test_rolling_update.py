"""Releases that are rolled out: one that works, and one that cannot start."""

from __future__ import annotations

from pytest_roadmap.probes import probe


@probe("INFRA-ROLL-1", strength="exercised")
def test_an_update_takes_one_validator_at_a_time(rolling_update, evidence):
    """A rolling update takes one validator at a time and waits until it signs."""
    update = rolling_update
    evidence.attach("replacements", "\n".join(map(str, update.replacements)))

    early = update.taken_early
    evidence.measure("validators_down_at_once", update.most_down_at_once)
    evidence.measure("taken_before_the_last_one_signed", len(early))
    evidence.measure("longest_block_gap_seconds", update.longest_gap)
    evidence.measure("update_seconds", update.ended - update.began)

    assert not early, (
        f"taken_before_the_last_one_signed {len(early)} > 0: {', '.join(early)}"
    )
    assert not update.problem, f"the update did not end: {update.problem}"
    several = {
        role: found for role, found in update.revisions.items() if len(found) > 1
    }
    assert not several, f"several revisions at the end: {several}"
    assert update.replacements, "no validator was replaced"


@probe("INFRA-ROLL-2", strength="exercised")
def test_a_release_that_cannot_start_stops_at_the_first(failed_release, evidence):
    """A release that cannot start is stopped at the first validator; blocks go on."""
    fact = failed_release
    evidence.note(f"taken: {', '.join(fact.taken) or 'none'}. {fact.problem}")

    evidence.measure("validators_taken", len(fact.taken))
    evidence.measure("blocks_made", fact.blocks_made)
    evidence.measure("longest_block_gap_seconds", fact.longest_gap)

    assert len(fact.taken) == 1, (
        f"validators_taken {len(fact.taken)}, not 1: {', '.join(fact.taken) or 'none'}"
    )
    assert not fact.complete, "the StatefulSet reports its update as complete"
    assert not fact.problem, fact.problem
