from __future__ import annotations

import datetime as dt
from fractions import Fraction

import pytest

from pytest_roadmap.errors import PlanError
from pytest_roadmap.model import Criterion, Policy, Regression, Strength
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
        f"{text}policy: {{waivers_count: true, waiver_warning_days: 3, "
        "longest_waiver_days: 30, longest_disposition_days: 180}\n",
        encoding="utf-8",
    )

    policy = load_suite(house.folder).criteria.policy

    assert policy == Policy(
        waivers_count=True,
        waiver_warning_days=3,
        longest_waiver_days=30,
        longest_disposition_days=180,
    )


REASON = "The second kitchen is built in autumn."
DEFERRED = (
    "{requirement: HOUSE-TILE-1, decided: not_applicable, owner: ada, approver: bob, "
    f"expires: 2027-01-31, reason: {REASON}}}"
)


@pytest.mark.parametrize(
    ("policy", "message"),
    [
        ("waiver_warning_days: -3", "'waiver_warning_days' is negative"),
        ("longest_waiver_days: -1", "'longest_waiver_days' is negative"),
        (
            "longest_disposition_days: -1",
            "'longest_disposition_days' is negative",
        ),
        ("max_age_days: -1", "'max_age_days' is negative"),
        ("max_age_days: 1.5", "'max_age_days' must be a whole number"),
        ("age_warning_days: 3", "'age_warning_days' is 3, which no pass can be"),
        ("max_age_days: 3, age_warning_days: 3", "Write fewer days than"),
        ("minimum_strength: strong", "'minimum_strength' 'strong' is unknown"),
        ("max_age: 3", "Did you mean 'max_age_days'?"),
    ],
)
def test_what_is_wrong_with_a_policy_is_named_with_its_line(house, policy, message):
    lines = extended(house, f"policy: {{{policy}}}")

    with pytest.raises(PlanError) as raised:
        load_suite(house.folder)

    assert message in str(raised.value)
    assert raised.value.where == f"{house.folder.as_posix()}/criteria.yaml:{lines}"
    assert raised.value.remedy


@pytest.mark.parametrize(
    ("extra", "message"),
    [
        ('warning_band: "11 %"', "the warning band '11 %' ends over 100 %"),
        ('warning_band: "11 %"', "Nobody could leave it"),
        ("warning_band: 2", "the warning band 2 could be a share or a percentage"),
        ("weights: {0: []}", "the weight '0' is no whole number from 1 to 9999"),
        ("weights: {x: []}", "the weight 'x' is no whole number"),
        ("weights: {5: [NO-1]}", "the plan has no requirement 'NO-1'"),
        ("weights: {5: [HOUSE-TILE-1, HOUSE-TILE-1]}", "HOUSE-TILE-1 has the weight 5"),
        ("most_waivers: -1", "'most_waivers' is negative"),
        ("most_waivers: few", "'most_waivers' must be a whole number"),
        ("regression: {}", "'regression' lacks 'allowed'"),
        ("regression: {allowed: 0.1}", "'allowed' 0.1 could be a share"),
        (
            'regression: {allowed: "10 %", repeats: 1}',
            "'repeats' is 1, and one run knows nothing of its noise",
        ),
    ],
)
def test_what_is_wrong_with_the_rest_of_a_criterion_is_named(house, extra, message):
    house.change("criteria.yaml", '"90%"', f'"90%", {extra}')

    with pytest.raises(PlanError) as raised:
        load_suite(house.folder)

    assert message in str(raised.value)
    assert raised.value.where == f"{house.folder.as_posix()}/criteria.yaml:3"
    assert raised.value.remedy


def test_everything_a_criterion_may_say_is_read(house):
    house.change(
        "criteria.yaml",
        '"90%"',
        '"90%", warning_band: "2 %", weights: {5: [HOUSE-TILE-1]}, most_waivers: 0, '
        'regression: {allowed: "10 %"}',
    )
    extended(
        house,
        "policy: {max_age_days: 30, age_warning_days: 7, minimum_strength: exercised}\n"
        f"dispositions:\n  - {DEFERRED}",
    )

    criteria = load_suite(house.folder).criteria

    assert criteria.policy == Policy(
        max_age_days=30, age_warning_days=7, minimum_strength=Strength.EXERCISED
    )
    assert criteria.of(2) == Criterion(
        phase=2,
        threshold=Fraction(9, 10),
        sentence=criteria.of(2).sentence,
        warning_band=Fraction(1, 50),
        weights=(("HOUSE-TILE-1", 5),),
        most_waivers=0,
        regression=Regression(allowed=Fraction(1, 10), repeats=3),
    )
    (decided,) = criteria.dispositions
    assert (decided.requirement, decided.reason) == ("HOUSE-TILE-1", REASON)
    assert decided.expires == dt.date(2027, 1, 31)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("HOUSE-TILE-1", "HOUSE-TIEL-1", "Did you mean 'HOUSE-TILE-1'?"),
        ("2027-01-31", "2015/10/21", "'2015/10/21' is no ISO date"),
        ("2027-01-31", "2027-02-30", "is no day of the calendar"),
        ("bob", "Ada", "'ada' approves what they asked for"),
        (REASON, "later", "the reason has 5 characters"),
        ("not_applicable", "ignored", "'decided' 'ignored' is unknown"),
        ("not_applicable", "deferred", "deferred to no later phase"),
        ("not_applicable", "not_applicable, until_phase: 2", "and never due"),
        ("owner: ada, ", "", "a disposition lacks 'owner'"),
    ],
)
def test_what_is_wrong_with_a_disposition_is_named(house, old, new, message):
    lines = extended(house, f"dispositions:\n  - {DEFERRED.replace(old, new)}")

    with pytest.raises(PlanError) as raised:
        load_suite(house.folder)

    assert message in str(raised.value)
    assert raised.value.where == f"{house.folder.as_posix()}/criteria.yaml:{lines}"
    assert raised.value.remedy


def test_what_is_decided_twice_is_refused(house):
    extended(house, f"dispositions:\n  - {DEFERRED}\n  - {DEFERRED}")

    with pytest.raises(PlanError, match="HOUSE-TILE-1 is decided already in line"):
        load_suite(house.folder)


def test_what_must_hold_cannot_be_taken_out(house):
    house.change("criteria.yaml", '"90%"', '"90%", must_hold: [HOUSE-TILE-1]')
    extended(house, f"dispositions:\n  - {DEFERRED}")

    with pytest.raises(PlanError, match=r"must hold and is not_applicable\n.*Nobody"):
        load_suite(house.folder)


def extended(house, text):
    """Append to the criteria file, and return the number of its last line."""
    path = house.folder / "criteria.yaml"
    path.write_text(path.read_text(encoding="utf-8") + f"{text}\n", encoding="utf-8")
    return len(path.read_text(encoding="utf-8").splitlines())
