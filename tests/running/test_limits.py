from __future__ import annotations

import dataclasses

from pytest_roadmap.model import Isolation, Requirement
from pytest_roadmap.running.limits import TimeLimits


def requirement(name: str, seconds: float, shares: str = "") -> Requirement:
    return Requirement(
        id=name,
        suite="s",
        phase=1,
        section="w",
        topic="",
        title="",
        seconds=seconds,
        shares=shares,
        isolation=Isolation.STATIC,
    )


ASKED = {
    r.id: r
    for r in (
        requirement("A", 5),
        requirement("B", 100),
        requirement("C", 60, "fact"),
        requirement("D", 40, "fact"),
    )
}


def test_a_probe_has_four_times_what_the_plan_expects_and_at_least_two_minutes():
    limits = TimeLimits(requirements=ASKED)

    assert limits.of(["A"]) == 120
    assert limits.of(["B"]) == 400


def test_whoever_comes_first_may_produce_the_fact_of_the_group():
    assert TimeLimits(requirements=ASKED).of(["D"]) == 400


def test_the_command_line_overrides_it():
    assert TimeLimits(requirements=ASKED, fixed=3).of(["B"]) == 3


def test_the_birth_of_a_chain_counts_as_well():
    on_a_chain = dataclasses.replace(ASKED["A"], isolation=Isolation.CHAIN)

    assert TimeLimits(requirements={"A": on_a_chain}).of(["A"]) == 360
