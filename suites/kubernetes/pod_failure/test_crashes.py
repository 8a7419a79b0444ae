"""Validators that crash: one after the other, two at once, all at once."""

from __future__ import annotations

from pytest_roadmap.probes import inconclusive, probe

LEAST_ACCEPTED = 100  # transfers that were accepted while a validator was away
KILLED = 137


@probe("CHAOS-POD-1", strength="exercised")
def test_blocks_go_on_while_one_validator_is_away(crash_series, evidence):
    """The chain keeps committing while its most powerful validator is down."""
    series = crash_series
    evidence.attach("absences", "\n".join(map(str, series.absences)))
    evidence.attach("voting power", series.powers)

    evidence.measure(
        "longest_gap_rounds", max(away.gap_rounds for away in series.absences)
    )
    evidence.measure(
        "recovery_seconds", max(away.recovery_seconds for away in series.absences)
    )

    assert not series.problem, series.problem
    ends = {away.name: away.exit_code for away in series.absences[1:]}
    others = {name: code for name, code in ends.items() if code != KILLED}
    assert not others, f"not killed, but ended otherwise: {others}"
    series.conclusion.judge(evidence)


@probe("CHAOS-POD-7", strength="exercised")
def test_what_was_accepted_is_committed_once(crash_series, evidence):
    """Every transfer accepted during a series of crashes is committed exactly once."""
    series, ledger = crash_series, crash_series.ledger
    evidence.measure("accepted_while_away", series.accepted_while_away)
    evidence.measure("unanswered", series.unanswered)
    if series.accepted_while_away < LEAST_ACCEPTED:
        inconclusive(
            f"only {series.accepted_while_away} transfers were accepted while a "
            "validator was away"
        )

    evidence.measure("lost_transfers", len(ledger.lost))
    evidence.measure("repeated_transfers", len(ledger.repeated))

    memos = [transfer.memo for transfer in ledger.lost]
    assert not memos, f"lost_transfers {len(memos)} > 0: {', '.join(memos[:5])} …"
    assert not ledger.smuggled, f"refused and in a block: {ledger.smuggled[0]}"
    assert series.received == ledger.amount, (
        f"the receiver has got {series.received}, the blocks have moved {ledger.amount}"
    )
    assert not series.problem, series.problem
    series.conclusion.judge(evidence)
