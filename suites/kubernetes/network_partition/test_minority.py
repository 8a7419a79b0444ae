"""A minority that is cut off, and what its clients see."""

from __future__ import annotations

from pytest_roadmap.probes import probe

LEAST_ADVANCE = 10  # blocks of the majority, else it was not one


@probe("CHAOS-PART-4", strength="exercised")
def test_the_api_gives_no_old_answers(minority_cut, evidence):
    """A node cut off with the minority leaves the API before its answers are old."""
    cut = minority_cut
    _the_cut_was_one(cut)

    assert cut.shown, f"the API service answered nobody: {cut.problem}"
    oldest = max(cut.shown, key=lambda one: one.age)
    evidence.note(f"{len(cut.shown)} answers; the oldest: {oldest}")
    evidence.measure("staleness_seconds", oldest.age)
    evidence.measure("longest_gap_rounds", cut.longest_gap_rounds)
    if cut.fresh is not None:
        evidence.measure("recovery_seconds", cut.fresh)

    assert cut.fresh is not None, f"no fresh answers after the heal: {cut.problem}"
    assert cut.conclusion, f"the chain could not be compared: {cut.problem}"
    cut.conclusion.judge(evidence)


@probe("CHAOS-PART-7", strength="exercised")
def test_all_is_as_before_soon_after_the_heal(minority_cut, evidence):
    """A partition restarts nobody, and 30 s after it all have their peers again."""
    cut = minority_cut
    _the_cut_was_one(cut)
    assert min(cut.redials) > 0, f"a side did not redial: {cut.redials}"

    evidence.attach("seconds to recovery", dict(cut.recoveries))
    evidence.attach("peers that were not as before", list(cut.missing))
    evidence.measure("liveness_restarts", len(cut.restarts))
    evidence.measure("missing_peers", len(cut.missing))
    known = [seconds for seconds in cut.recoveries.values() if seconds is not None]
    if known:
        evidence.measure("recovery_seconds", max(known))

    assert not cut.restarts, (
        f"liveness_restarts {len(cut.restarts)} > 0: {', '.join(cut.restarts)}"
    )
    unwell = sorted(name for name, s in cut.recoveries.items() if s is None)
    assert not unwell, f"not recovered: {', '.join(unwell)}"
    assert cut.conclusion, f"the chain could not be compared: {cut.problem}"
    cut.conclusion.judge(evidence)


@probe("CHAOS-PART-8", strength="exercised")
def test_accepted_transfers_are_committed_once(minority_cut, evidence):
    """Transfers that a cut-off node accepted are committed after the heal, once."""
    cut = minority_cut
    _the_cut_was_one(cut)
    assert set(cut.codes) == {0}, f"the full node refused some: {cut.codes}"
    assert not cut.leaked, f"{cut.leaked} transfers leaked to the majority"

    places = [one.hash for one in cut.executed]
    good = {one.hash for one in cut.executed if one.code == 0}
    lost = len(cut.codes) - len(good)
    evidence.attach("places of the transfers", [str(one) for one in cut.executed])
    evidence.measure("lost_transfers", lost)
    evidence.measure("repeated_transfers", len(places) - len(set(places)))
    if cut.committed is not None:
        evidence.measure("committed_seconds", cut.committed)

    assert not lost, f"lost_transfers {lost} of {len(cut.codes)}: {cut.problem}"
    assert cut.conclusion, f"the chain could not be compared: {cut.problem}"
    cut.conclusion.judge(evidence)


def _the_cut_was_one(cut):
    """Go on if the majority advanced while the full node stood still."""
    majority, full = cut.advance
    assert majority >= LEAST_ADVANCE, (
        f"longest_gap_rounds {cut.longest_gap_rounds:.1f}: the majority made "
        f"{majority} blocks: {cut.problem}"
    )
    assert full <= 1, f"the full node made {full} blocks while it was cut off"
