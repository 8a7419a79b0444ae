"""Whatever ends a probe, a worker or the run: what was measured is kept."""

from __future__ import annotations

import os
import signal
import threading

import pytest

FILES = """
HERE = __import__("pathlib").Path(__file__).parent

@pytest.fixture
def broken_node():
    yield
    (HERE / "healed").write_text("yes")

@probe("A-1")
def test_passes(): pass

@probe("A-2")
def test_dies(broken_node):
    {act}

@probe("A-3")
def test_comes_later(): pass
"""
WAITS = '(HERE / "begun").write_text(str(os.getpid())); threading.Event().wait(50)'


@pytest.fixture
def dying(project):
    def make(act: str):
        project.suite(ids="A-1 A-2 A-3")
        project.probes(FILES.format(act=act))
        return project

    return make


def when_begun(project, act) -> None:
    """Call `act` with the process number of the probe that waits, once it does."""
    begun = project.root / "suites/tiny/words/begun"
    stop = threading.Event()
    while not (begun.exists() and begun.read_text()):
        assert not stop.wait(0.05)
    act(int(begun.read_text()))


def healed(project) -> bool:
    return (project.root / "suites/tiny/words/healed").exists()


def test_a_worker_that_exits_costs_only_its_probe(dying):
    ran = dying("os._exit(0)").run("--roadmap", "-n1")

    assert ran.verdicts == {"A-1": "passed", "A-2": "error", "A-3": "passed"}
    assert "died while it ran" in ran.messages["A-2"]
    assert ran.status == 11, ran.text


def test_a_worker_that_is_killed_costs_only_its_probe(dying):
    project = dying("os.kill(os.getpid(), signal.SIGKILL)")

    ran = project.run("--roadmap", "-n2")

    assert ran.verdicts == {"A-1": "passed", "A-2": "error", "A-3": "passed"}


def test_without_workers_the_archive_says_what_ended_the_process(dying):
    ran = dying("os._exit(0)").run("--roadmap", "-n0")

    assert ran.verdicts["A-1"] == "passed"
    assert ran.verdicts["A-2"] == "error"
    assert ran.messages["A-2"] == "the process ended while it ran"
    assert ran.verdicts["A-3"] == "not_run"


def test_a_probe_that_hangs_is_an_error_and_heals(dying, workers):
    project = dying("threading.Event().wait()")

    ran = project.run("--roadmap", "--roadmap-time-limit=1", workers)

    assert ran.verdicts == {"A-1": "passed", "A-2": "error", "A-3": "passed"}
    assert ran.messages["A-2"] == "hung: no result after 1 s"
    assert healed(project)
    evidence = ran.findings["A-2"]["evidence"]
    assert "stacks of all threads" in [entry["name"] for entry in evidence]


def test_a_probe_that_cannot_be_interrupted_loses_its_worker(dying):
    deaf = "signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGALRM])"
    project = dying(f"{deaf}; threading.Event().wait()")
    project.probes(
        "from pytest_roadmap.running import guarding\nguarding.GRACE_S = 0.5\n",
        "suites/tiny/conftest.py",
    )

    ran = project.run("--roadmap", "--roadmap-time-limit=1", "-n1")

    assert ran.verdicts == {"A-1": "passed", "A-2": "error", "A-3": "passed"}
    assert "could not be interrupted" in ran.messages["A-2"]
    (stacks,) = ran.findings["A-2"]["evidence"]
    assert "test_dies" in stacks["text"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_the_run_in_good_order(dying, workers, number):
    project = dying(WAITS)
    process = project.start("--roadmap", workers)

    when_begun(project, lambda _: os.kill(process.pid, number))
    ran = project.end(process)

    assert healed(project)
    assert ran.verdicts["A-2"] == "not_run", ran.text
    assert ran.findings["A-2"]["message"].startswith("interrupted by SIG")
    assert ran.findings["A-1"]["outcome"] == "passed"
    assert not ran.card["run"]["complete"]
    assert ran.status == 2
    assert (ran.folder / "junit.xml").exists()


def test_ctrl_c_reaches_all_processes_at_once(dying):
    project = dying(WAITS)
    process = project.start("--roadmap", "-n2")

    when_begun(project, lambda _: os.killpg(process.pid, signal.SIGINT))
    ran = project.end(process)

    assert healed(project)
    assert ran.verdicts["A-2"] == "not_run", ran.text
    assert ran.status == 2


def test_an_archive_is_there_from_the_start(dying):
    project = dying(WAITS)
    process = project.start("--roadmap", "-n0")

    when_begun(project, lambda _: os.killpg(process.pid, signal.SIGKILL))
    ran = project.end(process)

    assert ran.card["phases"][0]["total"] == 3
    assert list(ran.findings) == ["A-1"]
