from __future__ import annotations

from pytest_roadmap.plan import Severity, load_suite, mapping_problems

WALLS = ["suites/house/test_walls.py::test_plumb"]


def found(house, mapped):
    roadmap = load_suite(house.folder).roadmap
    return [
        (problem.severity, f"{problem.what} → {problem.remedy}")
        for problem in mapping_problems(roadmap, mapped)
    ]


def test_a_misspelt_id_is_an_error_with_a_suggestion(house):
    problems = found(house, {"HOUSE-WAL-1": WALLS})

    assert problems[0] == (
        Severity.ERROR,
        (
            "answers HOUSE-WAL-1, which the plan 'house' does not ask → "
            "Did you mean 'HOUSE-WALL-1'?"
        ),
    )


def test_requirements_without_probe_are_notices_scripts_have_one(house):
    problems = found(house, {"HOUSE-WALL-1": WALLS})

    assert [(severity, text[:25]) for severity, text in problems] == [
        (Severity.NOTICE, "HOUSE-WALL-2 has no probe")
    ]


def test_one_requirement_has_one_probe(house):
    problems = found(
        house,
        {
            "HOUSE-WALL-1": ["t.py::test_plumb[a]", "t.py::test_plumb[b]"],
            "HOUSE-WALL-2": ["t.py::test_dry", "t.py::test_rain"],
            "HOUSE-TILE-1": ["t.py::test_tiles"],
        },
    )

    assert [text.partition(" →")[0] for _, text in problems] == [
        "HOUSE-WALL-2 is answered by t.py::test_dry and by t.py::test_rain",
        "HOUSE-TILE-1 is answered by t.py::test_tiles and by the script tests/tiles.sh",
    ]
