from __future__ import annotations

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
PLACE = "suites/tiny/facts/flood.py"


def test_probes_judge_one_fact_that_was_recorded_once(project, workers):
    shares = {"shares": "flood"}
    project.suite(extra={"A-1": shares, "A-2": shares})
    project.probes(FACT, path=PLACE)
    project.probes(PROBES)

    ran = project.run("--roadmap", workers)

    assert ran.verdicts == {"A-1": "passed", "A-2": "passed"}, ran.text


def test_a_fact_that_cannot_be_imported_is_one_clear_error(project):
    project.suite()
    project.probes("import nothing_like_this", path=PLACE)
    project.probes(PROBES)

    ran = project.run("--roadmap", "-n0")

    assert ran.status == 4, ran.text
    assert "facts/flood.py: the fact cannot be imported" in ran.text
    assert "nothing_like_this" in ran.text
    assert "Traceback" not in ran.text
