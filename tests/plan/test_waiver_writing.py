from __future__ import annotations

import datetime as dt
import threading

import pytest

from pytest_roadmap.errors import PlanError
from pytest_roadmap.model import Waiver
from pytest_roadmap.model.fingerprint import fingerprint
from pytest_roadmap.plan import load_suite
from pytest_roadmap.plan.waiver_writing import add_waiver

LIST = "# accepted\nwaivers:\n- {entry}   # look at it in March\n\n# the end\n"


@pytest.fixture
def file(house):
    return house.folder / "waivers.yaml"


@pytest.fixture
def roadmap(house):
    return load_suite(house.folder, waived=False).roadmap


@pytest.fixture
def waiver(roadmap):
    def make(name: str = "HOUSE-WALL-2", **more) -> Waiver:
        asked = next(r for r in roadmap.requirements() if r.id == name)
        fields = {
            "reason": 'the "spring" is dug away: in March',
            "owner": "mason",
            "approver": "architect's guild",
            "issued": dt.date(2026, 3, 1),
            "expires": dt.date(2026, 3, 31),
            "fingerprint": fingerprint(asked),
        }
        return Waiver(requirement=name, **(fields | more))

    return make


def entry(waiver: Waiver) -> str:
    return (
        f"{{requirement: {waiver.requirement}, reason: wet, owner: a, approver: b, "
        f"expires: {waiver.expires}, fingerprint: '{waiver.fingerprint[:12]}'}}"
    )


@pytest.mark.parametrize(
    ("before", "kept"),
    [
        ("waivers: []\n", "waivers:\n"),
        ("waivers: []", "waivers:\n"),
        ("# none\r\nwaivers: [ ]\r\n# end\r\n", "# none\r\nwaivers:\r\n"),
        ("waivers: [] # none yet\n", "waivers: # none yet\n"),
        ("\ufeffwaivers: []\n", "\ufeffwaivers:\n"),
    ],
)
def test_the_first_waiver_takes_the_place_of_the_empty_list(
    file, roadmap, waiver, before, kept
):
    file.write_bytes(before.encode())

    added = add_waiver(file, roadmap, waiver())

    after = file.read_bytes().decode()
    rest = before.partition("]")[2].partition("\n")[2]
    assert after == kept + added + rest
    assert load_suite(file.parent).waivers[0].reason == waiver().reason


@pytest.mark.parametrize(
    ("end", "cut"), [("\n", 0), ("\n", 1), ("\r\n", 0), ("\r\n", 1)]
)
def test_a_further_waiver_is_appended_and_every_byte_before_stays(
    file, roadmap, waiver, end, cut
):
    first = entry(waiver("HOUSE-WALL-1"))
    before = LIST.replace("{entry}", first).replace("\n", end)
    before = before[: len(before) - cut * len(end)]
    file.write_bytes(before.encode())

    added = add_waiver(file, roadmap, waiver())

    assert file.read_bytes() == (before + end * cut + added).encode()
    assert [w.requirement for w in load_suite(file.parent).waivers] == [
        "HOUSE-WALL-1",
        "HOUSE-WALL-2",
    ]
    assert added.startswith(f"- requirement: HOUSE-WALL-2{end}  reason: ")


def test_a_suite_without_the_file_gets_one(file, roadmap, waiver):
    file.unlink()

    add_waiver(file, roadmap, waiver(scope="profile=staging"))

    assert load_suite(file.parent).waivers[0].scope == "profile=staging"


@pytest.mark.parametrize(
    "before", ["waivers: [{entry}]\n", "waivers:\n  - {entry}\n...\n"]
)
def test_a_form_that_cannot_be_kept_is_refused_and_untouched(
    file, roadmap, waiver, before
):
    before = before.replace("{entry}", entry(waiver("HOUSE-WALL-1")))
    file.write_text(before)

    with pytest.raises(PlanError, match="without touching the rest"):
        add_waiver(file, roadmap, waiver())

    assert file.read_text() == before
    assert [p.name for p in file.parent.glob(".waivers*")] == []


def test_the_same_waiver_twice_is_refused(file, roadmap, waiver):
    add_waiver(file, roadmap, waiver())
    before = file.read_bytes()

    with pytest.raises(PlanError):
        add_waiver(file, roadmap, waiver())

    assert file.read_bytes() == before


def test_a_broken_file_is_told_as_reading_tells_it(file, roadmap, waiver):
    file.write_text("waivers:\n  - {requirement: HOUSE-WALL-9}\n")

    with pytest.raises(PlanError, match=r"waivers.yaml:2: the plan has no requirement"):
        add_waiver(file, roadmap, waiver())


def test_a_folder_that_is_not_there_is_a_clear_error(file, roadmap, waiver):
    with pytest.raises(PlanError, match="cannot be written: No such file") as bad:
        add_waiver(file.parent / "away" / "waivers.yaml", roadmap, waiver())

    assert bad.value.remedy == "Make room or rights there; the file is as it was."


def test_many_may_add_at_once(file, roadmap, waiver):
    scopes = [f"profile=p{number}" for number in range(8)]
    threads = [
        threading.Thread(target=add_waiver, args=(file, roadmap, waiver(scope=scope)))
        for scope in scopes
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(w.scope for w in load_suite(file.parent).waivers) == scopes
