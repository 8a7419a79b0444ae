"""The fifteen ways in which tools of this kind turn "not measured" into "passed".

Each test is named after what happened elsewhere and shows that it cannot here.
"""

from __future__ import annotations

import math

import pytest

from pytest_roadmap.model import Decision, Verdict
from pytest_roadmap.scoring import exit_status


def test_01_a_timed_out_requirement_stays_in_the_denominator(lab):
    in_time = lab.phase({"passed": 61, "failed": 4}, 95)
    late = lab.phase({"passed": 61, "failed": 3, "error": 1}, 95)

    assert in_time.phases[0].low == late.phases[0].low
    assert late.phases[0].total == 65
    assert late.decision is Decision.INDETERMINATE  # and not 61 of 64 = 95.3 %


def test_02_a_limit_without_data_is_no_limit_that_holds(lab):
    asked = lab.requirement("A", limits=(("error_rate", 0.01),))

    assert lab.verdict(asked, lab.finding("A")).verdict is Verdict.ERROR


def test_03_skipped_ones_do_not_vanish(lab):
    card = lab.phase({"passed": 3, "not_run": 1}, 100)

    assert (card.phases[0].total, card.decision) == (4, Decision.INDETERMINATE)


def test_04_without_criteria_nothing_is_decided(lab):
    card = lab.judged(
        [lab.requirement("A")], [lab.finding("A")], criteria=lab.criteria()
    )

    assert card.decision is Decision.INDETERMINATE
    assert exit_status(card.decision, strict=False) == 11


def test_05_a_maximum_of_zero_is_no_full_score(lab):
    card = lab.judged([], [])

    assert (card.decision, card.phases) == (Decision.INDETERMINATE, ())


def test_06_a_run_that_was_stopped_before_measuring_did_not_succeed(lab):
    card = lab.judged([lab.requirement("A")], [], run=lab.run(complete=False))

    assert card.decision is Decision.INDETERMINATE
    assert card.notes == ("The run was interrupted; what it did not reach is not run.",)


def test_07_a_phase_without_requirements_has_no_rate(lab):
    gone = lab.finding("A", "not_applicable")

    card = lab.judged([lab.requirement("A")], [gone])

    assert card.phases[0].low is None
    assert card.decision is Decision.INDETERMINATE


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_08_a_threshold_on_no_number_is_not_met(lab, value):
    asked = lab.requirement("A", limits=(("ms", 5.0),))
    seen = lab.finding("A", measured=[("ms", value)])

    assert lab.verdict(asked, seen).verdict is Verdict.ERROR


def test_08_a_misspelt_id_is_not_met_and_told(lab):
    card = lab.judged([lab.requirement("INFRA-POD-1")], [lab.finding("INFRA-POT-1")])

    assert card.results[0].verdict is Verdict.NOT_RUN
    assert (
        "Findings for INFRA-POT-1 are left out: no plan has it "
        "(did you mean INFRA-POD-1?)."
    ) in card.notes


def test_09_a_probe_that_reports_often_counts_once(lab):
    findings = [lab.finding("A", duration_s=float(i)) for i in range(10)]

    card = lab.judged([lab.requirement("A"), lab.requirement("B")], findings)

    assert card.phases[0].low == pytest.approx(0.5)
    assert card.phases[0].passed == 1


def test_10_an_id_within_another_id_is_another_requirement(lab):
    requirements = [lab.requirement("POD-1"), lab.requirement("POD-11")]

    card = lab.judged(requirements, [lab.finding("POD-11")])

    assert [r.verdict for r in card.results] == [Verdict.NOT_RUN, Verdict.PASSED]


def test_11_what_an_aborted_run_left_is_not_neutral(lab):
    card = lab.phase({"failed": 1, "not_run": 9}, 50)

    assert (card.phases[0].total, card.phases[0].low) == (10, 0)


def test_12_failures_show_in_the_exit_status(lab):
    card = lab.phase({"failed": 1}, 100)

    assert exit_status(card.decision, strict=False) == 10


def test_13_an_answer_is_not_a_recovery(lab):
    asked = lab.requirement("A", limits=(("blocks_behind", 2.0),))
    answered = lab.finding(
        "A", message="RPC answers", measured=[("blocks_behind", 900.0)]
    )

    result = lab.verdict(asked, answered)

    assert (result.verdict, result.message) == (Verdict.FAILED, "blocks_behind 900 > 2")


def test_14_a_probe_that_skips_itself_does_not_pass(lab):
    result = lab.verdict(
        lab.requirement("A"), lab.finding("A", "not_run", message="skip")
    )

    assert (result.verdict, result.message) == (Verdict.NOT_RUN, "skip")


def test_15_no_failures_is_not_all_passed(lab):
    card = lab.phase({"unavailable": 5}, 100)

    assert card.phases[0].failed == 0
    assert (card.phases[0].low, card.decision) == (0, Decision.INDETERMINATE)
