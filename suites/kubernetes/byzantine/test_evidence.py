"""Evidence of misbehaviour that is offered to the chain."""

from __future__ import annotations

from pytest_roadmap.probes import inconclusive, probe
from pytest_roadmap.target import double_votes, light_client_attacks
from pytest_roadmap.target.pulse import pulse

AGE_BLOCKS = 10
PATIENCE_BLOCKS = 25  # beyond the limit
AGAIN_BLOCKS = 3  # after the genuine evidence was offered a second time
BLOCK_S = 5.0


@probe("CHAOS-BYZ-2", strength="exercised")
def test_only_genuine_evidence_is_committed_and_only_once(experiment, evidence):
    """Only evidence with two genuine signatures is committed, and only once."""
    chain = experiment.chain
    chain.blocks.wait_for_height(AGE_BLOCKS + 2, within=AGE_BLOCKS * BLOCK_S)
    case = double_votes.case(chain, chain.validators[-1], chain.height - AGE_BLOCKS)
    assert case.genuine.verifies(case.public_key, chain.profile.chain_id)

    began = chain.height
    experiment.note(f"evidence against {case.validator}")
    answers = _offered(chain, case)
    offered = chain.height
    first = double_votes.offer(chain, case.genuine)
    _until_committed(chain, offered)
    again = double_votes.offer(chain, case.genuine)
    chain.blocks.wait_for_blocks(AGAIN_BLOCKS, within=AGAIN_BLOCKS * BLOCK_S)

    blocks = double_votes.committed(chain, began)
    found = [entry for entries in blocks.values() for entry in entries]
    forged = chain.blocks.evidence(above=began) - found.count(case.genuine)
    heights = [height for height, entries in blocks.items() if case.genuine in entries]
    evidence.attach("answers", {**answers, "genuine": first, "genuine again": again})
    evidence.measure("forged_evidence_committed", forged)
    evidence.measure("genuine_evidence_committed", found.count(case.genuine))
    evidence.measure("blocks_to_commit", min(heights, default=chain.height) - offered)
    if heights:  # else all of it may be too old
        _see_understood(answers)
    taken = [wrong for wrong, said in answers.items() if not all(said.values())]
    assert not taken, f"evidence with {', '.join(taken)} was not refused by every node"
    accused = [case.validator.address]
    experiment.conclude(misbehaved=accused).judge(evidence)


def _offered(chain, case):
    """Offer all that is forged; return what each node says, by what is wrong."""
    accused = [node for node in chain.validators if node != case.validator][:2]
    height = case.genuine.votes[0].height
    attacks = light_client_attacks.forged(chain, accused, height)
    return {
        wrong: double_votes.offer(chain, forged)
        for wrong, forged in {**case.forged, **attacks}.items()
    }


def _see_understood(answers):
    """See that what is wrong with an attack is why it was refused."""
    for wrong, reason in light_client_attacks.REASONS.items():
        if not all(reason in said for said in answers[wrong].values() if said):
            inconclusive(f"{wrong} was refused for another reason: {answers[wrong]}")


def _until_committed(chain, above):
    """Wait for evidence in a block, or until so many blocks have none."""
    pulse.until(
        lambda: (
            chain.blocks.evidence(above=above)
            or chain.height >= above + PATIENCE_BLOCKS
        ),
        within=PATIENCE_BLOCKS * BLOCK_S,
        what="evidence in a block",
        seen=chain.blocks.brief,
    )
