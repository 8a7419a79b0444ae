"""One clear error, status 4, no traceback."""

from __future__ import annotations

import pytest


@pytest.fixture(scope="module")
def sound(new_project):
    project = new_project()
    project.suite(ids="A-1 A-2")
    project.probes('@probe("A-1")\ndef test_one(): pass\n')
    return project


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--roadmap-id", "A-11"], ["no plan has 'A-11'", "A-1"]),
        (["--roadmap-section", "Wrods"], ["no plan has 'Wrods'", "Words"]),
        (["--roadmap-phase", "9"], ["no suite has a phase 9", "use one of 1"]),
        (["--roadmap-phase", "one"], ["'one' is not a phase's number"]),
        (["--roadmap=tinny"], ["there is no suite 'tinny'", "tiny"]),
        (["--roadmap-cluster", "k8s"], ["'k8s' names no cluster", "context:NAME"]),
        (["--roadmap-target", "none.yaml"], ["there is no file none.yaml"]),
        (["--roadmap-workers", "-1"], ["-1 is not a number of processes"]),
    ],
)
def test_an_option_that_makes_no_sense(sound, arguments, words):
    ran = sound.run("--roadmap", "-n0", *arguments)

    assert ran.status == 4, ran.text
    assert "Traceback" not in ran.text
    for word in words:
        assert word in ran.text


def test_a_path_is_no_suite_and_the_right_form_is_told(sound):
    ran = sound.run("--roadmap", "suites/tiny/words")

    assert ran.status == 4
    assert "→ write: pytest suites/tiny/words --roadmap" in ran.text


def test_a_suite_as_a_path_is_what_pytest_collects(sound):
    assert sound.run("suites/tiny", "--roadmap", "-n0").verdicts["A-1"] == "passed"


def test_an_unknown_id_in_a_probe_comes_with_a_suggestion(project, workers):
    project.suite(ids="A-1 A-2")
    project.probes('@probe("A-12")\ndef test_one(): pass\n')

    ran = project.run("--roadmap", workers)

    assert ran.status == 4, ran.text
    assert "answers A-12, which no plan asks for. Did you mean 'A-" in ran.text
    assert "Traceback" not in ran.text


def test_an_id_with_two_probes_is_refused(project, workers):
    project.suite(ids="A-1 A-2")
    project.probes(
        '@probe("A-1")\ndef test_one(): pass\n@probe("A-1")\ndef test_two(): pass\n'
    )

    ran = project.run("--roadmap", workers)

    assert ran.status == 4
    assert "test_two answers A-1, which" in ran.text
    assert "Traceback" not in ran.text


def test_a_broken_plan_is_told_with_its_line(project):
    project.suite(ids="A-1")
    plan = project.root / "suites/tiny/plan.yaml"
    plan.write_text("suite: tiny\n  title: [\n")

    ran = project.run("--roadmap")

    assert ran.status == 4
    assert "plan.yaml" in ran.text
    assert "Traceback" not in ran.text


def test_reports_that_cannot_be_written_anywhere_are_told_before_the_run(sound):
    (sound.root / "file").write_text("")

    ran = sound.run("--roadmap", "-n0", "--roadmap-report", "file/runs")

    assert ran.status == 4
    assert "--roadmap-report DIR" in ran.text
    assert "Traceback" not in ran.text
