from __future__ import annotations

from fractions import Fraction

import pytest

from pytest_roadmap.errors import PlanError
from pytest_roadmap.model import Policy
from pytest_roadmap.plan import load_suite


@pytest.mark.parametrize(
    ("text", "share"),
    [
        ("95 %", Fraction(19, 20)),
        ("95%", Fraction(19, 20)),
        ("99.9 %", Fraction(999, 1000)),
        ("33.333333333 %", Fraction(33333333333, 10**11)),
        ("100 %", Fraction(1)),
        ("0 %", Fraction(0)),
    ],
)
def test_thresholds_are_exact(house, text, share):
    house.change("criteria.yaml", '"90%"', f'"{text}"')

    assert load_suite(house.folder).criteria.of(2).threshold == share


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"90%"', '"101 %"', "the threshold '101 %' is over 100 %"),
        ('"90%"', '"100.0001 %"', "is over 100 %"),
        ('"90%"', "0.9", "the threshold 0.9 could be a share or a percentage"),
        ('"90%"', "90", "the threshold 90 could be a share or a percentage"),
        ('"90%"', '"ninety"', "the threshold 'ninety' is no percentage"),
        ('"90%"', '"-5 %"', "the threshold '-5 %' is no percentage"),
        ('"90%"', '"٩٠ %"', "is no percentage"),
        ('"90%"', "[90]", "the threshold is no percentage"),
        ("phase: 2", "phase: 3", "there is no phase 3"),
        ("phase: 2", "phase: 3", "The plan has the phases 1, 2."),
        ("phase: 2", "phase: 1", "phase 1 has a criterion already"),
        ("phase: 2", "phase: two", "'phase' must be a whole number"),
        ('"90%"', '"90%", must_hold: [HOUSE-TIEL-1]', "no requirement 'HOUSE-TIEL-1'"),
        ('"90%"', '"90%", must_hold: [HOUSE-TIEL-1]', "Did you mean 'HOUSE-TILE-1'?"),
        ('"90%"', '"90%", musthold: []', "Did you mean 'must_hold'?"),
    ],
)
def test_what_is_wrong_with_a_criterion_is_named_with_its_line(
    house, old, new, message
):
    house.change("criteria.yaml", old, new)

    with pytest.raises(PlanError) as raised:
        load_suite(house.folder)

    assert message in str(raised.value)
    assert raised.value.where == f"{house.folder.as_posix()}/criteria.yaml:3"
    assert raised.value.remedy


def test_requirements_that_must_hold_are_kept(house):
    house.change("criteria.yaml", '"90%"', '"90%", must_hold: [HOUSE-TILE-1]')

    criterion = load_suite(house.folder).criteria.of(2)

    assert criterion.must_hold == frozenset({"HOUSE-TILE-1"})


def test_a_policy_is_read(house):
    path = house.folder / "criteria.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(
        f"{text}policy: {{waivers_count: true, waiver_warning_days: 3}}\n",
        encoding="utf-8",
    )

    policy = load_suite(house.folder).criteria.policy

    assert policy == Policy(waivers_count=True, waiver_warning_days=3)


def test_a_negative_warning_is_refused(house):
    path = house.folder / "criteria.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(f"{text}policy: {{waiver_warning_days: -3}}\n", encoding="utf-8")

    with pytest.raises(PlanError, match="'waiver_warning_days' is negative"):
        load_suite(house.folder)
