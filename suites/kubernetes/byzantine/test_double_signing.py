"""A validator's key that signs on two nodes."""

from __future__ import annotations

import pytest

from pytest_roadmap.probes import probe
from pytest_roadmap.target import double_votes, transactions
from pytest_roadmap.target.faults.signing_twice import SecondSigner
from pytest_roadmap.target.pulse import pulse
from pytest_roadmap.target.staking import Ledger

TRANSFERS = 5
DOUBLE_VOTE_S = 90.0
PATIENCE_BLOCKS = 25  # beyond the limit
BLOCK_S = 8.0


@pytest.mark.events("Vote")
@probe("CHAOS-BYZ-3", strength="exercised")
def test_a_key_on_two_nodes_is_slashed_and_tombstoned(experiment, evidence):
    """A validator key that signs on two nodes is slashed and tombstoned within 20 blocks, and the chain goes on."""  # noqa: E501 - the requirement's title
    chain, ledger = experiment.chain, Ledger(experiment.chain)
    validator = chain.validators[-1]
    before, rules = ledger.stakes(), ledger.rules()
    assert rules.for_double_sign > 0, "the target slashes nothing for signing twice"

    with experiment.inject(experiment.faults.second_signer(validator)) as fault:
        second = SecondSigner(validator=validator).node
        experiment.follow(second)
        _fill_mempool(chain, second, ledger.signer(validator))
        height = _until_double_vote(experiment.record, validator, second)
        _until_tombstoned(chain, ledger, validator, height)
        seen_at, infos, after = chain.height, ledger.signing_infos(), ledger.stakes()
        gap = experiment.gap_rounds(fault.injected)

    accused = validator.address
    found = double_votes.committed(chain, height - 1)
    proofs = [proof for proofs in found.values() for proof in proofs]
    evidence.attach("evidence in blocks", {h: len(p) for h, p in found.items()})
    evidence.measure("blocks_to_tombstone", seen_at - height)
    evidence.measure("others_slashed", len(_slashed(before, after) - {accused}))
    evidence.measure("longest_gap_rounds", gap)
    key = next(v.public_key for v in _members(chain, height) if v.address == accused)
    assert proofs, "no block has evidence of the two votes"
    assert all(p.verifies(key, chain.profile.chain_id) for p in proofs)
    assert infos[accused].tombstoned, f"{accused} was not tombstoned"
    kept = before[accused].tokens * (1 - rules.for_double_sign)
    assert after[accused].tokens == kept, f"{after[accused].tokens} tokens, not {kept}"
    assert accused not in {member.address for member in _members(chain, chain.height)}
    experiment.conclude(misbehaved=[accused]).judge(evidence)


def _fill_mempool(chain, node, signer):
    """Offer transfers to a node that keeps them to itself."""
    for number in range(TRANSFERS):
        to_self = transactions.send(
            signer.address, signer.address, 1, chain.profile.denom
        )
        now = transactions.following(signer, number)
        raw = transactions.signed([to_self], now, chain.profile.chain_id)
        assert node.rpc.broadcast(raw) == 0, f"{node} refused a transfer"


def _until_double_vote(record, validator, second):
    """Return the first height for which both nodes voted, and not for one block."""

    def double():
        """Return the heights with two hashes for one round and kind of vote."""
        voted = {}
        for node in (validator, second):
            for vote in record.events("Vote", node=node.name, where=_of(validator)):
                if vote.block:
                    place = (vote.height, vote.round, vote.vote)
                    voted.setdefault(place, set()).add(vote.block)
        return [place[0] for place, blocks in voted.items() if len(blocks) > 1]

    what = f"two votes of {validator} for one height"
    return min(pulse.until(double, within=DOUBLE_VOTE_S, what=what, seen=record.brief))


def _of(validator):
    """Return whether a vote is a validator's."""
    return lambda vote: vote.address == validator.address


def _until_tombstoned(chain, ledger, validator, height):
    """Wait until it is tombstoned and gone, or until so many blocks have passed."""
    gone = validator.address
    chain.until_true(
        lambda: (
            chain.height >= height + PATIENCE_BLOCKS
            or (
                ledger.signing_infos()[gone].tombstoned
                and gone not in {m.address for m in _members(chain, chain.height)}
            )
        ),
        within=PATIENCE_BLOCKS * BLOCK_S,
        what=f"{validator} to be tombstoned",
    )


def _members(chain, height):
    """Return the validator set of a height, as the first validator has it."""
    return chain.validators[0].rpc.validators(height)


def _slashed(before, after):
    """Return the addresses of those who have fewer tokens."""
    return {
        address
        for address, stake in after.items()
        if stake.tokens < before[address].tokens
    }
