from __future__ import annotations

import hashlib
from fractions import Fraction

import pytest

from pytest_roadmap.errors import PlanError
from pytest_roadmap.model import Isolation, Limit, Script, Strength
from pytest_roadmap.plan import find_suites, load_suite


def refused(house) -> str:
    with pytest.raises(PlanError) as raised:
        load_suite(house.folder)
    return str(raised.value)


def test_a_suite_is_read_whole(house):
    suite = load_suite(house.folder)

    first, second, third = suite.roadmap.requirements()
    assert (suite.roadmap.suite, suite.roadmap.title) == ("house", "A house")
    data = (house.folder / "plan.yaml").read_bytes()
    assert suite.roadmap.digest == hashlib.sha256(data).hexdigest()
    assert [phase.name for phase in suite.roadmap.phases] == ["Ground", "Roof"]
    assert (first.id, first.suite, first.phase, first.section, first.line) == (
        "HOUSE-WALL-1",
        "house",
        1,
        "Walls",
        14,
    )
    assert (first.given, first.when, first.then) == (
        "A wall.",
        "It is measured.",
        "It is plumb.",
    )
    assert first.limits == (
        Limit(name="lean_mm", at_most=1.0),
        Limit(name="walls", at_least=4.0, at_most=4.5),
    )
    assert (first.strength, first.isolation) == (Strength.EXERCISED, Isolation.READ)
    assert (first.needs, first.shares, first.seconds) == (("mason",), "survey", 3.0)
    assert second.topic == "dry; upright"
    assert third.script == Script(
        command=("tests/tiles.sh", "--fast", "two words"), timeout_s=5.0
    )
    assert suite.criteria.of(2).threshold == Fraction(9, 10)
    assert suite.expected == ((1, 2), (2, 1))
    assert suite.waivers == ()
    assert suite.notes == ()


def test_the_nearest_owner_is_that_of_a_requirement(house):
    house.change(
        "plan.yaml", "    name: Ground\n", "    name: Ground\n    owner: mason\n"
    )
    tiles = "      - name: Tiles\n"
    house.change("plan.yaml", tiles, f"{tiles}        owner: roofer\n")
    house.change(
        "plan.yaml",
        "            title: No wall is wet.\n",
        "            title: No wall is wet.\n            owner: plumber\n",
    )

    suite = load_suite(house.folder)

    owners = {r.id: r.owner for r in suite.roadmap.requirements()}
    assert owners == {
        "HOUSE-WALL-1": "mason",
        "HOUSE-WALL-2": "plumber",
        "HOUSE-TILE-1": "roofer",
    }


def test_nobody_owns_what_nobody_is_named_for(house):
    suite = load_suite(house.folder)

    assert {r.owner for r in suite.roadmap.requirements()} == {""}


def test_an_empty_owner_is_refused(house):
    house.change("plan.yaml", "    name: Ground\n", "    name: Ground\n    owner: ''\n")

    assert "'owner'" in refused(house)


def test_what_was_odd_about_the_files_is_noted(house):
    path = house.folder / "roadmap.md"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))

    assert "line ends" in load_suite(house.folder).notes[0]


def test_a_deleted_requirement_does_not_make_its_phase_easier(house):
    house.change("plan.yaml", "expect: {1: 2,", "expect: {1: 3,")

    message = refused(house)

    assert message.startswith(house.line("plan.yaml", "expect:"))
    assert "phase 1 should have 3 requirements, the plan has 2" in message
    assert "Restore what was deleted" in message


def test_an_id_that_is_there_twice_is_refused_with_both_lines(house):
    house.change("plan.yaml", "id: HOUSE-WALL-2", "id: HOUSE-WALL-1")

    message = refused(house)

    assert (
        "plan.yaml:27: the id HOUSE-WALL-1 is there twice, first in line 14" in message
    )
    assert "ids are never used again" in message


def test_a_phase_number_that_is_there_twice_is_refused(house):
    house.change("plan.yaml", "- number: 2", "- number: 1")

    assert "phase 1 is there twice" in refused(house)


def test_a_plan_that_asks_nothing_is_refused(house):
    text = (house.folder / "plan.yaml").read_text(encoding="utf-8")
    head = text[: text.index("phases:")]
    (house.folder / "plan.yaml").write_text(f"{head}phases: []\n", encoding="utf-8")

    assert "asks nothing: it has no requirement" in refused(house)


def test_a_section_that_asks_nothing_is_refused(house):
    text = (house.folder / "plan.yaml").read_text(encoding="utf-8")
    start = text.rindex("        requirements:")
    (house.folder / "plan.yaml").write_text(
        f"{text[:start]}        requirements: []\n", encoding="utf-8"
    )

    assert "the section 'Tiles' asks nothing" in refused(house)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("suite: house", "suite: hut", "calls its suite 'hut', its folder 'house'"),
        ("title: A house", "titel: A house", "Did you mean 'title'?"),
        ("title: A house\n", "", "a plan lacks 'title'"),
        ("expect: {1: 2, 2: 1}", "expect: {1: 2}", "'expect' lacks phase 2"),
        (
            "expect: {1: 2,",
            "expect: {3: 1, 1: 2,",
            "names the phase '3', which the plan",
        ),
        (
            "expect: {1: 2,",
            "expect: {1: two,",
            "must be a whole number, here it is text",
        ),
        ("number: 2", "number: two", "'number' must be a whole number"),
        ("name: Roof", "name: [Roof]", "'name' must be text, here it is a list"),
        ("name: Roof", "name: ''", "'name' is empty"),
        ("document: roadmap.md", "document: none.md", "cannot be read: No such file"),
        ("words: {plumb: Upright within a millimetre.}", "words: [plumb]", "a mapping"),
    ],
)
def test_what_is_wrong_with_a_plan_is_named(house, old, new, message):
    house.change("plan.yaml", old, new)

    text = refused(house)

    assert message in text
    assert "→ " in text


def test_suites_are_found_by_folder_name_or_path(house):
    assert find_suites(house.root) == [house.folder]
    assert find_suites(house.root, ["house"]) == [house.folder]
    assert find_suites(house.root, [house.folder.as_posix()]) == [house.folder]
    assert find_suites(house.root, ["suites/house", "suites/house"]) == [house.folder]


def test_a_misspelt_suite_is_refused_with_a_suggestion(house):
    with pytest.raises(PlanError, match="there is no suite 'hause'") as raised:
        find_suites(house.root, ["hause"])
    assert raised.value.remedy == "Did you mean 'house'?"


def test_a_project_without_suites_says_how_to_make_one(tmp_path):
    with pytest.raises(PlanError, match="there is no suite") as raised:
        find_suites(tmp_path)
    assert "Create suites/<name>/plan.yaml" in raised.value.remedy


@pytest.mark.parametrize(
    "text", ["", "# Roadmap\n", "Only words.\n", "### Phase 1: Ground (2 tests)\n"]
)
def test_a_document_that_asks_nothing_is_refused(house, text):
    (house.folder / "roadmap.md").write_text(text, encoding="utf-8")

    message = refused(house)

    assert "roadmap.md:1: asks nothing" in message
    assert "Restore the document" in message


@pytest.mark.parametrize("name", ["plan.yaml", "criteria.yaml", "roadmap.md"])
@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "utf-32"])
def test_a_file_of_another_encoding_is_the_same_suite(house, name, encoding):
    plain = load_suite(house.folder)
    path = house.folder / name
    path.write_text(path.read_text(encoding="utf-8"), encoding=encoding)

    suite = load_suite(house.folder)

    assert suite.roadmap.phases == plain.roadmap.phases
    assert suite.criteria == plain.criteria
    assert suite.document == plain.document


@pytest.mark.parametrize("name", ["plan.yaml", "criteria.yaml", "waivers.yaml"])
def test_a_nul_byte_in_any_file_is_refused_with_its_line(house, name):
    path = house.folder / name
    path.write_bytes(path.read_bytes().replace(b"\n", b"\n\x00", 1))

    assert f"{name}:2: holds a NUL byte" in refused(house)


def test_a_plan_in_a_cycle_is_refused_with_its_line(house):
    house.change("plan.yaml", "needs: [mason]", "needs: &a [mason, *a]")

    assert "stands for a value that contains it (a cycle)" in refused(house)
