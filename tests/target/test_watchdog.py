from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from pytest_roadmap.errors import UnavailableError
from pytest_roadmap.target import watchdog
from pytest_roadmap.target.journal import Journal, Undo, left_behind
from pytest_roadmap.target.pulse import pulse

if TYPE_CHECKING:
    from pytest_roadmap.target.heal import Healing

STEP = Undo(way="uncordon", node="worker-1")
RUNNER = """
import sys
from pathlib import Path
from pytest_roadmap.target.journal import Journal, Undo
journal = Journal(Path(sys.argv[1]), "cluster")
journal.begin("left behind", (Undo(way="uncordon", node="worker-1"),))
print("begun", flush=True)
sys.stdin.read()
"""
DOG = """
import sys
from pathlib import Path
from pytest_roadmap.target import watchdog
from pytest_roadmap.target.heal import Healing

def heal(cluster, folder):
    for file in folder.glob("faults-*"):
        file.unlink()
    return Healing(undone=(f"uncordoned on {cluster}",))

watchdog.heal_left_behind = heal
print("waiting", flush=True)
sys.exit(watchdog.main([sys.argv[1], "kind"]))
"""


@pytest.fixture
def runner(tmp_path):
    """A process that has begun a fault, and its journal."""
    process = subprocess.Popen(
        [sys.executable, "-c", RUNNER, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "begun\n"
    (journal,) = tmp_path.glob("faults-*.jsonl")
    yield process, journal
    process.kill()
    process.communicate()


def test_the_watchdog_heals_when_the_run_is_killed_and_not_before(runner) -> None:
    process, journal = runner
    dog = subprocess.Popen(
        [sys.executable, "-c", DOG, str(journal)],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert dog.stdout.readline() == "waiting\n"
    with pytest.raises(subprocess.TimeoutExpired):
        dog.wait(0.5)

    os.kill(process.pid, signal.SIGKILL)
    said, _ = dog.communicate(timeout=20)

    assert dog.returncode == 0
    assert "undone: uncordoned on kind" in said


def test_a_run_that_ends_in_order_leaves_nothing_to_do(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(watchdog, "heal_left_behind", _must_not)
    journal = Journal(tmp_path, "cluster")
    entry = journal.begin("the light is off", (STEP,))
    (file,) = tmp_path.glob("faults-*.jsonl")
    journal.end(entry)
    journal.close()

    assert watchdog.main([str(file), "kind"]) == 0


def test_what_cannot_be_healed_is_tried_again_and_told(
    tmp_path, monkeypatch, capsys
) -> None:
    def unreachable(cluster, folder):  # noqa: ARG001 - the real one's arguments
        raise UnavailableError("the engine does not answer")

    monkeypatch.setattr(watchdog, "heal_left_behind", unreachable)
    monkeypatch.setattr(watchdog, "_TRIES_S", 0.2)
    monkeypatch.setattr(watchdog, "_PAUSE_S", 0.1)
    journal = Journal(tmp_path, "cluster")
    journal.begin("the light is off", (STEP,))
    (file,) = tmp_path.glob("faults-*.jsonl")
    kept = file.read_text()
    journal._file.close()  # the process is gone
    file.write_text(kept)

    assert watchdog.main([str(file), "kind"]) == 1

    said = capsys.readouterr().out
    assert said.count("not yet: the engine does not answer") >= 2
    assert "run `pytest-roadmap heal --cluster kind`" in said
    assert len(list(left_behind(tmp_path))) == 1


def test_a_journal_wakes_its_watchdog_once(tmp_path) -> None:
    woken = []
    journal = Journal(tmp_path, "cluster", woken.append)

    journal.end(journal.begin("first", ()))
    journal.end(journal.begin("second", ()))

    (file,) = tmp_path.glob("faults-*.jsonl")
    assert woken == [file]
    journal.close()


def test_the_watchdog_is_a_process_of_its_own(tmp_path) -> None:
    file = tmp_path / "faults-gone.jsonl"  # it ended before the watchdog looked

    watchdog.start(file, "kind")

    pulse.ask_until(
        (tmp_path / watchdog.LOG).exists,
        within=10,
        what="the log of the watchdog",
        every=0.1,
    )
    assert (tmp_path / watchdog.LOG).read_text() == ""


def _must_not(cluster, folder) -> Healing:
    """Fail the test."""
    pytest.fail(f"{cluster} was healed in {folder}")
