"""A run is added to the history; trouble with it costs no report."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema

from pytest_roadmap.history.database import Database
from pytest_roadmap.history.places import Place
from pytest_roadmap.history.store import read

SCHEMA = Path(__file__).parents[2] / "reports/schema/scorecard.schema.json"
PROBES = """
@probe("A-1")
def test_one(): pass

@probe("A-2")
def test_two(): assert 0
"""


def asked(project, text=PROBES):
    project.suite(ids="A-1 A-2")
    project.probes(text)
    return project


def runs(file):
    return [sheet.run.id for sheet in read(Database(Place(file=file)), last=9)[0]]


def test_each_run_is_added_and_tells_what_was_before(project):
    asked(project).run("--roadmap", "-n0")

    ran = project.run("--roadmap", "-n0")

    history = ran.card["history"]
    assert [run["id"] for run in history["runs"]][1] == ran.folder.name
    assert [one["requirement"] for one in history["failing"]] == ["A-2"]
    assert history["failing"][0]["runs"] == 2
    assert len(history["trends"][0]["points"]) == 2
    assert len(runs(project.root / "reports/history.sqlite")) == 2
    jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text())).validate(ran.card)


def test_another_place_or_none_is_the_users_choice(project):
    asked(project)
    project.run("--roadmap", "-n0", "--roadmap-history", "none")
    project.run("--roadmap", "-n0", "--roadmap-history", "mine.sqlite")
    ini = project.root / "pytest.ini"
    ini.write_text(ini.read_text() + "roadmap_history = ours.sqlite\n")
    project.run("--roadmap", "-n0")

    assert not (project.root / "reports/history.sqlite").exists()
    assert len(runs(project.root / "mine.sqlite")) == 1
    assert len(runs(project.root / "ours.sqlite")) == 1


def test_a_history_that_cannot_be_used_costs_no_report(project):
    asked(project, PROBES.replace("assert 0", "pass"))
    file = project.root / "broken.sqlite"
    file.write_text("no database at all " * 100)

    ran = project.run("--roadmap", "-n0", "--roadmap-history", "broken.sqlite")

    assert ran.card["decision"] == "GO"
    assert (ran.folder / "junit.xml").exists()
    assert ran.status == 3, "a GO with a history that is not written is told"
    assert "the run is not in the history: it is no history, or it is" in ran.text
    assert f"then add this run: pytest-roadmap history import {ran.folder}" in ran.text
    assert file.read_text().startswith("no database at all")


def test_a_no_go_stays_one(project):
    asked(project)
    (project.root / "broken.sqlite").write_text("no database at all " * 100)

    ran = project.run("--roadmap", "-n0", "--roadmap-history", "broken.sqlite")

    assert ran.status == 10


def test_a_password_in_the_place_is_written_nowhere(project):
    asked(project)
    url = "postgresql://me:s3cret@127.0.0.1:1/x"

    ran = project.run("--roadmap", "-n0", "--roadmap-history", url)

    assert "s3cret" not in ran.text
    for path in ran.folder.rglob("*"):
        assert path.is_dir() or b"s3cret" not in path.read_bytes()


def test_a_place_that_makes_no_sense_is_told_before_the_run(project):
    ran = asked(project).run("--roadmap", "-n0", "--roadmap-history", "mysql://x/y")

    assert ran.status == 4
    assert "'mysql' is no database that a history can be kept in" in ran.text
    assert ran.folder is None
