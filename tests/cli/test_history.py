from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from tests.history.conftest import run_of

from pytest_roadmap.cli import main
from pytest_roadmap.history.database import Database
from pytest_roadmap.history.places import Place
from pytest_roadmap.history.sheet import sheet_of
from pytest_roadmap.history.store import append
from pytest_roadmap.history.summary import history_with
from pytest_roadmap.reporting import archive

EXAMPLE = Path(__file__).parents[2] / "reports/examples/scorecard.json"


pytestmark = pytest.mark.usefixtures("history")


@pytest.fixture
def history(tmp_path, monkeypatch):
    """Three runs in the default place, and the terminal as narrow as it gets."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    database = Database(Place(file=tmp_path / "reports/history.sqlite"))
    commits = ("0123456789", "0123456789", "fedcba9876")
    runs = ("pppfn", "pfpfn", "pppfn")
    for n, (letters, commit) in enumerate(zip(runs, commits, strict=True)):
        append(database, run_of(f"2026020{n + 1}", letters, commit=commit, day=n))


def told(capsys, *arguments):
    assert main(list(arguments)) == 0
    out = capsys.readouterr().out
    assert max(map(len, out.splitlines())) <= 80
    return [line.rstrip() for line in out.splitlines()]


def test_history_lists_the_runs(capsys):
    lines = told(capsys, "history")

    assert " ".join(lines[0].split()) == "run started (UTC) commit passed decision"
    row = " ".join(lines[2].split())
    assert row == "20260201 2026-02-02 02:40 012345678 3/5 ✗ NO-GO"
    assert len(lines) == 5


def test_trend_tells_rates_and_since_when_what_fails_fails(capsys):
    lines = told(capsys, "trend")

    assert lines[2].split() == ["1", "First", "▅▃▅", "60", "%", "60", "%", "95", "%"]
    failing = lines[-1].split()
    assert failing[:3] == ["A-3", "20260201", "2026-02-02"]
    assert failing[-1] == "3"


def test_trend_of_the_last_runs_says_that_it_may_have_begun_earlier(capsys):
    assert told(capsys, "trend", "--last", "2")[-1].endswith("≥ 2")


def test_flaky_tells_flips_and_those_on_one_commit(capsys):
    lines = told(capsys, "flaky")

    assert lines[2].split() == ["A-1", "0", "%", "2/3", "2", "1", "✓✗✓"]
    assert len(lines) == 3


@pytest.mark.parametrize(
    ("command", "key", "count"),
    [("history", "runs", 3), ("trend", "trends", 1), ("flaky", "flaky", 1)],
)
def test_each_tells_a_program_as_json(capsys, command, key, count):
    assert main([command, "--format", "json"]) == 0

    assert len(json.loads(capsys.readouterr().out)[key]) == count


def test_archives_are_added_once_and_each_that_cannot_be_read_is_told(tmp_path, capsys):
    good = tmp_path / "good"
    good.mkdir()
    shutil.copy(EXAMPLE, good)
    (tmp_path / "bad.json").write_text("{")

    assert main(["history", "import", str(good), str(tmp_path / "bad.json")]) == 1
    first = capsys.readouterr()
    assert main(["history", "import", str(good)]) == 0
    again = capsys.readouterr()

    assert first.out == "1 added, 0 were there, 1 unreadable\n"
    assert "bad.json: it is no complete JSON" in first.err
    assert again.out == "0 added, 1 were there, 0 unreadable\n"
    assert "NO-GO" in told(capsys, "history", "--suite", "example")[2]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["trend", "--history", "nowhere.sqlite"], "nowhere.sqlite: no run is there"),
        (["trend", "--history", "none"], "--history none: there is no history"),
        (["flaky", "--last", "0"], "--last: 0 is no number of runs\n  → use 1"),
        (["history", "--history", "mysql://x/y"], "'mysql' is no database"),
        (["history", "--suite", "three"], "no run is there\n  → make one with"),
    ],
)
def test_what_cannot_be_told_is_one_clear_error(capsys, arguments, words):
    assert main(arguments) == 1
    assert words in capsys.readouterr().err
    assert not Path("nowhere.sqlite").exists()


def test_an_archive_keeps_its_history(tmp_path):
    card = archive.read(EXAMPLE)
    older = replace(card, run=replace(card.run, id="older"))
    card = replace(card, history=history_with([sheet_of(older)], card))
    archive.pytest_roadmap_report(scorecard=card, folder=tmp_path)

    assert archive.read(tmp_path / "scorecard.json") == card
    assert len(card.history.runs) == 2
