"""A validator that is there, and does not vote."""

from __future__ import annotations

from pytest_roadmap.probes import probe

NODE_BEHIND_BLOCKS = 1  # the node that is asked, behind the newest block that is known


@probe("CHAOS-BYZ-7", strength="exercised")
def test_who_withholds_votes_delays_nobody_and_is_jailed(downtime_jail, evidence):
    """A validator that stays connected and withholds its votes delays nobody and is jailed for downtime."""  # noqa: E501 - the requirement's title
    seen, who = downtime_jail.withholding, downtime_jail.address
    own = [b.height for b in seen.blocks if b.hash in seen.proposed]
    signed = [b.height - 1 for b in seen.blocks[1:] if who in b.signers]
    assert own, "no block that the peer proposed was committed: it did not take part"
    assert not signed, (
        f"the commits of {signed} have its signature: it did not withhold"
    )

    evidence.attach("missed blocks by height", dict(seen.missed))
    evidence.attach("blocks that it proposed", own)
    evidence.measure("longest_gap_rounds", seen.gap_rounds)
    past = seen.last - seen.first - seen.rules.window
    evidence.measure("blocks_past_window_to_jail", max(past, 0))
    others = {address for address, stake in seen.after.items() if stake.jailed} - {who}
    evidence.measure("others_jailed", len(others))
    assert seen.after[who].jailed, f"{who} withheld every vote and is not jailed"
    absent = [block.height for block in seen.counted if who not in block.signers]
    wrong = miscounted(seen.missed, absent, seen.rules.window)
    assert not wrong, f"missed blocks, counted and true, by height: {wrong}"
    kept = seen.before[who].tokens * (1 - seen.rules.for_downtime)
    assert seen.after[who].tokens == kept, f"{seen.after[who].tokens}, not {kept}"
    downtime_jail.conclusion.judge(evidence)


def miscounted(missed, absent, window):
    """Return the heights at which its counter is not what the commits say."""
    true = {
        height: sum(height - window < one <= height for one in absent)
        for height in missed
    }
    return {
        height: (missed[height], count)
        for height, count in true.items()
        if abs(missed[height] - count) > NODE_BEHIND_BLOCKS
    }
