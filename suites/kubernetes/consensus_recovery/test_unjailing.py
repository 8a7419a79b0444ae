"""A validator that was jailed comes back."""

from __future__ import annotations

from pytest_roadmap.probes import inconclusive, probe


@probe("CHAOS-CONS-7", strength="exercised")
def test_a_jailed_validator_signs_again_after_one_transaction(downtime_jail, evidence):
    """A validator jailed for downtime signs again after one unjail transaction."""
    before, after = downtime_jail.withholding, downtime_jail.release
    who = downtime_jail.address
    if after is None:
        inconclusive("nobody was jailed, so nobody can be released")
    assert not before.after[who].bonded
    assert who not in before.members, "it was jailed and is still in /validators"

    began = after.seen if after.signing is None else after.signing
    evidence.attach("MsgUnjail", {"code": after.code, "log": after.log})
    evidence.measure("blocks_to_sign", began - after.height)
    evidence.measure("jailed_again", int(after.later.jailed and after.code == 0))
    assert after.code == 0, f"MsgUnjail was refused: code {after.code}, {after.log}"
    assert after.signing is not None, "it signs no three commits in a row"
    assert after.stake.bonded
    assert who in after.members, "it is not back in /validators"
    assert after.info.missed <= after.seen - after.height, "it did not start from 0"
    downtime_jail.conclusion.judge(evidence)
