from __future__ import annotations

import pytest

from pytest_roadmap.errors import NeverHappenedError
from pytest_roadmap.probes import probe
from pytest_roadmap.target import joining, recovering
from pytest_roadmap.target.faults import FaultError

GONE_S = 60.0
RECOVERED_S = 130.0


@pytest.mark.events("Vote")
@probe("CHAOS-SYNC-2", strength="exercised")
def test_a_validator_without_its_volume_comes_back_from_a_snapshot(
    chain, snapshot_source, experiment, evidence
):
    """A validator that lost its volume signs again, never where it had signed."""
    snapshot_source.until_snapshot()
    validator = chain.validators[-1]
    address, volume = validator.address, validator.claim.volume

    loss = recovering.lose_and_recover(validator, within=GONE_S)
    experiment.note(f"the volume of {validator} is deleted", loss.at)
    _measure_recovery(experiment, validator, loss, evidence)
    joining.unpin(chain)
    conclusion = experiment.conclude()

    votes = recovering.votes(experiment.record, address, loss.gone)
    status = validator.rpc.status()
    _prove_loss(validator, volume, votes, loss)
    evidence.attach("votes", votes)
    evidence.measure("conflicting_votes", len(votes.conflicting))
    evidence.measure("longest_gap_rounds", experiment.gap_rounds(loss.at))
    assert status.earliest > 1, "it has block 1: it restored no snapshot"
    assert votes.first_after > votes.last_before, f"it signed a height again: {votes}"
    assert not votes.conflicting, f"it voted twice: {votes.conflicting}"
    conclusion.judge(evidence)


def _measure_recovery(experiment, validator, loss, evidence):
    """Wait for its signatures; measure the seconds since it lost its volume."""
    left = loss.at + RECOVERED_S - loss.gone
    try:
        seconds = experiment.until_recovered(validator, since=loss.gone, within=left)
    except NeverHappenedError:
        evidence.measure("recovery_seconds", RECOVERED_S)
        raise
    evidence.measure("recovery_seconds", seconds + loss.gone - loss.at)


def _prove_loss(validator, volume, votes, loss):
    """Go on only if the volume is another one, and the pinned height high enough."""
    if validator.claim.volume == volume:
        message = f"{validator} still has the volume {volume}"
        raise FaultError(message)
    if loss.sign_above and votes.last_before > loss.sign_above:
        message = f"it signed {votes.last_before}, above {loss.sign_above}"
        raise FaultError(message)
