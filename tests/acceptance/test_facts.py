from __future__ import annotations

import pytest

FACT = """
    from dataclasses import dataclass

    MADE = []

    @dataclass(frozen=True)
    class Flood:
        made: "int"

    @pytest.fixture(scope="session")
    def flood():
        MADE.append(1)
        return Flood(made=len(MADE))
"""
PROBES = """
    @probe("A-1")
    def test_first(flood):
        assert flood.made == 1

    @probe("A-2")
    def test_second(flood):
        assert flood.made == 1
"""
HELD = """
    from pathlib import Path

    ENDED = Path(__file__).with_name("ended")

    @pytest.fixture(scope="session")
    def flood():
        yield "held"
        ENDED.touch()
"""
HOLDERS = """
    from pathlib import Path

    ENDED = Path(__file__).parents[1] / "facts" / "ended"

    @probe("A-1")
    def test_first(flood):
        assert not ENDED.exists()

    @probe("A-2")
    def test_second(flood):
        assert not ENDED.exists()

    @probe("A-3")
    def test_another():
        assert ENDED.exists()
"""
PLACE = "suites/tiny/facts/flood.py"


def test_probes_judge_one_fact_that_was_recorded_once(project, workers):
    shares = {"shares": "flood"}
    project.suite(extra={"A-1": shares, "A-2": shares})
    project.probes(FACT, path=PLACE)
    project.probes(PROBES)

    ran = project.run("--roadmap", workers)

    assert ran.verdicts == {"A-1": "passed", "A-2": "passed"}, ran.text


@pytest.mark.parametrize("one_process", ["-n0", "--roadmap-workers=1"])
def test_a_fact_that_holds_something_ends_with_the_last_probe_that_judges_it(
    project, one_process
):
    shares = {"shares": "flood", "seconds": 60}
    project.suite(ids="A-1 A-2 A-3", extra={"A-1": shares, "A-2": shares})
    project.probes(HELD, path=PLACE)
    project.probes(HOLDERS)

    ran = project.run("--roadmap", one_process)

    assert set(ran.verdicts.values()) == {"passed"}, ran.text


def test_a_fact_that_cannot_be_imported_is_one_clear_error(project):
    project.suite()
    project.probes("import nothing_like_this", path=PLACE)
    project.probes(PROBES)

    ran = project.run("--roadmap", "-n0")

    assert ran.status == 4, ran.text
    assert "facts/flood.py: the fact cannot be imported" in ran.text
    assert "nothing_like_this" in ran.text
    assert "Traceback" not in ran.text
