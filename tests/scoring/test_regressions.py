from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from pytest_roadmap.errors import ReportError
from pytest_roadmap.model import Decision, Limit, Regression, Verdict
from pytest_roadmap.scoring import score_again
from pytest_roadmap.scoring.regressions import baseline_of

NOISY = (
    "ms 12 is worse than the baseline's 10 by more than 10 %, "
    "but the baseline itself varies by 3"
)
TENTH = Regression(allowed=Fraction(1, 10))


def judged(lab, value, *past, name="A", limits=(("ms", 100.0),), **more):
    asked = lab.requirement("A", limits=limits)
    criteria = lab.criteria(lab.criterion(100, regression=TENTH))
    return lab.judged(
        [asked],
        [lab.finding("A", measured=[("ms", value)])],
        criteria=criteria,
        baseline=lab.baseline(name, "ms", *past) if past else None,
        **more,
    )


@pytest.mark.parametrize(
    ("value", "past", "verdict", "message"),
    [
        (10.9, (10, 10, 10), "passed", ""),
        (
            11.1,
            (10, 10, 10),
            "failed",
            "ms 11.1 is worse than the baseline's 10 by more than 10 %",
        ),
        (5.0, (10, 10, 10), "passed", ""),  # better is no regression
        (
            12,
            (7, 10, 13),
            "inconclusive",
            NOISY,
        ),
        (14, (7, 10, 13), "failed", "ms 14 is worse than the baseline's 10"),
        (10, (10, 10), "inconclusive", "ms: 2 baseline values, 3 needed"),
        (10, (), "inconclusive", "ms: 0 baseline values, 3 needed"),
        (1, (0, 0, 0), "failed", "ms 1 is worse than the baseline's 0"),
    ],
)
def test_a_number_is_compared_with_earlier_runs(lab, value, past, verdict, message):
    (result,) = judged(lab, value, *past).results

    assert result.verdict == verdict
    assert result.message.startswith(message)


def test_less_is_worse_where_the_plan_says_at_least(lab):
    limit = Limit(name="tps", at_least=10.0)
    asked = replace(lab.requirement("A"), limits=(limit,))
    criteria = lab.criteria(lab.criterion(100, regression=TENTH))

    def verdict(value):
        seen = lab.finding("A", measured=[("tps", value)])
        past = lab.baseline("A", "tps", 100.0, 100.0, 100.0)
        return lab.judged([asked], [seen], criteria=criteria, baseline=past).results[0]

    assert verdict(91.0).verdict is Verdict.PASSED
    assert verdict(89.0).verdict is Verdict.FAILED


def test_a_regression_is_a_failure_that_a_waiver_may_cover(lab):
    card = judged(lab, 20, 10, 10, 10, waivers=[lab.waiver("A")])

    assert card.results[0].verdict is Verdict.WAIVED


def test_it_is_told_what_the_run_is_compared_with(lab):
    assert "Compared with the runs b0, b1, b2." in judged(lab, 10, 10, 10, 10).notes
    assert any("none was named: --baseline" in n for n in judged(lab, 10).notes)


def test_an_archive_is_judged_again_with_its_own_baseline(lab):
    card = judged(lab, 20, 10, 10, 10)

    assert score_again(card) == card
    better = lab.baseline("A", "ms", 20.0, 20.0, 20.0)
    assert score_again(card, baseline=better).decision is Decision.GO


def test_a_baseline_takes_the_worst_pass_of_each_run_once(lab):
    asked = lab.requirement("A", limits=(("ms", 100.0),))

    def run(name, *seen):
        return lab.judged([asked], seen, run=lab.run(id=name))

    first = run(
        "r1",
        lab.finding("A", measured=[("ms", 3.0)]),
        lab.finding("A", probe="q", measured=[("ms", 7.0), ("other", 1.0)]),
    )
    failed = run("r2", lab.finding("A", measured=[("ms", 700.0)]))
    third = run("r3", lab.finding("A", measured=[("ms", 5.0)]))

    known = baseline_of([third, first, failed, first])

    assert known.runs == ("r1", "r2", "r3")
    assert [(n.requirement, n.name, n.values) for n in known.numbers] == [
        ("A", "ms", (7.0, 5.0))
    ]


def test_no_baseline_is_an_error():
    with pytest.raises(ReportError, match="no baseline run is named"):
        baseline_of([])
