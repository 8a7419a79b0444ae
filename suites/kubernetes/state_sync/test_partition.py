from __future__ import annotations

from pytest_roadmap.errors import TargetError
from pytest_roadmap.probes import probe
from pytest_roadmap.target import clock
from pytest_roadmap.target.faults import FaultError
from pytest_roadmap.target.pulse import pulse

BEGUN_S = 60.0
CUT_S = 15.0
QUIET_S = 1.0  # what was on its way when the rules came
RESTORED_S = 120.0


@probe("CHAOS-SYNC-5", strength="exercised")
def test_a_cut_off_restore_goes_on_when_the_network_is_back(
    joiner, experiment, restored, evidence
):
    """A node cut off for 15 s in mid-sync goes on with its restore afterwards."""
    joiner.until_chunk(within=BEGUN_S)

    with experiment.inject(experiment.faults.cut(joiner.node)) as cut:
        _hold(cut.since + QUIET_S)
        before = _state(joiner)
        _hold(cut.since + CUT_S)
        after = _state(joiner)
    _prove_cut(before, after, evidence)
    seconds = restored(joiner, since=cut.healed, within=RESTORED_S)
    conclusion = experiment.conclude(*experiment.chain.all_nodes, joiner.node)

    evidence.measure("restarts", joiner.restarts)
    evidence.measure("app_hash_mismatches", len(conclusion.safety.mismatches))
    assert joiner.restarts == 0, f"restarts {joiner.restarts} > 0"
    assert not joiner.ready_before(cut.healed + seconds), "it was Ready before"
    conclusion.judge(evidence)


def _hold(until):
    """Hold the cut until a moment."""
    pulse.until(
        lambda: clock.now() >= until,
        within=CUT_S + RESTORED_S,
        what="the end of the cut",
        every=0.2,
    )


def _state(joiner):
    """Return bytes received, chunks, and whether the node says that it syncs.

    Nothing, when the node process has been ended.
    """
    if joiner.restarts:
        return ()
    try:
        received = sum(joiner.received().values())
        return received, joiner.chunks(), joiner.gauge("state_syncing")
    except TargetError:
        return ()


def _prove_cut(before, after, evidence):
    """Go on only if nothing came through, and the restore was in its middle.

    A process that was ended meanwhile was in the middle of it, too.
    """
    evidence.attach("bytes, chunks, syncing at the cut's begin and end", before + after)
    if not after:
        return
    if after[0] > before[0] or after[1] != before[1] or after[2] != 1:
        message = f"it was not cut off in mid-sync: {before}, then {after}"
        raise FaultError(message)
