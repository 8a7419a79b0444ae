from __future__ import annotations

import datetime as dt

import pytest

from pytest_roadmap.model import Decided, Decision, Outcome, Verdict


def judged(lab, outcome="failed", must=(), **more):
    """Judge two requirements, of which people took the second out."""
    criteria = lab.criteria(
        lab.criterion(100, must=must), dispositions=[lab.disposition("B", **more)]
    )
    asked = [lab.requirement("A"), lab.requirement("B")]
    return lab.judged(
        asked, [lab.finding("A"), lab.finding("B", outcome)], criteria=criteria
    )


def test_what_is_deferred_leaves_the_count_and_is_a_condition(lab):
    card = judged(lab)

    (result,) = [r for r in card.results if r.requirement.id == "B"]
    assert (result.verdict, result.outcome) == (Verdict.DEFERRED, Outcome.FAILED)
    assert (card.phases[0].total, card.phases[0].low) == (1, 1)
    assert card.decision is Decision.CONDITIONAL
    (reason,) = card.reasons
    assert reason == (
        "Phase 1 Part 1: B is deferred to phase 9 until 2026-12-31 "
        "(owner ada, approved by grace)."
    )
    assert card.flips == ()  # no result of a probe changes what people decided
    assert "Left out of the count: 1 deferred." in card.notes


def test_what_does_not_apply_leaves_the_count(lab):
    card = judged(lab, decided=Decided.NOT_APPLICABLE, until_phase=None)

    assert card.results[1].verdict is Verdict.NOT_APPLICABLE
    assert card.results[1].message == "the second site is built in autumn"


TOO_LATE = (
    "it expires on 2027-03-11, more than 365 days from now "
    "(policy: longest_disposition_days)"
)


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"expires": dt.date(2026, 3, 9)}, "it expired on 2026-03-09"),
        ({"expires": dt.date(2027, 3, 11)}, TOO_LATE),
        ({"reason": "later"}, "its reason has less than 20 characters"),
        ({"owner": " "}, "it has no owner"),
        ({"approver": ""}, "it has no approver"),
        ({"approver": "Ada "}, "its owner ada approved it alone"),
        ({"until_phase": None}, "it names no later phase in which it is due"),
        ({"until_phase": 1}, "it names no later phase in which it is due"),
    ],
)
def test_a_doubtful_one_does_not_hold(lab, more, why):
    card = judged(lab, **more)

    assert card.decision is Decision.NO_GO
    assert f"B is not taken as deferred: {why}." in card.notes


def test_it_holds_through_its_last_day(lab):
    assert judged(lab, expires=lab.now.date()).decision is Decision.CONDITIONAL


def test_it_may_last_a_year(lab):
    last = lab.now.date() + dt.timedelta(days=365)

    assert judged(lab, expires=last).decision is Decision.CONDITIONAL


def test_an_unknown_id_is_told(lab):
    criteria = lab.criteria(
        lab.criterion(100), dispositions=[lab.disposition("INFRA-POT-1")]
    )
    asked = lab.requirement("INFRA-POD-1")

    card = lab.judged([asked], [lab.finding("INFRA-POD-1")], criteria=criteria)

    assert (
        "INFRA-POT-1 is not taken as deferred: no plan has that id "
        "(did you mean INFRA-POD-1?)."
    ) in card.notes


def test_what_must_hold_cannot_be_deferred(lab):
    card = judged(lab, must=("B",))

    assert card.decision is Decision.INDETERMINATE
    assert "B (deferred)" in card.reasons[0]
