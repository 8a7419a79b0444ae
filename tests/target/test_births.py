from __future__ import annotations

import os
import time

from pytest_roadmap.target.births import Births


def test_one_process_learns_from_another_why_nothing_comes_up(tmp_path):
    Births(tmp_path / "state", "run-1", "it").note_failure("no such image")

    assert Births(tmp_path / "state", "run-1", "it").hopeless == "no such image"
    assert Births(tmp_path / "state", "run-2", "it").hopeless == ""


def test_the_first_cause_stays(tmp_path):
    births = Births(tmp_path, "run", "it")
    births.note_failure("no such image")
    births.note_failure("it took too long")

    assert births.hopeless == "no such image"


def test_after_one_success_a_failure_is_its_own(tmp_path):
    births = Births(tmp_path, "run", "it")
    births.note_success()
    births.note_failure("a busy machine")

    assert births.hopeless == ""


def test_records_of_former_runs_go_away(tmp_path):
    births = Births(tmp_path, "old", "it")
    births.note_success()
    births.note_failure("no such image")
    yesterday = time.time() - 90_000
    for file in tmp_path.iterdir():
        os.utime(file, (yesterday, yesterday))

    Births(tmp_path, "new", "it").note_success()

    assert [file.name for file in tmp_path.iterdir()] == ["born-new"]
