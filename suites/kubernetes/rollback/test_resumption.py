"""A chain that a bad release has stopped, and its rollback."""

from __future__ import annotations

from pytest_roadmap.probes import probe

STALL_INTERVALS = 10
STALL_S = 240
RESUMPTION_S = 150  # beyond the limit


@probe("INFRA-ROLL-6", strength="exercised")
def test_a_stopped_chain_goes_on_after_the_rollback(chain, evidence):
    """A chain that a bad release has stopped goes on after the rollback."""
    before = {node.name: node.signing_state() for node in chain.validators}
    addresses = [node.address for node in chain.validators]
    pause = STALL_INTERVALS * chain.blocks.median_interval()

    chain.roll_out("silent", chain.profile.validators)
    last = chain.blocks.wait_for_stall(pause, within=STALL_S)
    undone = chain.undo()
    resumed = chain.blocks.wait_for_height(last + 1, within=RESUMPTION_S)
    chain.until_settled(chain.profile.validators, within=RESUMPTION_S)
    height = chain.blocks.wait_for_blocks(10, within=60).height

    evidence.measure("seconds_to_next_block", (resumed.arrived or 0) - undone)
    heights = [node.rpc.block(height - 1) for node in chain.validators]
    evidence.measure("heights_lost", last + 1 - resumed.height)
    evidence.measure("distinct_app_hashes", len({b.app_hash for b in heights}))
    silent = [a for a in addresses if not _signed(chain, a, height - 10, height)]
    evidence.measure("validators_not_signing", len(silent))
    back = [n for n in chain.validators if n.signing_state() < before[n.name]]
    evidence.measure("signing_state_steps_back", len(back))
    evidence.measure("evidence", chain.blocks.evidence())
    assert not back, f"signing_state_steps_back: {', '.join(map(str, back))}"


def _signed(chain, address, low, high):
    """Whether a validator has signed any block of a range of heights."""
    votes = (chain.blocks.signatures(height) for height in range(low, high))
    return any(address in signers for signers in votes if signers)
