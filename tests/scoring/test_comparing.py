from __future__ import annotations

from fractions import Fraction

import pytest

from pytest_roadmap.errors import ReportError
from pytest_roadmap.model import Transition, Verdict
from pytest_roadmap.scoring.comparing import compare, transition


def card(lab, name, **outcomes):
    asked = [lab.requirement(i) for i in outcomes]
    seen = [lab.finding(i, outcome) for i, outcome in outcomes.items()]
    return lab.judged(asked, seen, run=lab.run(id=name))


def test_each_requirement_is_in_one_group(lab):
    before = card(lab, "a", A="passed", B="failed", C="passed", D="passed", E="error")
    after = card(lab, "b", A="passed", B="passed", C="failed", D="error", F="passed")

    found = compare(before, after)

    assert {m.requirement: m.transition.value for m in found.requirements} == {
        "A": "unchanged",
        "B": "fixed",
        "C": "regressed",
        "D": "became_unknown",
        "E": "gone",
        "F": "new",
    }
    assert sum(found.count(each) for each in Transition) == 6
    assert (found.decision_before, found.decision_after) == ("NO-GO", "NO-GO")
    (phase,) = found.phases
    assert (phase.before, phase.after) == (Fraction(3, 5), Fraction(3, 5))
    assert (phase.total_before, phase.total_after) == (5, 5)


@pytest.mark.parametrize("old", [None, *Verdict])
@pytest.mark.parametrize("new", [None, *Verdict])
def test_every_pair_of_verdicts_means_something(old, new):
    if old is None and new is None:
        return
    meaning = transition(old, new)

    assert (meaning is Transition.UNCHANGED) == (old is new)
    if meaning is Transition.FIXED:
        assert new is Verdict.PASSED
    if old is Verdict.PASSED and new is not Verdict.PASSED:
        assert meaning not in {Transition.FIXED, Transition.UNCHANGED}


def test_runs_of_different_suites_have_nothing_in_common(lab):
    with pytest.raises(ReportError) as caught:
        compare(card(lab, "a", A="passed"), lab.judged([], []))

    assert str(caught.value).startswith(
        "diff: the runs have no suite in common: demo and (none)\n  → "
    )
