from __future__ import annotations

import json
import subprocess
import time
from types import SimpleNamespace

import pytest
from tests.target.fake_api import pod

from pytest_roadmap.errors import TargetError
from pytest_roadmap.target.chain_node import SigningState
from pytest_roadmap.target.commands import CommandResult
from pytest_roadmap.target.faults.growing import Starved
from pytest_roadmap.target.faults.killing import end, gone, kill_in_vote
from pytest_roadmap.target.pods import Pod

POD = Pod(pod("validator-3"))


class Here:
    """This machine in the place of a node, with one process on it."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process

    def process_of(self, *_):
        return SimpleNamespace(pid=self.process.pid)

    def script(self, _node, text, *arguments, within=20.0):
        argv = ["sh", "-c", text, "roadmap", *arguments]
        result = subprocess.run(
            argv, capture_output=True, text=True, timeout=within, check=False
        )
        if result.returncode:
            raise TargetError(result.stderr)
        return result.stdout

    def run(self, _node, argv):
        result = subprocess.run(argv, capture_output=True, check=False)
        return CommandResult(status=result.returncode)


@pytest.fixture
def here():
    with subprocess.Popen(["sleep", "60"]) as process:
        yield Here(process)
        process.kill()


@pytest.fixture
def state(tmp_path):
    def written(height, number, step):
        document = {"height": str(height), "round": number, "step": step}
        file = tmp_path / "state.json"
        new = tmp_path / "state.new"
        new.write_text(json.dumps({**document, "signature": "x"}, indent=2))
        new.rename(file)
        return str(file)

    return written


def test_a_validator_is_killed_at_the_vote_that_follows(here, state) -> None:
    path = state(11, 0, 3)
    later = subprocess.Popen(
        [
            "sh",
            "-c",
            f"sleep 0.3; sed 's/11/12/; s/3/2/' {path} > {path}.b; mv {path}.b {path}",
        ]
    )

    killed = kill_in_vote(here, POD, "node", path, within=10)

    later.wait()
    assert killed.state == SigningState(height=12, round=0, step=2)
    assert killed.kill.at > 1e9
    assert here.process.wait() == -9
    assert gone(here, killed.kill)


def test_a_proposal_is_no_vote(here, state) -> None:
    path = state(11, 0, 3)
    state(12, 0, 1)

    with pytest.raises(TargetError, match="has not voted since 12/0/1"):
        kill_in_vote(here, POD, "node", path, within=1)

    assert here.process.poll() is None


def test_pods_are_deleted_when_their_processes_are_killed(here) -> None:
    deleted = []
    api = SimpleNamespace(delete=lambda *what, grace: deleted.append((*what, grace)))

    kills = end(api, here, [(POD, "node")])

    assert here.process.wait() == -9
    assert kills["validator-3"].machine == "worker-1"
    assert deleted == [("Pod", "validator-3", "chain", 0)]


def test_several_processes_end_at_one_moment(here) -> None:
    asked = []
    script, api = here.script, SimpleNamespace(delete=lambda *_, grace: grace)

    def noted(node, text, pid, moment):
        asked.append(int(moment) / 1e9)
        return script(node, text.replace("kill -KILL", "kill -0"), pid, moment)

    here.script, before = noted, time.time()
    (kill,) = end(api, here, [(POD, "node"), (POD, "node")]).values()

    assert asked[0] == asked[1] > before
    assert 0 <= kill.at - asked[0] < 1, "whoever is ready early waits for the moment"


def test_memory_is_short_when_the_kernel_has_killed(here) -> None:
    kills = ["0"]
    here.script = lambda *_: f"{kills[0]}\n"
    starved = Starved(
        nodes=here,
        pod=POD,
        container="node",
        size=1,
        process=SimpleNamespace(pid=here.process.pid),
    )

    assert starved.is_on() == f"process {here.process.pid} lives on"
    here.process.kill()
    here.process.wait()
    assert starved.is_on() == "the kernel has killed nobody in its control group"
    kills[0] = "1"
    assert starved.is_on() == ""
