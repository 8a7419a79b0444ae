from __future__ import annotations

import pytest

EVERY = """
@probe("A-1")
def test_passes(evidence):
    evidence.measure("seconds", 3)
    evidence.note("all is well")

@probe("A-2")
def test_fails():
    assert 1 == 2, "one is not two"

@probe("A-3")
def test_breaks():
    {}["key"]

@probe("A-4")
def test_is_unavailable():
    unavailable("no netem here")

@probe("A-5")
def test_is_inconclusive():
    inconclusive("3 samples of 20")

@probe("A-6")
def test_does_not_apply():
    not_applicable("record of 2026-01-01")

@probe("A-7")
def test_is_skipped():
    pytest.skip("not today")

@probe("A-8")
@pytest.mark.xfail(reason="known")
def test_is_excused():
    assert False, "and still false"

@pytest.fixture
def heals_badly():
    yield
    raise OSError("the node is still cordoned")

@probe("A-9")
def test_does_not_heal(heals_badly):
    pass

@pytest.fixture
def no_given():
    raise KeyError("pod")

@probe("A-10")
def test_has_no_given(no_given):
    pass

@pytest.fixture
def no_target():
    unavailable("the chain never became healthy")

@probe("A-11")
def test_has_no_target(no_target):
    pass

@probe("A-12", "A-13")
def test_answers_two():
    pass
"""
IDS = " ".join(f"A-{n}" for n in range(1, 15))


@pytest.fixture(scope="module", params=["-n0", "-n2"])
def ran(request, new_project):
    project = new_project()
    project.suite(ids=IDS)
    project.probes(EVERY)
    return project.run("--roadmap", request.param)


def test_every_outcome_becomes_its_verdict(ran):
    assert ran.verdicts == {
        "A-1": "passed",
        "A-2": "failed",
        "A-3": "error",
        "A-4": "unavailable",
        "A-5": "inconclusive",
        "A-6": "not_applicable",
        "A-7": "not_run",
        "A-8": "failed",
        "A-9": "error",
        "A-10": "error",
        "A-11": "unavailable",
        "A-12": "passed",
        "A-13": "passed",
        "A-14": "unmapped",
    }
    assert ran.status == 10
    messages = ran.messages
    assert messages["A-2"] == "one is not two"
    assert messages["A-3"] == "KeyError: 'key'"
    assert messages["A-8"] == "and still false"
    assert messages["A-9"] == "did not heal: OSError: the node is still cordoned"
    assert messages["A-11"] == "the chain never became healthy"


def test_the_terminal_has_one_line_per_requirement_and_short_failures(ran):
    assert "✓ A-1 " in ran.text
    assert "✗ A-2 " in ran.text
    assert "one is not two" in ran.text
    assert "evidence: " in ran.text
    assert "Traceback" not in ran.text
    assert "{}[" not in ran.text


def test_findings_carry_numbers_and_evidence(ran):
    passed, failed = ran.findings["A-1"], ran.findings["A-2"]

    assert passed["measurements"] == [{"name": "seconds", "value": 3.0}]
    assert "all is well" in [entry["text"] for entry in passed["evidence"]]
    assert "traceback of the call" in [entry["name"] for entry in failed["evidence"]]


def test_verbose_shows_the_traceback(project):
    project.suite(ids="A-1")
    project.probes('@probe("A-1")\ndef test_fails(): assert 1 == 2\n')

    assert "def test_fails" in project.run("--roadmap", "-v", "-n0").text


def test_all_green_is_go_and_status_0(project):
    project.suite(ids="A-1")
    project.probes('@probe("A-1")\ndef test_a(): pass\n')

    ran = project.run("--roadmap", "-n0")

    assert (ran.status, ran.card["decision"]) == (0, "GO"), ran.text
