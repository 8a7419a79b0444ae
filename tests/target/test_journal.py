from __future__ import annotations

import json
import subprocess
import sys

import pytest
from tests.rights import as_nobody, open_the_way

from pytest_roadmap.errors import TargetError
from pytest_roadmap.target.journal import Journal, Undo, left_behind

STEP = Undo(way="run", node="worker-1", argv=("kill", "-CONT", "7"))
KILLED = """
import os, signal, sys
from pathlib import Path
from pytest_roadmap.target.journal import Journal, Undo
journal = Journal(Path(sys.argv[1]), "cluster")
done = journal.begin("undone before the end", ())
journal.end(done)
journal.begin("left behind", (Undo(way="uncordon", node="worker-1"),))
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_fault_is_on_the_disk_before_it_is_made(tmp_path) -> None:
    journal = Journal(tmp_path, "cluster")

    journal.begin("validator-1 is stopped", (STEP,))

    (file,) = tmp_path.glob("faults-*.jsonl")
    line = json.loads(file.read_text())
    assert line["what"] == "validator-1 is stopped"
    assert line["undo"][0]["argv"] == ["kill", "-CONT", "7"]
    journal.close()


def test_what_a_killed_process_has_left_is_found(tmp_path) -> None:
    run = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], check=False)
    assert run.returncode == -9

    ((_, entries),) = left_behind(tmp_path)

    (entry,) = entries
    assert (entry.what, entry.context) == ("left behind", "cluster")
    assert entry.undo == (Undo(way="uncordon", node="worker-1"),)


def test_what_a_living_process_does_is_left_alone(tmp_path) -> None:
    journal = Journal(tmp_path, "cluster")
    journal.begin("going on", (STEP,))
    read = (
        "import sys; from pathlib import Path; "
        "from pytest_roadmap.target.journal import left_behind; "
        "print(len(list(left_behind(Path(sys.argv[1])))))"
    )

    other = subprocess.run(
        [sys.executable, "-c", read, str(tmp_path)],
        check=True,
        capture_output=True,
        text=True,
    )

    journal.close()

    assert other.stdout.strip() == "0"


def test_a_line_that_was_cut_off_belongs_to_no_fault(tmp_path) -> None:
    journal = Journal(tmp_path, "cluster")
    journal.begin("whole", (STEP,))
    journal.close()
    (file,) = tmp_path.glob("faults-*.jsonl")
    file.write_text(file.read_text() + '{"id": "x", "at": 1, "wh')

    ((_, entries),) = left_behind(tmp_path)

    assert [entry.what for entry in entries] == ["whole"]


def test_a_finished_journal_is_removed_and_an_unfinished_one_stays(tmp_path) -> None:
    finished, unfinished = Journal(tmp_path, "c"), Journal(tmp_path, "c")
    finished.end(finished.begin("a", (STEP,)))
    unfinished.begin("b", (STEP,))

    finished.close()
    unfinished.close()

    ((_, entries),) = left_behind(tmp_path)
    assert [entry.what for entry in entries] == ["b"]


def test_without_a_journal_nothing_is_broken(tmp_path) -> None:
    tmp_path.chmod(0o555)
    open_the_way(tmp_path)

    with (
        as_nobody(),
        pytest.raises(TargetError, match="without it nothing may be broken"),
    ):
        Journal(tmp_path / "state", "cluster").begin("a", (STEP,))


def test_a_folder_that_cannot_be_made_is_told(tmp_path) -> None:
    (tmp_path / "state").write_text("a file")

    with pytest.raises(TargetError, match="the journal of faults cannot be written"):
        Journal(tmp_path / "state", "cluster").begin("a", (STEP,))
