from __future__ import annotations

import textwrap

import pytest

from pytest_roadmap.errors import PlanError
from pytest_roadmap.plan.probes_index import by_requirement, index_probes


def write(house, text: str, name: str = "walls/test_walls.py") -> None:
    path = house.folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(textwrap.dedent(text), encoding="utf-8")


def index(house):
    return index_probes(house.root, house.folder)


def test_probes_are_found_however_they_are_marked(house):
    write(
        house,
        """\
        import pytest
        from pytest_roadmap import probes
        from pytest_roadmap.probes import probe

        raise RuntimeError("never imported")

        @probe("HOUSE-WALL-1", "HOUSE-WALL-2", strength="exercised")
        def test_both(evidence): ...

        @pytest.mark.parametrize("n", [1, 2])
        @pytest.mark.probe("HOUSE-TILE-1")
        @probes.probe("HOUSE-WALL-2")
        async def test_stacked(n): ...

        def test_plain(): ...

        @probe("HOUSE-TILE-2")
        class TestRoof:
            @probe("HOUSE-TILE-3")
            def test_inner(self): ...

            def helper(self): ...

        def helper(): ...
        """,
    )

    found = [(entry.node, entry.line, entry.ids) for entry in index(house)]

    base = "suites/house/walls/test_walls.py"
    assert found == [
        (f"{base}::test_both", 8, ("HOUSE-WALL-1", "HOUSE-WALL-2")),
        (f"{base}::test_stacked", 13, ("HOUSE-TILE-1", "HOUSE-WALL-2")),
        (f"{base}::TestRoof::test_inner", 20, ("HOUSE-TILE-2", "HOUSE-TILE-3")),
    ]


def test_a_mark_of_the_module_holds_for_its_tests(house):
    write(house, 'pytestmark = [probe("A-1"), other("B-1")]\ndef test_a(): ...\n')

    (found,) = index(house)

    assert found.ids == ("A-1",)
    assert found.where == "suites/house/walls/test_walls.py:2"


def test_the_probes_of_each_requirement(house):
    write(house, '@probe("A-1")\ndef test_a(): ...\n')
    write(house, '@probe("A-1")\ndef test_b(): ...\n', "roof/test_roof.py")

    nodes = [entry.node for entry in by_requirement(index(house))["A-1"]]

    assert nodes == [
        "suites/house/roof/test_roof.py::test_b",
        "suites/house/walls/test_walls.py::test_a",
    ]


def test_an_id_that_is_not_written_out_is_refused(house):
    write(house, 'ID = "A-1"\n\n@probe(ID)\ndef test_a(): ...\n')

    with pytest.raises(PlanError, match=r"test_walls.py:3: @probe names an id that is"):
        index(house)


def test_a_file_that_is_not_python_is_named_with_its_line(house):
    write(house, "def test_a(:\n")

    with pytest.raises(PlanError, match=r"test_walls.py:1: is not Python"):
        index(house)
