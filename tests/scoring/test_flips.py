from __future__ import annotations

from pytest_roadmap.model import Change, Decision, Flip, Outcome
from pytest_roadmap.scoring import what_would_flip


def test_a_no_go_names_what_must_pass_and_then_the_way_to_go(lab):
    card = lab.phase({"passed": 57, "failed": 6, "not_run": 2}, 95, must=("failed-5",))

    nearest, to_go = card.flips

    failed = tuple(f"failed-{i}" for i in range(5))
    change = Change(suite="demo", phase=1, each=("failed-5",), count=2, among=failed)
    assert nearest == Flip(
        becomes=Decision.INDETERMINATE, outcome=Outcome.PASSED, changes=(change,)
    )
    assert nearest.size == 3
    assert to_go.becomes is Decision.GO
    assert to_go.changes[0].each == ("failed-5", "not_run-0", "not_run-1")
    assert (to_go.size, to_go.changes[0].count) == (5, 2)


def test_an_open_question_names_the_unknown_that_decide(lab):
    (nearest, _) = lab.phase({"passed": 60, "failed": 2, "not_run": 3}, 95).flips

    (change,) = nearest.changes
    assert nearest.becomes is Decision.CONDITIONAL
    assert (change.count, change.among[:3]) == (
        2,
        ("not_run-0", "not_run-1", "not_run-2"),
    )


def test_a_go_says_how_much_it_can_bear(lab):
    (margin,) = lab.phase({"passed": 64, "failed": 1}, 95).flips

    assert (margin.becomes, margin.outcome) == (Decision.NO_GO, Outcome.FAILED)
    assert margin.size == 3


def test_a_go_with_a_must_hold_requirement_hangs_on_it(lab):
    (margin,) = lab.phase({"passed": 20}, 50, must=("passed-3",)).flips

    assert margin.changes == (
        Change(suite="demo", phase=1, count=1, among=("passed-3",)),
    )


def test_what_left_the_count_cannot_open_a_gate(lab):
    outcomes = {"passed": 3, "not_applicable": 1}

    assert lab.phase(outcomes, 50, must=("not_applicable-0",)).flips == ()


def test_nothing_flips_what_no_result_can_change(lab):
    assert lab.phase({"passed": 3}, 101).flips == ()
    assert lab.judged([], []).flips == ()
    assert what_would_flip(lab.judged([], [])) == ()
