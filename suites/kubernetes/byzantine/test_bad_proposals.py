"""Proposals that are correctly signed, of blocks that are not valid."""

from __future__ import annotations

from pytest_roadmap.probes import inconclusive, probe


@probe("CHAOS-BYZ-5", strength="exercised")
def test_a_bad_block_is_voted_down(byzantine_run, evidence):
    """A proposed block with a wrong app hash or a transfer nobody signed is voted down."""  # noqa: E501 - the requirement's title
    names = {node.name for node in byzantine_run.honest}
    acts = {
        "a wrong app hash": byzantine_run.wrong_app_hash,
        "a transfer that nobody signed": byzantine_run.unsigned_transfer,
    }
    for what, act in acts.items():
        if isinstance(act, str):
            inconclusive(f"no block with {what} was proposed: {act}")
        missing = sorted(names - act.seen)
        assert not missing, f"{', '.join(missing)} never had the block with {what}"

    evidence.attach("prevotes in round 0", {w: a.prevotes for w, a in acts.items()})
    evidence.attach("proposals rejected", {w: a.rejected for w, a in acts.items()})
    committed = [what for what, act in acts.items() if act.committed == act.hash]
    evidence.measure("bad_blocks_committed", len(committed))
    evidence.measure("extra_rounds", max(act.round for act in acts.values()))
    assert not committed, (
        f"the block with {' and that with '.join(committed)} was committed"
    )
    for what, act in acts.items():
        wanted = dict.fromkeys(names, "")
        assert act.prevotes == wanted, f"{what}: not all prevoted nil: {act.prevotes}"
        assert not act.moved, f"{what}: it moved {act.moved}"
    rejected = acts["a transfer that nobody signed"].rejected
    assert all(rejected.values()), f"no application rejected the proposal: {rejected}"
    byzantine_run.judge(evidence)
