"""Clients of both sides of a split."""

from __future__ import annotations

from pytest_roadmap.probes import probe


@probe("CHAOS-PART-1", strength="exercised")
def test_of_two_conflicting_transfers_one_is_executed(split_2_2, evidence):
    """Of two conflicting transfers, one on each side, exactly one is ever executed."""
    split = split_2_2
    assert split.codes == (0, 0), f"a side refused its transfer: codes {split.codes}"

    executed = {one.hash for one in split.executed if one.code == 0}
    evidence.attach("executions", [str(one) for one in split.executed])
    evidence.attach("given to the recipients", dict(split.balances))
    evidence.measure("executed_transfers", len(executed))
    if split.decided is not None:
        evidence.measure("decided_seconds", max(split.decided, 0.0))

    assert split.waiting == (True, True), (
        f"executed_transfers {len(executed)}: a transfer left the mempool of its side "
        f"while the network was split: {split.waiting}"
    )
    assert len(executed) == 1, f"executed_transfers {len(executed)}: {split.problem}"
    assert len(set(split.balances.values())) == 1, f"balances differ: {split.balances}"
    assert split.conclusion, f"the chain could not be compared: {split.problem}"
    split.conclusion.judge(evidence)
