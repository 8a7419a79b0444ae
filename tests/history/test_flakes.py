from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.history.conftest import window_of

from pytest_roadmap.history.flakes import flake_health, outages, unsteady
from pytest_roadmap.model import Verdict


def health(strip, commits=""):
    """Return the health of one requirement with this strip."""
    (found,) = flake_health(window_of(*strip, commits=commits))
    return found


@pytest.mark.parametrize(
    ("strip", "attempts", "passes", "flips", "value"),
    [
        ("pppp", 4, 4, 0, Fraction(1)),
        ("ffff", 4, 0, 0, Fraction(0)),
        ("pfpf", 4, 2, 3, Fraction(0)),
        ("ppfpp", 5, 4, 2, Fraction(2, 5)),  # 4/5 of 1/2
        ("ppppf", 5, 4, 1, Fraction(3, 5)),  # 4/5 of 3/4
        ("pnnp", 2, 2, 0, Fraction(1)),  # not tried: not counted
        ("pep", 3, 2, 2, Fraction(0)),
        ("nn", 0, 0, 0, Fraction(0)),
        ("p", 1, 1, 0, Fraction(1)),
    ],
)
def test_health_is_pass_rate_times_steadiness(strip, attempts, passes, flips, value):
    found = health(strip)

    assert (found.attempts, found.passes, found.flips) == (attempts, passes, flips)
    assert found.health == value


def test_flips_on_one_commit_are_counted_apart():
    assert health("pfpf", commits="aabb").same_commit_flips == 2
    assert health("pfpf", commits="abcd").same_commit_flips == 0
    assert health("pfpf", commits="    ").same_commit_flips == 0  # nobody knows


def test_a_pass_after_a_retry_is_a_flip_on_one_commit():
    found = health("pPp")

    assert (found.flips, found.same_commit_flips) == (0, 1)
    assert unsteady([found]) == (found,)
    assert found.verdicts == (Verdict.PASSED,) * 3


def test_an_outage_of_everything_is_no_flake():
    window = window_of("pppppp", "uuuuuu", "pppppp", "fffffe", "ppppfp")

    assert outages(window) == ("1", "3")
    assert [h.requirement for h in unsteady(flake_health(window))] == ["A-4"]


def test_an_outage_in_the_first_run_is_seen_by_the_next():
    assert outages(window_of("eeeee", "ppppp")) == ("0",)


def test_what_was_not_run_is_no_outage():
    assert outages(window_of("pppppp", "nnnnnn", "pppppp")) == ()


def test_a_few_failures_are_no_outage():
    assert outages(window_of("ppppp", "fffpp")) == ()
    assert outages(window_of("pppp", "ffff")) == ()  # too few to tell


def test_the_least_healthy_stands_first_and_the_untried_last():
    found = flake_health(window_of("ppn", "pfn", "ppn"))

    assert [h.requirement for h in found] == ["A-1", "A-0", "A-2"]
    assert [h.requirement for h in unsteady(found)] == ["A-1"]


@settings(deadline=None)  # the machine may be busy
@given(st.text("pfweuihnP-", min_size=1, max_size=26))
def test_health_is_a_share_and_only_a_steady_pass_has_all_of_it(strip):
    window = window_of(*strip)
    for found in flake_health(window):
        assert 0 <= found.health <= 1
        steady = found.attempts and found.passes == found.attempts and not found.flips
        assert (found.health == 1) == bool(steady)
        assert found.passes <= found.attempts <= len(strip)
