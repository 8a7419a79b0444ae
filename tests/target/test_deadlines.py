from __future__ import annotations

import subprocess
from types import SimpleNamespace

import pytest

from pytest_roadmap.target.faults import deadline
from pytest_roadmap.target.faults.deadline import Deadlines, as_kubectl
from pytest_roadmap.target.journal import Entry, Undo
from pytest_roadmap.target.pulse import pulse


class HereNodes:
    """Nodes whose scripts run on this machine."""

    def __init__(self) -> None:
        self.access = SimpleNamespace(names=lambda: ("control-plane", "worker-1"))
        self.ran: list[tuple[str, ...]] = []

    def script(self, node: str, script: str, *arguments: str) -> str:
        self.ran.append((node, *arguments))
        done = subprocess.run(
            ["sh", "-c", script, "roadmap", *arguments],
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout


def entry(*steps: Undo) -> Entry:
    """Return a fault that is undone by these steps."""
    return Entry(id="0123456789ab", at=0.0, context="", what="a fault", undo=steps)


def test_a_fault_that_nobody_heals_is_undone_at_its_deadline(tmp_path) -> None:
    healed = tmp_path / "healed with $spaces 'and' quotes"
    fault = entry(Undo(way="run", node="worker-1", argv=("touch", str(healed))))

    Deadlines(HereNodes(), seconds=0.2).arm(fault)

    pulse.ask_until(healed.exists, within=10, what="the deadline", every=0.05)


def test_a_fault_that_was_healed_is_forgotten(tmp_path) -> None:
    fault = entry(Undo(way="run", node="worker-1", argv=("touch", str(tmp_path / "x"))))
    deadlines = Deadlines(HereNodes(), seconds=600)

    deadlines.arm(fault)
    assert waiting()
    deadlines.disarm(fault)

    pulse.ask_until(lambda: not waiting(), within=5, what="its end", every=0.05)


def test_the_api_is_asked_on_the_control_plane() -> None:
    nodes = HereNodes()
    fault = entry(Undo(way="uncordon", node="worker-1"))

    Deadlines(nodes, seconds=600).arm(fault)
    Deadlines(nodes).disarm(fault)

    where, _, seconds, *command = nodes.ran[0]
    assert (where, seconds) == ("control-plane", "600")
    assert command[0] == "kubectl"
    assert command[-2:] == ["uncordon", "worker-1"]


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        (
            Undo(way="scale", object="StatefulSet/v", namespace="c", replicas=4),
            "--namespace c scale StatefulSet/v --replicas=4",
        ),
        (
            Undo(way="patch", object="Deployment/a", namespace="c", patch="{}"),
            "--namespace c patch Deployment/a --type=merge --patch={}",
        ),
        (
            Undo(way="delete", object="ResourceQuota/q", namespace="c"),
            "--namespace c delete ResourceQuota/q --ignore-not-found --wait=false",
        ),
    ],
)
def test_each_step_for_the_api_has_its_command(step, expected) -> None:
    assert " ".join(as_kubectl(step)).endswith(f"admin.conf {expected}")


@pytest.mark.parametrize("way", ["start", "resume", "connect"])
def test_what_the_engine_does_cannot_be_undone_from_inside(way) -> None:
    nodes = HereNodes()

    Deadlines(nodes).arm(entry(Undo(way=way, node="worker-1")))

    assert nodes.ran == []


def test_without_a_way_onto_the_nodes_nothing_is_armed() -> None:
    nodes = HereNodes()
    nodes.access = None

    Deadlines(nodes).arm(entry(Undo(way="uncordon", node="worker-1")))

    assert nodes.ran == []


def waiting() -> bool:
    """Whether a process waits for the deadline of our fault."""
    mark = f"ROADMAP_DEADLINE={entry().id}"
    done = subprocess.run(
        ["sh", "-c", 'grep -lsaF -- "$1" /proc/[0-9]*/environ', "look", mark],
        check=False,
        capture_output=True,
        text=True,
    )
    return bool(done.stdout.strip())


def test_the_longest_fault_outlives_every_probe_of_the_plan() -> None:
    assert deadline.SECONDS >= 600
