"""A process of our own whose clock is moved, by the scripts that nodes run."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from types import SimpleNamespace

import pytest

from pytest_roadmap.errors import TargetError, UnavailableError
from pytest_roadmap.target.faults import skewing
from pytest_roadmap.target.faults.skewing import Skewed, ahead, enough, time_call_of

HOUR = 3600
TELLS_TIME = """
import sys, threading, time
def busy():
    while True:
        time.time()
if "busy" in sys.argv:
    threading.Thread(target=busy, daemon=True).start()
for _ in sys.stdin:
    print(time.time() - time.monotonic(), flush=True)
"""


class Here:
    """Stands in for the nodes: this machine."""

    def script(self, _, script, *arguments):
        done = self.run(("sh", "-c", script, "roadmap", *arguments))
        if done.returncode:
            raise TargetError(done.stderr)
        return done.stdout

    def run(self, argv):
        return subprocess.run(argv, check=False, capture_output=True, text=True)


class Child:
    """A process that tells by how much its two clocks differ, and does nothing else."""

    def __init__(self, *how):
        self.process = subprocess.Popen(
            [sys.executable, "-c", TELLS_TIME, *how],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.right = self.ask()

    def ask(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return float(self.process.stdout.readline())

    @property
    def off(self):
        return self.ask() - self.right


@pytest.fixture(params=["idle", "busy"])
def child(request):
    running = Child(request.param)
    yield running
    running.process.kill()
    running.process.communicate()


def skewed(child, seconds):
    pid = child.process.pid
    return Skewed(
        nodes=Here(),
        name="validator-1",
        machine="worker",
        pid=pid,
        seconds=seconds,
        before=time_call_of(Here(), "worker", pid),
        measured=lambda: child.off,
    )


@pytest.mark.parametrize("seconds", [HOUR, -HOUR])
def test_the_wall_clock_of_one_process_moves_and_comes_back(child, seconds):
    fault = skewed(child, seconds)
    (step,) = fault.undo()
    assert fault.is_on() == "the process asks for the time as before"

    fault.inject()

    assert child.off == pytest.approx(seconds, abs=1)
    assert time.time() - time.monotonic() == pytest.approx(child.right, abs=1)
    assert fault.is_on() == ""
    assert fault.is_off() == "the process still asks for the time by our function"

    assert Here().run(step.argv).returncode == 0

    assert child.off == pytest.approx(0, abs=1)
    assert fault.is_off() == ""


def test_code_that_moves_no_clock_is_not_taken_for_it(child, monkeypatch):
    fault = skewed(child, HOUR)
    monkeypatch.setattr(skewing, "_ADD", bytes.fromhex("909090c3"))  # adds nothing

    fault.inject()

    assert fault.is_on() == "the clock of validator-1 seems to be off by 0 s"
    assert Here().run(fault.undo()[0].argv).returncode == 0


def test_a_process_that_has_ended_has_nothing_to_undo(child):
    fault = skewed(child, HOUR)
    child.process.kill()
    child.process.communicate()

    with pytest.raises(TargetError, match="the process has ended"):
        fault.inject()
    assert Here().run(fault.undo()[0].argv).returncode == 0
    assert fault.is_off() == ""


@pytest.mark.parametrize("child", ["idle"], indirect=True)
def test_a_process_that_was_stopped_stays_so(child):
    fault = skewed(child, HOUR)
    child.process.send_signal(signal.SIGSTOP)

    fault.inject()

    status = (Here().run(("cat", f"/proc/{child.process.pid}/status"))).stdout
    assert "State:\tT" in status
    child.process.send_signal(signal.SIGCONT)
    assert child.off == pytest.approx(HOUR, abs=1)


def test_another_kind_of_machine_is_told(child, monkeypatch):
    monkeypatch.setattr(skewing, "_MACHINE", "EM_AARCH64")

    with pytest.raises(UnavailableError, match="on EM_AARCH64, not EM_X86_64"):
        skewed(child, HOUR)


@pytest.mark.parametrize("seconds", [0, 19, -5])
def test_too_little_is_refused(seconds):
    with pytest.raises(TargetError, match="cannot be told from a slow block"):
        enough(seconds)


def test_a_nodes_clock_is_read_from_its_next_height():
    state = {"round_state": {"start_time": "2100-01-01T00:00:00.5Z"}}
    node = SimpleNamespace(rpc=SimpleNamespace(call=lambda _: state))

    assert ahead(node) == pytest.approx(4102444800.5 - time.time(), abs=1)
