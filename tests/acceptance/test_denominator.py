"""Measuring less can never raise a score."""

from __future__ import annotations

import pytest

THREE = """
@probe("A-1")
def test_one(): pass

@probe("A-2")
def test_two(): {two}

@probe("A-3")
@pytest.mark.parametrize("side", ["left", "right"])
def test_three(side): pass
"""


@pytest.fixture(scope="module")
def three(new_project):
    project = new_project()
    project.suite(ids="A-1 A-2 A-3")
    project.probes(THREE.format(two="pass"))
    return project


@pytest.mark.parametrize(
    "narrowed",
    [
        ("-k", "one"),
        ("--roadmap-id", "A-1"),
        ("suites/tiny/words/test_a.py::test_one",),
        ("--deselect", "suites/tiny/words/test_a.py::test_two", "-k", "not three"),
    ],
)
def test_what_the_user_leaves_out_is_not_run(three, narrowed):
    ran = three.run(*narrowed, "--roadmap", "-n0")

    assert ran.verdicts == {"A-1": "passed", "A-2": "not_run", "A-3": "not_run"}
    assert ran.card["phases"][0]["total"] == 3
    assert ran.status == 11, ran.text


def test_workers_know_what_was_left_out_too(three):
    ran = three.run("--roadmap", "-n2", "-k", "one or left")

    assert ran.verdicts == {"A-1": "passed", "A-2": "not_run", "A-3": "partial"}
    assert ran.status == 11


def test_nothing_selected_is_no_go(three):
    ran = three.run("--roadmap", "-n0", "-k", "nothing_of_this_name")

    assert set(ran.verdicts.values()) == {"not_run"}
    assert ran.status == 11


def test_a_section_narrows_the_run_and_a_phase_the_gate(three):
    ran = three.run("--roadmap", "-n0", "--roadmap-section", "words")
    assert (ran.status, ran.card["phases"][0]["passed"]) == (0, 3)


def test_stopping_at_the_first_failure_leaves_the_rest_not_run(project, workers):
    project.suite(ids="A-1 A-2 A-3")
    project.probes(THREE.format(two="assert False, 'no'"))

    ran = project.run("--roadmap", "-x", workers)

    assert ran.verdicts["A-2"] == "failed"
    assert ran.card["phases"][0]["total"] == 3
    assert ran.status == 10


def test_a_module_that_cannot_be_imported_is_an_error_of_its_requirements(
    project, workers
):
    project.suite(ids="A-1 A-2 A-3")
    project.probes("import not_there\n@probe('A-2')\ndef test_two(): pass\n")
    project.probes('@probe("A-1")\ndef test_one(): pass\n', "suites/tiny/x/test_one.py")

    ran = project.run("--roadmap", workers)

    assert ran.verdicts == {"A-1": "passed", "A-2": "error", "A-3": "unmapped"}
    assert "No module named 'not_there'" in ran.messages["A-2"]
    assert ran.status == 11


def test_two_suites_are_judged_together_and_one_can_be_named(project):
    project.suite("tiny", ids="A-1")
    project.suite("other", ids="B-1")
    project.probes('@probe("A-1")\ndef test_one(): pass\n')
    project.probes(
        '@probe("B-1")\ndef test_one(): assert False, "b"\n', "suites/other/x/test_a.py"
    )

    both = project.run("--roadmap", "-n0")
    named = project.run("--roadmap=tiny", "-n0")

    assert both.verdicts == {"A-1": "passed", "B-1": "failed"}
    assert (both.status, named.status) == (10, 0), named.text
    assert named.verdicts == {"A-1": "passed"}
