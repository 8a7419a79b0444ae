from __future__ import annotations

import datetime as dt

import pytest

from pytest_roadmap.errors import PlanError
from pytest_roadmap.model import WaiverState
from pytest_roadmap.model.fingerprint import fingerprint
from pytest_roadmap.plan import lint, load_suite
from pytest_roadmap.plan.waiver_ledger import ledger

DAY = dt.date(2026, 3, 1)


def write(house, **change: str | None) -> None:
    suite = load_suite(house.folder, waived=False)
    texts = {r.id: fingerprint(r) for r in suite.roadmap.requirements()}
    fields = {
        "requirement": "HOUSE-WALL-2",
        "reason": "the spring is dug away in March",
        "owner": "mason",
        "approver": "architect",
        "issued": "2026-02-20",
        "expires": "2026-03-31",
        "fingerprint": f"'{texts['HOUSE-WALL-2']}'",
    } | change
    stated = {key: value for key, value in fields.items() if value is not None}
    lines = [f"    {key}: {value}" for key, value in stated.items()]
    text = "\n".join(["waivers:", f"  -{lines[0][3:]}", *lines[1:]]) + "\n"
    (house.folder / "waivers.yaml").write_text(text, encoding="utf-8")


def entry(house, day: dt.date = DAY, passed: tuple[str, ...] = ()):
    (found,) = ledger(load_suite(house.folder, waived=False), day, passed)
    return found


@pytest.mark.parametrize(
    ("change", "day", "state", "what"),
    [
        ({}, DAY, "active", ""),
        ({}, DAY.replace(day=16), "active", ""),
        ({}, DAY.replace(day=17), "expiring", "ends in 14 days, on 2026-03-31"),
        ({}, DAY.replace(day=30), "expiring", "ends tomorrow, on 2026-03-31"),
        ({}, DAY.replace(day=31), "expiring", "ends today, on 2026-03-31"),
        ({}, dt.date(2026, 4, 1), "expired", "expired on 2026-03-31"),
        ({"requirement": "HOUSE-WALL-9"}, DAY, "unknown", "no requirement"),
        ({"expires": "2015/10/21"}, DAY, "broken", "'2015/10/21' is no ISO date"),
        ({"approver": "Mason"}, DAY, "broken", "'mason' approves their own waiver"),
        ({"fingerprint": "'0123456789ab'"}, DAY, "changed", "has changed since"),
        ({"issued": "2025-12-30"}, DAY, "too long", "2025-12-30 for 91 days; 90 are"),
        ({"issued": "2026-04-01"}, DAY, "broken", "before it was issued"),
        ({"issued": "20.2.2026"}, DAY, "broken", "is no ISO date"),
        ({"issued": ""}, DAY, "broken", "'issued'"),
    ],
)
def test_each_waiver_has_a_state_and_its_reason(house, change, day, state, what):
    write(house, **change)

    found = entry(house, day)

    assert found.state is WaiverState(state)
    assert what in found.what
    assert bool(found.what) == bool(found.remedy)
    assert found.where.startswith(f"{house.folder.as_posix()}/waivers.yaml:")


def test_a_waiver_of_what_passed_is_unused(house):
    write(house)

    found = entry(house, passed=("HOUSE-WALL-2",))

    assert found.state is WaiverState.UNUSED
    assert found.remedy == "Remove it: what holds needs no waiver."


def test_a_changed_text_is_an_error_of_the_plan_too(house):
    write(house)
    house.change("plan.yaml", "title: No wall is wet.", "title: No wall is damp.")

    assert entry(house).state is WaiverState.CHANGED
    (problem,) = [
        p for p in lint(load_suite(house.folder), DAY) if "has changed" in p.what
    ]
    assert problem.severity == "error"


def test_a_waiver_without_a_day_of_issue_holds_and_is_told(house):
    write(house, issued=None)

    found = entry(house)
    (problem,) = [p for p in lint(load_suite(house.folder), DAY) if "issued" in p.what]

    assert found.state is WaiverState.ACTIVE
    assert found.what == "the waiver of HOUSE-WALL-2 does not say when it was issued"
    assert found.remedy == "Add its day, such as issued: 2026-03-01"
    assert problem.severity == "notice"
    assert "nobody can tell how long it lasts" in problem.what


def test_a_waiver_that_lasts_too_long_is_an_error_of_the_plan(house):
    write(house, issued="2025-12-30")
    (problem,) = [
        p for p in lint(load_suite(house.folder), DAY) if "too long" in p.what
    ]

    assert problem.severity == "error"
    assert problem.remedy.startswith("It may last until 2026-03-30 (policy: longest_")

    criteria = (house.folder / "criteria.yaml").read_text(encoding="utf-8")
    (house.folder / "criteria.yaml").write_text(
        f"{criteria}policy: {{longest_waiver_days: 91}}\n", encoding="utf-8"
    )
    assert entry(house).state is WaiverState.ACTIVE


def test_a_new_line_break_is_no_new_text(house):
    write(house)
    house.change(
        "plan.yaml",
        "title: No wall is wet.",
        "title: >-\n              No wall\n\
              is wet.",
    )

    assert entry(house).state is WaiverState.ACTIVE


def test_no_file_is_an_empty_ledger_and_a_broken_one_an_error(house):
    suite = load_suite(house.folder, waived=False)
    (house.folder / "waivers.yaml").write_text("waivers: [\n")
    with pytest.raises(PlanError, match="is not YAML"):
        ledger(suite, DAY)

    (house.folder / "waivers.yaml").unlink()
    assert ledger(suite, DAY) == ()
