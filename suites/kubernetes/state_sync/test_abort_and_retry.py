from __future__ import annotations

from pytest_roadmap.probes import probe
from pytest_roadmap.target import joining
from pytest_roadmap.target.faults import FaultError

BEGUN_S = 60.0
RESTARTED_S = 60.0
RESTORED_S = 120.0
KILLED = 137
SUPPLY = "/cosmos.bank.v1beta1.Query/TotalSupply"


@probe("CHAOS-SYNC-3", strength="exercised")
def test_the_rest_comes_from_another_provider(
    snapshot_source, joiner, experiment, restored, evidence
):
    """When a snapshot provider dies in mid-sync the rest comes from another."""
    joiner.until_chunk(within=BEGUN_S)
    provider = joiner.main_source(snapshot_source.providers)

    with experiment.inject(experiment.faults.held_down(provider)) as down:
        _prove_unfinished(joiner, evidence)
        killed = down.kills[provider.name].at
        restored(joiner, since=killed, within=RESTORED_S)
    experiment.until_recovered(provider, since=down.off, within=RESTORED_S)
    conclusion = experiment.conclude(*experiment.chain.all_nodes, joiner.node)

    evidence.measure("restarts", joiner.restarts)
    evidence.measure("app_hash_mismatches", len(conclusion.safety.mismatches))
    assert joiner.restarts == 0, f"restarts {joiner.restarts} > 0"
    conclusion.judge(evidence)


@probe("CHAOS-SYNC-4", strength="exercised")
def test_a_killed_restore_is_completed_after_the_restart(
    snapshot_source, joiner, experiment, restored, evidence
):
    """A node killed in the middle of a restore completes it with nobody's help."""
    joiner.until_chunk(within=BEGUN_S)
    _prove_unfinished(joiner, evidence)
    size = evidence.measure("bytes_restored", joiner.folder_size("data/application.db"))

    kill = experiment.faults.killed(joiner.node)
    experiment.note(f"{joiner.node} is killed (SIGKILL)", kill.at)
    joiner.until_restarted(within=RESTARTED_S)
    answers = joiner.ask_until_synced(
        joining.query(experiment.chain, SUPPLY), within=RESTORED_S
    )
    seconds = restored(joiner, since=kill.at, within=RESTORED_S)
    conclusion = experiment.conclude(*experiment.chain.all_nodes, joiner.node)

    code = joiner.node.exit_code_since(kill.at)
    if code != KILLED or not size:
        message = f"exit code {code}, {size:g} bytes in its database"
        raise FaultError(message)
    wrong = joining.wrong(answers, snapshot_source.witnesses[0], SUPPLY)
    evidence.attach("answers before the end of the sync", len(answers))
    evidence.measure("answers_while_unsynced", len(wrong))
    evidence.measure("app_hash_mismatches", len(conclusion.safety.mismatches))
    assert not wrong, f"answers_while_unsynced {len(wrong)} > 0: {wrong[:3]}"
    assert not joiner.ready_before(kill.at + seconds), "it was Ready before"
    conclusion.judge(evidence)


def _prove_unfinished(joiner, evidence):
    """Go on only if the restore goes on, and chunks are missing."""
    chunks, syncing = joiner.chunks(), joiner.gauge("state_syncing")
    evidence.attach("chunks when the fault is on", chunks)
    if not chunks.missing or syncing != 1:
        message = f"the restore is over ({chunks}): nothing is in its middle"
        raise FaultError(message)
