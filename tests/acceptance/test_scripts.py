"""A team's executables as probes."""

from __future__ import annotations

import os
import select

import pytest

SCRIPTS = {
    "A-1": (
        'echo working; echo \'{"message": "all 3 answer", "strength": "observed", '
        '"measurements": {"answers": 3}, "evidence": {"list": ["a"]}}\''
    ),
    "A-2": "echo 'two of three answer'; exit 1",
    "A-3": "echo 'no netem here' >&2; exit 2",
    "A-4": "echo 'only 3 samples'; exit 3",
    "A-5": "exit 7",
    "A-6": 'echo \'{"message": "x", "score": 3}\'',
    "A-7": "echo '{\"measurements\": '",
    "A-8": 'echo \'{"measurements": {"answers": "many"}}\'',
    "A-9": 'sleep 30 & echo $! > "$PWD/child"; sleep 30',
    "A-10": 'test "$ROADMAP_REQUIREMENT" = A-10 && test -z "$ROADMAP_NAMESPACE"',
    "A-11": None,
    "A-12": 'echo \'{"strength": "strong"}\'',
    "A-13": 'echo \'{"measurements": {"answers": 2}}\'',
}


@pytest.fixture(scope="module")
def ran(new_project):
    project = new_project()
    extra = {
        name: {
            "strength": "observed",
            "script": {
                "command": f"scripts/{name}.sh",
                "timeout_seconds": 1 if name == "A-9" else 60,
            },
        }
        for name in SCRIPTS
    }
    for name in ("A-1", "A-13"):
        extra[name]["limits"] = {"answers": {"at_least": 3}}
    project.suite(ids=" ".join(SCRIPTS), extra=extra)
    folder = project.root / "suites/tiny/scripts"
    folder.mkdir()
    for name, text in SCRIPTS.items():
        if text is not None:
            folder.joinpath(f"{name}.sh").write_text(f"#!/bin/sh\n{text}\n")
            folder.joinpath(f"{name}.sh").chmod(0o755)
    return project.run("--roadmap", "-n2"), project


def test_the_exit_status_is_the_outcome(ran):
    verdicts = ran[0].verdicts

    assert verdicts == {
        "A-1": "passed",
        "A-2": "failed",
        "A-3": "unavailable",
        "A-4": "inconclusive",
        "A-5": "error",
        "A-6": "error",
        "A-7": "error",
        "A-8": "error",
        "A-9": "error",
        "A-10": "passed",
        "A-11": "error",
        "A-12": "error",
        "A-13": "failed",
    }, ran[0].text


def test_a_broken_limit_is_a_failure_in_every_word_of_the_run(ran):
    lines = [line for line in ran[0].text.splitlines() if "A-13" in line]

    assert ran[0].messages["A-13"] == "answers 2 < 3"
    assert any("✗" in line and "answers 2 < 3" in line for line in lines), lines
    assert any(line.startswith("FAILED") for line in lines), lines


def test_the_message_is_one_line(ran):
    messages = ran[0].messages

    assert messages["A-2"] == "two of three answer"
    assert messages["A-3"] == "no netem here"
    assert messages["A-5"] == "the script ended with 7: no word"
    assert messages["A-6"] == "the script's last line has the unknown field 'score'"
    assert "the script's last line is no JSON" in messages["A-7"]
    assert "measures answers = 'many', which is no number" in messages["A-8"]
    assert messages["A-9"] == "no result after 1 s; the script was ended"
    assert "its script cannot be started: No such file" in messages["A-11"]
    assert "'strong' is not a valid Strength" in messages["A-12"]


def test_numbers_strength_and_evidence_come_from_the_last_line(ran):
    finding = ran[0].findings["A-1"]

    assert finding["strength"] == "observed"
    assert finding["measurements"] == [{"name": "answers", "value": 3.0}]
    names = [entry["name"] for entry in finding["evidence"]]
    assert names == ["standard output", "list", "note"]


def test_what_a_script_has_started_ends_with_it(ran):
    child = int((ran[1].root / "child").read_text())

    try:
        process = os.pidfd_open(child)  # readable once it has ended, even unreaped
    except ProcessLookupError:
        return
    with os.fdopen(process) as ending:
        assert select.select([ending], [], [], 5)[0], "it runs on"


def test_a_script_is_selected_as_any_probe(ran):
    again = ran[1].run("--roadmap", "-n0", "-k", "A-10")

    assert again.verdicts["A-10"] == "passed"
    assert again.verdicts["A-1"] == "not_run"
