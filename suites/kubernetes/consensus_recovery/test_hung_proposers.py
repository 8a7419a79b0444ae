"""Proposers that hang at their turn."""

from __future__ import annotations

from pytest_roadmap.probes import probe

CALM = 3  # heights in a row


@probe("CHAOS-CONS-1", strength="exercised")
def test_a_hung_proposer_costs_one_round(frozen_proposers, evidence):
    """A proposer that hangs at its turn costs one round and less than 15 s."""
    seen, hung = frozen_proposers, frozen_proposers.one
    evidence.attach("the height", str(hung))
    evidence.attach("rounds of the heights after it", list(seen.later))

    evidence.measure("deciding_round", hung.round)
    evidence.measure("gap_seconds", hung.gap)
    evidence.measure("recovery_seconds", seen.recovery)
    proposer = seen.addresses.get(hung.proposers[-1])
    assert hung.decided_by == proposer, (
        f"the block of height {hung.height} is of {hung.decided_by}, "
        f"not of the proposer of its round, {proposer}"
    )
    assert list(seen.later[-CALM:]) == [0] * CALM, (
        f"the heights after it were decided in the rounds {list(seen.later)}"
    )
    seen.conclusion.judge(evidence)


@probe("CHAOS-CONS-3", strength="exercised")
def test_three_hung_proposers_cost_three_rounds(frozen_proposers, evidence):
    """Three proposers in a row that hang cost three rounds."""
    seen, hung = frozen_proposers, frozen_proposers.three
    evidence.attach("the height", str(hung))

    evidence.measure("deciding_round", hung.round)
    evidence.measure("gap_seconds", hung.gap)
    evidence.measure("rounds_behind", max(hung.behind.values()))
    assert len(set(hung.held)) == len(hung.timeouts), (
        f"the proposers {', '.join(hung.held)} hung, and rounds "
        f"{sorted(hung.timeouts)} ran into their timeout"
    )
    seen.conclusion.judge(evidence)
