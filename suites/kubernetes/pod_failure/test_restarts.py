"""A validator that is killed again and again, always in the middle of a vote."""

from __future__ import annotations

import itertools
import re

import pytest

from pytest_roadmap.probes import probe
from pytest_roadmap.target.faults import FaultError
from pytest_roadmap.target.votes import conflicting

KILLS = 5
MOST_TRIES = 10
VOTE_S = 60.0
BACK_S = 90.0  # beyond the limit
STORED = re.compile(r"storeHeight=(\d+)")  # CometBFT's, in its handshake


@probe("CHAOS-POD-4", strength="exercised")
@pytest.mark.events("Vote")
def test_a_restarted_validator_never_votes_twice(experiment, evidence):
    """Through five restarts a validator's sign state never goes back or votes twice."""
    chain, validator = experiment.chain, experiment.chain.validators[-1]

    with chain.traffic():
        states = _killed_in_votes(experiment, validator)
        recovered = experiment.until_recovered(
            validator, since=validator.container.now.started, within=BACK_S
        )
    states.append(validator.signing_state())

    evidence.attach("signing states", "\n".join(map(str, states)))
    back = [
        f"{later} after {former}"
        for former, later in itertools.pairwise(states)
        if later < former
    ]
    conflicts = conflicting(experiment.record, validator.address)
    evidence.measure("sign_state_steps_back", len(back))
    evidence.measure("conflicting_votes", len(conflicts))
    evidence.measure("recovery_seconds", recovered)
    assert not back, f"sign_state_steps_back {len(back)} > 0: {back[0]}"
    assert not conflicts, f"conflicting_votes {len(conflicts)} > 0: {conflicts[0]}"
    experiment.conclude().judge(evidence)


def _killed_in_votes(experiment, validator):
    """Kill a validator between vote and commit; return its signing states."""
    states, done = [validator.signing_state()], 0
    for _ in range(MOST_TRIES):
        uid = validator.pod.uid
        found = experiment.faults.ended_in_vote(validator, within=VOTE_S)
        experiment.note(f"{validator} is killed in a vote", found.kill.at)
        validator.until_replaced(uid, within=BACK_S).until_running(within=BACK_S)
        states += [found.state, validator.signing_state()]
        done += _stored(validator) < found.state.height
        if done == KILLS:
            return states
    message = f"only {done} of {MOST_TRIES} kills came before the commit"
    raise FaultError(message)


def _stored(validator):
    """Return the newest block that a validator had when it was started."""
    validator.instance.until_true(
        lambda: STORED.search(validator.log()),
        within=BACK_S,
        what=f"{validator} to tell the height of its blocks",
    )
    return int(STORED.search(validator.log()).group(1))
