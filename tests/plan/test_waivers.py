from __future__ import annotations

import datetime as dt

import pytest

from pytest_roadmap.errors import PlanError
from pytest_roadmap.plan import load_suite

FINGERPRINT = "f2511037e49e5d28"  # of HOUSE-WALL-2 as the plan asks it
WAIVER = {
    "requirement": "HOUSE-WALL-2",
    "reason": "the spring is dug away in March",
    "owner": "mason",
    "approver": "architect",
    "expires": "2026-03-31",
    "fingerprint": f"'{FINGERPRINT}'",
}


def write(house, *waivers: dict[str, str]) -> None:
    lines = ["waivers:"]
    for waiver in waivers:
        entries = ", ".join(f"{key}: {value}" for key, value in waiver.items())
        lines.append(f"  - {{{entries}}}")
    text = "\n".join(lines) + "\n"
    (house.folder / "waivers.yaml").write_text(text, encoding="utf-8")


def test_a_waiver_is_read_and_holds_through_its_last_day(house):
    write(house, {**WAIVER, "scope": "staging"})

    (waiver,) = load_suite(house.folder).waivers

    assert (waiver.requirement, waiver.owner, waiver.approver, waiver.scope) == (
        "HOUSE-WALL-2",
        "mason",
        "architect",
        "staging",
    )
    assert waiver.line == 2
    assert waiver.active(dt.date(2026, 3, 31))
    assert not waiver.active(dt.date(2026, 4, 1))


def test_no_file_means_no_waiver(house):
    (house.folder / "waivers.yaml").unlink()

    assert load_suite(house.folder).waivers == ()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"expires": "2015/10/21"}, "'2015/10/21' is no ISO date"),
        ({"expires": "2015/10/21"}, "Write year-month-day, such as 2026-03-31."),
        ({"expires": "21.10.2015"}, "is no ISO date"),
        ({"expires": "20260331"}, "'expires' must be text"),
        ({"expires": "'20260331'"}, "is no ISO date"),
        ({"expires": "2026-02-30"}, "'2026-02-30' is no day of the calendar"),
        ({"approver": "Mason"}, "'mason' approves their own waiver"),
        ({"requirement": "HOUSE-WALL-9"}, "the plan has no requirement 'HOUSE-WALL-9'"),
        ({"requirement": "house-wall-2"}, "Did you mean 'HOUSE-WALL-2'?"),
        ({"reason": "''"}, "'reason' is empty"),
        ({"fingerprint": "'9a4d'"}, "'9a4d' is no fingerprint"),
        ({"fingerprint": "'not hexadecimal'"}, "is no fingerprint"),
        ({"until": "ever"}, "a waiver has no 'until'"),
    ],
)
def test_what_is_wrong_with_a_waiver_is_named_with_its_line(house, change, message):
    write(house, WAIVER | change)

    with pytest.raises(PlanError) as raised:
        load_suite(house.folder)

    assert message in str(raised.value)
    assert raised.value.where == f"{house.folder.as_posix()}/waivers.yaml:2"


@pytest.mark.parametrize("key", list(WAIVER))
def test_nothing_of_a_waiver_may_be_left_out(house, key):
    write(house, {name: value for name, value in WAIVER.items() if name != key})

    with pytest.raises(PlanError, match=f"a waiver lacks '{key}'"):
        load_suite(house.folder)


def test_the_same_failure_is_waived_once_in_each_scope(house):
    write(house, WAIVER, {**WAIVER, "scope": "staging"})
    assert len(load_suite(house.folder).waivers) == 2

    write(house, WAIVER, {**WAIVER, "reason": "again"})
    with pytest.raises(PlanError, match="HOUSE-WALL-2 is waived already in line 2"):
        load_suite(house.folder)


def test_a_waiver_without_fingerprint_is_told_the_line_to_add(house):
    write(house, {k: v for k, v in WAIVER.items() if k != "fingerprint"})

    with pytest.raises(PlanError, match="nobody can tell which text was waived") as bad:
        load_suite(house.folder)

    assert bad.value.remedy.endswith(f"add: fingerprint: '{FINGERPRINT}'")
