from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.history.conftest import DAY, START, run_of, window_of

from pytest_roadmap.history.sheet import sheet_of
from pytest_roadmap.history.summary import history_of, history_with
from pytest_roadmap.history.trends import failing_since, jumps, trend
from pytest_roadmap.history.window import Window


def since(strip, **more):
    """Return what is told of one requirement with this strip."""
    found = failing_since(window_of(*strip, **more))
    return [(one.run, one.runs, one.at_least) for one in found]


@pytest.mark.parametrize(
    ("strip", "told"),
    [
        ("ppff", [("2", 2, False)]),
        ("ffff", [("0", 4, False)]),
        ("fpfp", []),
        ("pfnf", [("1", 2, False)]),  # not run: says nothing
        ("pfef", [("1", 2, False)]),  # an error does not end a failure
        ("pfn", [("1", 1, False)]),  # it failed when it was last tried
        ("pfe", []),  # nobody can tell now
        ("pwf", [("1", 2, False)]),  # a waiver accepts a failure, it does not end it
        ("-ff", [("1", 2, False)]),
        ("Pff", [("1", 2, False)]),
        ("peff", [("2", 2, False)]),
        ("nnn", []),
    ],
)
def test_failing_since(strip, told):
    assert since(strip) == told


def test_it_may_have_begun_before_the_runs_that_were_looked_at():
    assert since("ff", more=True) == [("0", 2, True)]
    assert since("pf", more=True) == [("1", 1, False)]
    assert since("-f", more=True) == [("1", 1, False)]


def test_what_began_first_stands_first():
    found = failing_since(window_of("pp", "pf", "ff"))

    assert [one.requirement for one in found] == ["A-1", "A-0"]
    assert found[0].started == START + DAY


def test_the_trend_of_a_phase_has_a_point_per_run():
    (found,) = trend(window_of("pf", "pp", "pn"))

    assert (found.suite, found.number, found.name) == ("one", 1, "First")
    assert [p.low for p in found.points] == [Fraction(1, 2), 1, Fraction(1, 2)]
    assert [p.unknown for p in found.points] == [0, 0, 1]


def test_a_clock_that_goes_back_is_told():
    cards = [
        run_of("a", "p", day=9),
        run_of("b", "p", day=1),
        run_of("c", "p", started=START + 9 * DAY, finished=START + 8 * DAY),
    ]

    found = jumps(Window.of([sheet_of(card) for card in cards]))

    assert found[0].startswith("The clock of run b is behind that of the run before")
    assert found[1] == "The clock went back while run c ran."
    assert len(found) == 2


def test_without_runs_there_is_nothing():
    history = history_of([])

    assert (history.runs, history.trends, history.failing) == ((), (), ())


def test_a_run_that_is_judged_again_is_not_there_twice():
    card = run_of("a", "p")

    history = history_with([sheet_of(card)], card)

    assert [run.id for run in history.runs] == ["a"]


@settings(deadline=None)  # the machine may be busy
@given(st.text("pfweuihnP-", min_size=1, max_size=30))
def test_what_fails_has_not_passed_since(strip):
    for one in failing_since(window_of(*strip, commits="a" * 30)):
        tail = strip[int(one.run) :]
        assert "p" not in tail.lower()
        assert tail[0] in "fw"
        assert one.runs == sum(letter in "fw" for letter in tail)
