from __future__ import annotations

import datetime as dt
from fractions import Fraction

import pytest

from pytest_roadmap.errors import PlanError
from pytest_roadmap.model import Decision, Strength, Verdict
from pytest_roadmap.scoring import exit_status, score_again


@pytest.mark.parametrize(
    ("outcomes", "threshold", "decision"),
    [
        ({"passed": 45}, 100, "GO"),
        ({"passed": 44, "failed": 1}, 100, "NO-GO"),
        ({"passed": 44, "error": 1}, 100, "INDETERMINATE"),
        ({"passed": 62, "failed": 3}, 95, "GO"),
        ({"passed": 61, "failed": 4}, 95, "NO-GO"),
        ({"passed": 61, "failed": 3, "unavailable": 1}, 95, "INDETERMINATE"),
        ({"passed": 62, "not_run": 3}, 95, "CONDITIONAL"),
        ({"passed": 2}, 0, "INDETERMINATE"),
        ({"passed": 2}, 101, "NO-GO"),
    ],
)
def test_the_interval_against_the_criterion_decides(lab, outcomes, threshold, decision):
    assert lab.phase(outcomes, threshold).decision == decision


def test_a_failed_must_hold_requirement_blocks_whatever_the_rate(lab):
    card = lab.phase({"passed": 9, "failed": 1}, 80, must=("failed-0",))

    assert card.decision is Decision.NO_GO
    assert card.reasons == ("Phase 1 Part 1: Must hold and failed: failed-0.",)


@pytest.mark.parametrize(
    ("must", "why"),
    [
        ("not_run-0", "not_run-0 (not run)"),
        ("passd-0", "passd-0 (not in this phase)"),
        ("not_applicable-0", "not_applicable-0 (not applicable)"),
    ],
)
def test_a_must_hold_requirement_nobody_vouches_for_is_undecided(lab, must, why):
    outcomes = {"passed": 9, "not_run": 1, "not_applicable": 1}

    card = lab.phase(outcomes, 80, must=(must,))

    assert card.decision is Decision.INDETERMINATE
    assert card.reasons == (f"Phase 1 Part 1: Must hold and is not known to: {why}.",)


def test_a_waived_failure_is_a_condition_with_owner_and_date(lab):
    card = lab.phase({"passed": 9, "failed": 1}, 90, waivers=[lab.waiver("failed-0")])

    assert card.decision is Decision.CONDITIONAL
    assert card.reasons == (
        (
            "Phase 1 Part 1: failed-0 is waived until 2026-05-31 (owner ada, approved "
            "by grace): the vendor ships the fix in May"
        ),
    )


def test_waivers_that_do_not_count_leave_the_rate_alone(lab):
    card = lab.phase({"passed": 9, "failed": 1}, 100, waivers=[lab.waiver("failed-0")])

    assert card.decision is Decision.NO_GO


def test_a_flaky_pass_is_a_condition(lab):
    findings = [lab.finding("A", "failed"), lab.finding("A", attempt=2)]

    card = lab.judged([lab.requirement("A")], findings)

    assert card.decision is Decision.CONDITIONAL
    assert card.reasons == (
        "Phase 1 Part 1: A passed only after a retry (flaky, no owner).",
    )


def test_the_worst_required_phase_decides(lab):
    requirements = [
        lab.requirement("A"),
        lab.requirement("B", 2),
        lab.requirement("C", 3),
    ]
    findings = [lab.finding("A"), lab.finding("C", "failed")]
    criteria = lab.criteria(lab.criterion(100, 1), lab.criterion(100, 2))

    card = lab.judged(requirements, findings, criteria=criteria)

    assert card.decision is Decision.INDETERMINATE  # C's phase has no criterion
    assert [p.required for p in card.phases] == [True, True, False]
    assert card.reasons == (
        (
            "Phase 2 Part 2: 0 of 1 = 0 % < 100 % ≤ 100 %, 1 needed, 1 unknown: "
            "B must pass."
        ),
    )


def test_a_narrowed_gate_says_so(lab):
    requirements = [lab.requirement("A"), lab.requirement("B", 2)]
    criteria = lab.criteria(lab.criterion(100, 1), lab.criterion(100, 2))

    card = lab.judged(
        requirements,
        [lab.finding("A")],
        criteria=criteria,
        phases=frozenset({("demo", 1)}),
    )

    assert card.decision is Decision.GO
    assert card.notes == (
        (
            "The gate is narrowed to phase demo 1; 1 other phases are shown but not "
            "asked for."
        ),
    )
    assert card.phases[1].decision is Decision.INDETERMINATE


def test_a_gate_on_a_phase_that_is_not_there_is_closed(lab):
    gate = frozenset({("demo", 7)})

    card = lab.judged([lab.requirement("A")], [lab.finding("A")], phases=gate)

    assert card.decision is Decision.INDETERMINATE
    assert "The gate asks for phase 7 of demo: no plan has it." in card.notes


def test_a_criterion_for_a_phase_that_is_not_there_is_undecided(lab):
    criteria = lab.criteria(lab.criterion(100, 1), lab.criterion(100, 7))

    card = lab.judged([lab.requirement("A")], [lab.finding("A")], criteria=criteria)

    assert card.decision is Decision.INDETERMINATE
    assert card.phases[1].name == "(not in the plan)"


@pytest.mark.parametrize(
    ("decision", "strict", "status"),
    [
        ("GO", False, 0),
        ("GO", True, 0),
        ("NO-GO", False, 10),
        ("INDETERMINATE", False, 11),
        ("CONDITIONAL", False, 0),
        ("CONDITIONAL", True, 12),
    ],
)
def test_the_exit_status_says_the_decision(decision, strict, status):
    assert exit_status(Decision(decision), strict=strict) == status


def test_two_requirements_with_one_id_cannot_be_judged(lab):
    with pytest.raises(
        PlanError, match=r"demo: line 0: the id A is used twice\n  → give"
    ):
        lab.judged([lab.requirement("A"), lab.requirement("A")], [])


def test_the_clock_needs_a_time_zone(lab):
    with pytest.raises(ValueError, match="time zone"):
        lab.judged([], [], now=dt.datetime(2026, 1, 1))  # noqa: DTZ001 - the point


def test_an_old_scorecard_is_judged_the_same_again(lab):
    card = lab.phase({"passed": 9, "failed": 1}, 90, waivers=[lab.waiver("failed-0")])

    assert score_again(card) == card


def test_judged_at_a_later_day_the_waiver_has_expired(lab):
    card = lab.phase({"passed": 9, "failed": 1}, 90, waivers=[lab.waiver("failed-0")])

    later = score_again(card, now=dt.datetime(2027, 1, 1, tzinfo=dt.UTC))

    assert later.phases[0].failed == 1
    assert later.decision is Decision.GO  # 9 of 10 are enough without it


def test_other_criteria_can_be_tried_on_an_old_run(lab):
    card = lab.phase({"passed": 9, "failed": 1}, 100)

    again = score_again(card, criteria={"demo": lab.criteria(lab.criterion(90))})

    assert (card.decision, again.decision) == (Decision.NO_GO, Decision.GO)


def test_a_share_in_the_warning_band_is_a_condition(lab):
    near = lab.phase({"passed": 19, "failed": 1}, 90, criterion={"band": 8})
    far = lab.phase({"passed": 49, "failed": 1}, 90, criterion={"band": 8})

    assert near.decision is Decision.CONDITIONAL
    assert near.reasons == (
        "Phase 1 Part 1: 95 % is within the warning band of 90 % to 98 %.",
    )
    assert far.decision is Decision.GO
    assert (near.flips[0].becomes, near.flips[0].size) == (Decision.GO, 1)


def test_weights_are_printed_with_what_is_counted_without_them(lab):
    weights = (("failed-0", 5), ("passed-0", 2))

    card = lab.phase({"passed": 9, "failed": 1}, 90, criterion={"weights": weights})

    (phase,) = card.phases
    assert (phase.weight, phase.total, phase.passed) == (15, 10, 9)
    assert phase.low == Fraction(10, 15)
    assert phase.arithmetic == (
        "10 of 15 points = 66.6 % < 90 %, 14 needed; unweighted 9 of 10 = 90 %"
    )
    assert card.decision is Decision.NO_GO
    assert card.notes[-2:] == (
        "In phase 1 of demo 1 of 10 requirements count 5 times: 33.3 % of all points.",
        "In phase 1 of demo 1 of 10 requirements count 2 times: 13.3 % of all points.",
    )


def test_without_weights_nothing_is_weighed(lab):
    assert lab.phase({"passed": 2}, 90).phases[0].weight == 0


def test_unknown_points_are_named_with_who_must_bring_them(lab):
    weights = (("not_run-0", 5),)

    card = lab.phase({"passed": 9, "not_run": 1}, 90, criterion={"weights": weights})

    assert card.decision is Decision.INDETERMINATE
    assert card.reasons[0].endswith(
        "5 unknown; unweighted 9 of 10 = 90 %: not_run-0 must pass."
    )


@pytest.mark.parametrize(("most", "decision"), [(1, "NO-GO"), (2, "CONDITIONAL")])
def test_more_waivers_than_may_be_are_too_many(lab, most, decision):
    waivers = [lab.waiver("failed-0"), lab.waiver("passed-0")]

    card = lab.phase(
        {"passed": 9, "failed": 1},
        90,
        waivers=waivers,
        criterion={"most_waivers": most},
    )

    assert card.phases[0].waivers == 2
    assert card.decision == decision
    if decision == "NO-GO":
        assert card.reasons == (
            "Phase 1 Part 1: 2 waivers are in force, at most 1 may be.",
        )
        assert card.flips == ()


def test_leaving_out_a_waived_probe_makes_no_room_for_another_waiver(lab):
    waivers = [lab.waiver("failed-0"), lab.waiver("failed-1")]
    more = {"waivers": waivers, "criterion": {"most_waivers": 1}}

    assert lab.phase({"passed": 8, "failed": 2}, 50, **more).decision == "NO-GO"
    asked = [lab.requirement(n) for n in ("failed-0", "failed-1", "x", "y")]
    seen = [lab.finding("failed-0", "failed"), lab.finding("x"), lab.finding("y")]
    criteria = lab.criteria(lab.criterion(50, most_waivers=1))
    card = lab.judged(asked, seen, criteria=criteria, waivers=waivers)
    assert card.decision == "NO-GO"


def test_a_pass_that_is_stale_soon_is_a_condition(lab):
    asked, day = lab.requirement("A"), 86_400
    policy = {"max_age_days": 30, "age_warning_days": 7}
    criteria = lab.criteria(lab.criterion(100), **policy)

    def judged(days):
        seen = lab.finding("A", started=lab.now.timestamp() - days * day)
        return lab.judged([asked], [seen], criteria=criteria)

    assert judged(22).decision is Decision.GO
    assert judged(24).decision is Decision.CONDITIONAL
    assert judged(24).results[0].flags == ("aging",)
    assert "A passed so long ago that it is stale soon" in judged(24).reasons[0]
    assert judged(31).results[0].verdict is Verdict.STALE


def test_the_policy_may_ask_for_more_strength_than_the_plan(lab):
    criteria = lab.criteria(lab.criterion(100), minimum_strength=Strength.EXERCISED)

    card = lab.judged([lab.requirement("A")], [lab.finding("A")], criteria=criteria)

    assert card.results[0].verdict is Verdict.PARTIAL
    assert card.results[0].flags == ("weak",)
    assert card.results[0].message == (
        "passed, but only as observed; exercised is required"
    )


@pytest.mark.parametrize(
    ("run", "finding", "note"),
    [
        ({"started": 9.0, "finished": 5.0}, {}, "The run ended before it began"),
        ({}, {"duration_s": -3.0}, "A probe ended before it began"),
        ({}, {"started": 9e9}, "What was seen of A has a time after that of judging"),
    ],
)
def test_a_clock_that_jumped_is_told(lab, run, finding, note):
    seen = lab.finding("A", **finding)

    card = lab.judged([lab.requirement("A")], [seen], run=lab.run(**run))

    assert any(each.startswith(note) for each in card.notes)
