"""A validator that dies at every step of committing a block."""

from __future__ import annotations

import pytest

from pytest_roadmap.errors import NeverHappenedError
from pytest_roadmap.probes import probe
from pytest_roadmap.target import crashing
from pytest_roadmap.target.faults import FaultError
from pytest_roadmap.target.votes import conflicting

IN_BLOCK_SYNC = range(4)  # the fail points of applying one block
CRASHES_S = 420.0
BACK_S = 90.0  # beyond the limit


@probe("CHAOS-POD-8", strength="exercised")
@pytest.mark.events("Vote")
def test_a_node_that_dies_at_any_step_replays(experiment, evidence):
    """A validator that dies at any step of committing a block replays it the same."""
    chain, node = experiment.chain, experiment.chain.validators[-1]
    argv, first, address = crashing.command(node), chain.height, node.address
    away = experiment.faults.scaled_away(chain, node.role, node.ordinal)

    with chain.traffic():
        with experiment.inject(away) as fault:
            crashes = _crashed(chain, node, argv)
        evidence.attach("crashes", "\n".join(map(str, crashes)))
        problems = [crash.problem for crash in crashes if crash.problem]
        evidence.measure("failed_replays", len(problems))
        assert not problems, f"failed_replays {len(problems)} > 0: {problems[0]}"
        node.until_running(within=BACK_S)
        started = max(node.container.now.started, fault.healed)
        recovered = experiment.until_recovered(node, since=started, within=BACK_S)

    differing = _differing(node, chain.full[0], first, chain.height - 1)
    conflicts = conflicting(experiment.record, address)
    evidence.measure("recovery_seconds", recovered)
    evidence.measure("app_hash_mismatches", len(differing))
    assert not differing, f"other app hashes at the heights {differing}"
    assert not conflicts, f"it voted twice: {conflicts[0]}"
    experiment.conclude().judge(evidence)


def _crashed(chain, node, argv):
    """Let a node end itself at fail points; return its starts."""
    chain.pods.until(
        lambda pods: node.name not in {pod.name for pod in pods},
        within=BACK_S,
        what=f"the end of {node}",
    )
    with crashing.at_fail_points(chain, node, argv, indices=IN_BLOCK_SYNC) as story:
        try:
            story.until_ended(within=CRASHES_S)
        except NeverHappenedError as error:
            raise FaultError(str(error)) from error
    met, crashes = story.points, story.crashes
    if met < crashing.POINTS and not any(crash.problem for crash in crashes):
        message = f"only {met} of {crashing.POINTS} points of a height were met"
        raise FaultError(message)
    return crashes


def _differing(node, witness, first, last):
    """Return the heights at which a node has computed another app hash."""

    def computed(who, height):
        """Return the app hash that a node has computed for a block."""
        return who.rpc.call("block_results", height=str(height))["app_hash"]

    heights = range(first, last + 1)
    return [h for h in heights if computed(node, h) != computed(witness, h)]
