from __future__ import annotations

import json

import pytest

from pytest_roadmap.cli import main
from pytest_roadmap.cli import plan as command

PROBE = '@probe("HOUSE-WALL-1")\ndef test_plumb(): ...\n'


pytestmark = pytest.mark.usefixtures("project")


@pytest.fixture
def project(house, monkeypatch):
    monkeypatch.chdir(house.root)
    monkeypatch.setattr(command, "_seen", lambda _folder, _id: (True, False))
    (house.folder / "test_walls.py").write_text(PROBE, encoding="utf-8")
    return house


def run(capsys, *arguments: str):
    status = main(["plan", *arguments])
    told = capsys.readouterr()
    return status, told.out, told.err


def test_list_as_json_has_one_object_per_requirement(capsys):
    status, out, _ = run(capsys, "list", "--format", "json")

    first, second, third = json.loads(out)
    assert status == 0
    assert {
        key: first[key]
        for key in ("id", "suite", "phase", "section", "topic", "title", "strength")
    } == {
        "id": "HOUSE-WALL-1",
        "suite": "house",
        "phase": 1,
        "section": "Walls",
        "topic": "upright",
        "title": "Every wall is plumb.",
        "strength": "exercised",
    }
    assert first["isolation"] == "read"
    assert first["probes"] == ["suites/house/test_walls.py::test_plumb"]
    assert first["places"] == ["suites/house/test_walls.py:2"]
    assert (first["seen_passing"], first["seen_failing"]) == (True, False)
    assert (second["probes"], second["seen_passing"]) == ([], False)
    assert third["probes"] == ["tests/tiles.sh --fast two words"]


def test_list_fits_80_columns_and_marks_what_was_seen(capsys):
    status, out, _ = run(capsys, "list", "--phase", "1")

    assert status == 0
    assert max(map(len, out.splitlines())) <= 80
    assert "p+· HOUSE-WALL-1 Every wall is plumb." in out
    assert "··· HOUSE-WALL-2 No wall is wet." in out
    assert "HOUSE-TILE-1" not in out
    assert "2 requirements, 1 with a probe" in out


def test_list_refuses_a_phase_that_does_not_exist(capsys):
    status, _, err = run(capsys, "list", "--phase", "7")

    assert status == 1
    assert "there is no phase 7" in err
    assert "There are the phases 1, 2." in err


def test_lint_is_0_with_notices_and_1_with_errors(project, capsys):
    project.change("roadmap.md", "## Tests (3 tests)", "## Tests (4 tests)")
    status, out, _ = run(capsys, "lint")

    assert status == 0
    assert "notice: suites/house/roadmap.md:3: promises 4 tests" in out
    assert "house: 3 requirements (2/1) in 2 sections of 2 phases" in out

    (project.folder / "test_walls.py").write_text(
        PROBE.replace("WALL-1", "WAL-1"), encoding="utf-8"
    )
    status, out, _ = run(capsys, "lint")

    assert status == 1
    assert "error: suites/house/test_walls.py::test_plumb: answers HOUSE-WAL-1" in out
    assert "Did you mean 'HOUSE-WALL-1'?" in out


def test_lint_as_json_counts_and_lists(project, capsys):
    project.change("roadmap.md", "## Tests (3 tests)", "## Tests (4 tests)")
    status, out, _ = run(capsys, "lint", "--format", "json")

    (report,) = json.loads(out)
    assert status == 0
    assert (report["suite"], report["errors"], report["notices"]) == ("house", 0, 1)
    assert report["problems"][0]["where"] == "suites/house/roadmap.md:3"


def test_explain_tells_a_requirement_in_full(capsys):
    status, out, _ = run(capsys, "explain", "HOUSE-WALL-1")

    words = " ".join(out.split())
    assert status == 0
    for part in (
        "HOUSE-WALL-1 Every wall is plumb.",
        "given A wall.",
        "lean_mm ≤ 1",
        "walls ≥ 4 and ≤ 4.5",
        "must fail on a tower in Pisa",
        "needs mason: Somebody who lays bricks.",
        "word plumb: Upright within a millimetre.",
        "fact survey: Every wall is measured once.",
        "probe suites/house/test_walls.py:2",
        "next Show that it can fail: pytest --roadmap --roadmap-id HOUSE-WALL-1",
    ):
        assert part in words


def test_explain_tells_the_last_result_and_what_to_do(project, capsys):
    archive = project.root / command.LATEST
    archive.parent.mkdir(parents=True)
    result = {"id": "HOUSE-WALL-1", "verdict": "failed", "outcome": "failed"}
    archive.write_text(
        json.dumps({"requirements": [{**result, "message": "leans by 3 mm"}]}),
        encoding="utf-8",
    )

    _, out, _ = run(capsys, "explain", "HOUSE-WALL-1", "--format", "json")

    told = json.loads(out)
    assert told["last"]["message"] == "leans by 3 mm"
    assert told["remedy"].startswith("Mend what the message names")
    assert told["words"] == [
        {"name": "plumb", "meaning": "Upright within a millimetre."}
    ]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"requirements": 3}', "{", "\x00"])
def test_explain_bears_a_broken_archive(project, capsys, text):
    archive = project.root / command.LATEST
    archive.parent.mkdir(parents=True)
    archive.write_text(text, encoding="utf-8")

    status, out, _ = run(capsys, "explain", "HOUSE-WALL-2")

    assert status == 0
    assert "Write its probe" in " ".join(out.split())


def test_a_misspelt_id_gets_a_suggestion(capsys):
    status, out, err = run(capsys, "explain", "house-wal-1")

    assert (status, out) == (1, "")
    assert "there is no requirement 'house-wal-1'" in err
    assert "Did you mean 'HOUSE-WALL-1'?" in err


def test_a_broken_plan_is_one_message_without_traceback(project, capsys):
    project.change("plan.yaml", "title: A house", "title: A: house")

    status, out, err = run(capsys, "list")

    assert (status, out) == (1, "")
    assert "suites/house/plan.yaml:2: is not YAML" in err
    assert "Traceback" not in err
