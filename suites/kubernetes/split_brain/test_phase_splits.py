"""A network that breaks in the middle of one height."""

from __future__ import annotations

from pytest_roadmap.probes import probe
from pytest_roadmap.target.comet import RpcError

NEVER_S, SIGNED_BLOCKS = 90.0, 5


@probe("CHAOS-SPLIT-3", strength="exercised")
def test_a_height_split_on_its_proposal_is_decided_after_the_heal(
    phase_splits, evidence
):
    """A height split while its proposal is on the way is decided after the heal."""
    split, chain = phase_splits.made("proposal", evidence), phase_splits.chain

    without = split.committed - (split.height - 1)
    seconds = (split.decided or split.healed + NEVER_S) - split.healed
    signers = {
        address
        for height in range(split.height + 1, split.height + 1 + SIGNED_BLOCKS)
        for address in chain.blocks.signatures(height) or ()
    }
    missing = [node.name for node in chain.validators if node.address not in signers]

    evidence.measure("blocks_without_quorum", max(without, 0))
    following = chain.blocks.at(split.height + 1)
    evidence.measure("deciding_round", following.round if following else 0)
    evidence.measure("decided_seconds", seconds)
    evidence.measure("missing_signers", len(missing))
    assert split.decided, split.problem
    assert not missing, f"{', '.join(missing)} did not sign after the heal"
    phase_splits.judge(evidence)


@probe("CHAOS-SPLIT-4", strength="exercised")
def test_what_some_had_committed_is_what_all_commit(phase_splits, evidence):
    """A block that only some had committed at the break is the one that all commit."""
    split, chain = phase_splits.made("commit", evidence), phase_splits.chain
    nodes = (*chain.validators, *chain.full)

    found = {node.name: hash_at(node, split.height) for node in nodes}
    others = {name: h for name, h in found.items() if h and h != split.block}
    without = [name for name, one in found.items() if not one]
    seconds = NEVER_S if split.recovered is None else split.recovered

    evidence.note(f"{', '.join(split.side)} had committed {split.block[:12]}")
    evidence.measure("other_block_at_that_height", len(others))
    evidence.measure("recovery_seconds", seconds)
    assert not others, f"height {split.height} at the others: {others}"
    assert not split.problem, split.problem
    assert not without, f"{', '.join(without)} have no block {split.height}"
    phase_splits.judge(evidence)


def hash_at(node, height):
    """Return the hash of the block that a node has at a height, or nothing."""
    try:
        headers = node.rpc.headers(height, height)
    except RpcError:
        return ""
    return next((header.hash for header in headers), "")
