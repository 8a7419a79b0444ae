"""Nobody can tick by hand that a probe was seen."""

from __future__ import annotations

import json

import pytest

from pytest_roadmap.probes.seen import Ledger

PROBES = """
@pytest.fixture
def reading(counterexample):
    return 1 if counterexample is None else 9

@probe("A-1")
def test_one(reading):
    assert reading == 1, f"{reading} replicas are down"

@probe("A-2")
def test_two(reading): pass

@probe("A-3")
def test_three(reading): assert False, "always"

@probe("A-4")
def test_four(reading, evidence):
    evidence.measure("replicas_down", reading)
    assert reading == 1, "first of all something else"
"""
IDS = ("A-1", "A-2", "A-3", "A-4")
EXPECTED = dict.fromkeys(IDS, "[0-9] replicas are down") | {
    "A-4": "replicas_down 9 > 2"
}


@pytest.fixture(scope="module")
def seen(new_project):
    project = new_project()
    limits = {"limits": {"replicas_down": {"at_most": 2}}}
    project.suite(ids=" ".join(IDS), extra={"A-4": limits})
    project.probes(PROBES)
    folder = project.root / "k8s/counterexamples"
    folder.mkdir(parents=True)
    for name, words in EXPECTED.items():
        folder.joinpath(f"{name}.yaml").write_text(
            f"requirement: {name}\nsays: broken\nexpect: '{words}'\n"
        )
    project.run("--roadmap", "-n0")
    ran = project.run("--roadmap", "--roadmap-counterexamples", "-n0")
    return project, ran


def state(project) -> dict[str, tuple[bool, bool]]:
    ledger = Ledger(project.root / "suites/tiny")
    return {name: ledger.seen(name) for name in IDS}


def test_a_run_records_who_passes_and_who_fails_as_it_must(seen):
    project, ran = seen

    assert state(project) == {
        "A-1": (True, True),
        "A-2": (True, False),
        "A-3": (False, False),
        "A-4": (True, True),
    }
    assert "2 of 4 probes failed as they must" in ran.text
    assert "passed (should fail with /[0-9] replicas are down/)" in ran.text
    assert "always (should say /[0-9] replicas are down/)" in ran.text
    assert ran.status == 1


def test_a_counter_example_run_is_not_the_latest_run(seen):
    project, ran = seen

    latest = (project.root / "reports/runs/latest").resolve()
    assert latest != ran.folder


def test_a_changed_counter_example_unsees_the_failure_only(seen):
    project, _ = seen
    file = project.root / "k8s/counterexamples/A-1.yaml"
    before = file.read_text()
    file.write_text(before + "# another one\n")

    assert state(project)["A-1"] == (True, False)
    file.write_text(before)


def test_a_changed_probe_is_unseen(seen):
    project, _ = seen
    file = project.root / "suites/tiny/words/test_a.py"
    before = file.read_text()
    file.write_text(before.replace("reading == 1", "reading < 2"))

    assert state(project)["A-1"] == (False, False)
    file.write_text(before)


def test_an_entry_made_by_hand_is_not_seen(seen):
    project, _ = seen
    file = project.root / "suites/tiny/seen.json"
    before = file.read_text()
    entries = json.loads(before)
    entries["A-3"] = {"passing": dict(entries["A-1"]["passing"])}
    entries["A-1"]["passing"]["run"] = "another"
    file.write_text(json.dumps(entries))

    assert state(project)["A-1"] == (False, True)
    assert state(project)["A-3"] == (False, False)
    file.write_text("no JSON")
    assert state(project)["A-1"] == (False, False)
    file.write_text(before)
