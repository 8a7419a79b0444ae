"""A validator whose application computes another state than everybody else's."""

from __future__ import annotations

from pytest_roadmap.errors import NeverHappenedError
from pytest_roadmap.probes import probe
from pytest_roadmap.target import clock

AHEAD_BLOCKS = 20  # for the restart with the other build
STOPPED_S = 60.0
UNREADY_S = 60.0  # beyond the limit
AFTER_BLOCKS = 5
BLOCK_S = 8.0
FAILURE = "CONSENSUS FAILURE!!!"


@probe("CHAOS-BYZ-6", strength="exercised")
def test_a_validator_with_another_state_stops_and_is_not_ready(experiment, evidence):
    """A validator whose application computes another state stops by itself and stops being Ready."""  # noqa: E501 - the requirement's title
    chain, validator = experiment.chain, experiment.chain.validators[-1]
    address, height = validator.address, experiment.chain.height + AHEAD_BLOCKS

    with experiment.inject(experiment.faults.divergent(validator, height)) as fault:
        stopped = _stop(chain, validator)
        experiment.note(f"{validator} has stopped", stopped)
        unready = _unready_after(chain, validator, stopped)
        chain.blocks.wait_for_blocks(AFTER_BLOCKS, within=AFTER_BLOCKS * BLOCK_S)
        gap, healthy = experiment.gap_rounds(fault.injected), chain.budget.healthy

    after = chain.blocks.after(height)
    committed = chain.blocks.committed_at
    made = [block.height for block in after if committed(block.height) <= stopped]
    evidence.measure("blocks_to_stop", len(made))
    evidence.measure("unready_seconds", unready)
    evidence.measure("longest_gap_rounds", gap)
    own = [block.height for block in after if block.proposer == address]
    assert not own, f"blocks {own} of a validator with another state were committed"
    others = [node for node in chain.all_nodes if node.name != validator.name]
    assert healthy < len(chain.validators), "the budget still counts it as healthy"
    experiment.conclude(*others).judge(evidence)


def _stop(chain, validator):
    """Return when it stopped consensus: its container's end, or what its log says."""

    def stopped():
        """Return the moment, if it has."""
        container = validator.container
        ended = [run.finished for run in (container.now, container.last) if run]
        told = [
            clock.seconds(line.partition(" ")[0])
            for line in _log(chain, validator)
            if FAILURE in line
        ]
        return min(filter(None, [*ended, *told]), default=None)

    found = []
    chain.until_true(
        lambda: found.append(stopped()) or found[-1],
        within=STOPPED_S,
        what=f"{validator} to stop consensus",
    )
    return found[-1]


def _log(chain, validator):
    """Return the lines of its present run, each with its moment."""
    container = validator.role.container
    text = chain.api.logs(chain.name, validator.name, container, timestamps=True)
    return text.splitlines()


def _unready_after(chain, validator, stopped):
    """Return the seconds until the pod was not Ready; those waited if it stayed so."""
    uid = validator.pod.uid
    try:
        chain.pods.until_one(
            validator.name,
            lambda pod: not pod.ready,
            within=max(stopped + UNREADY_S - clock.now(), 1),
            what="not to be Ready",
        )
    except NeverHappenedError:
        return clock.now() - stopped
    flips = chain.pods.flips(lambda pod: pod.ready, uid=uid, since=stopped)
    lost = [flip.at for flip in flips if flip.answer is False]
    return max(min(lost, default=stopped) - stopped, 0)
