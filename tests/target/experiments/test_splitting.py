from __future__ import annotations

import contextlib
import threading
from types import SimpleNamespace

import pytest

from pytest_roadmap.errors import NeverHappenedError
from pytest_roadmap.target import clock
from pytest_roadmap.target.experiments import round_state, splitting
from pytest_roadmap.target.experiments.node_record import NodeEvent, NodeRecord, Sample
from pytest_roadmap.target.experiments.phase_split import Missed
from pytest_roadmap.target.experiments.round_state import RoundState
from pytest_roadmap.target.experiments.splitting import Splitter

HEIGHT = 12
NAMES = [f"validator-{number}" for number in range(4)]


class Node:
    """A validator that restarts as soon as it is killed."""

    def __init__(self, name: str) -> None:
        self.name, self.address = name, name[-1] * 40
        self.role = SimpleNamespace(container="node")
        self.container = SimpleNamespace(restarts=0)
        self.rpc = SimpleNamespace(
            headers=lambda first, _: [SimpleNamespace(hash=f"hash-{first}")]
        )

    def until_restarted(self, restarts, *, within):
        assert (restarts, within) == (0, splitting.RESTART_S)
        self.restarted = True

    def exit_code_since(self, moment):
        assert self.restarted
        assert moment <= clock.now()
        return 137

    def __str__(self) -> str:
        return self.name


class Scene:
    """A chain at one height, and what its validators say of it."""

    def __init__(self, monkeypatch) -> None:
        self.record = NodeRecord()
        self.nodes = [Node(name) for name in NAMES]
        self.states = {name: {"proposal": "", "locked": ""} for name in NAMES}
        self.on_drop = lambda: None
        self.killed: list[str] = []
        self.story: list[str] = []
        self.budget = 0.4
        monkeypatch.setattr(round_state, "ask", self.ask)
        for name in NAMES:
            self.sample(name, HEIGHT - 2)

    def ask(self, node) -> RoundState:
        return RoundState(
            node=node.name,
            height=HEIGHT,
            round=0,
            step=4,
            prevotes=2,
            precommits=2,
            precommitters=frozenset({node.address[:12]}),
            **self.states[node.name],
        )

    def sample(self, name: str, height: int) -> None:
        self.record.add_sample(
            Sample(
                at=clock.now(),
                node=name,
                height=height,
                round=0,
                catching_up=False,
                peers=frozenset(),
                pending=0,
                latency=0.0,
            )
        )

    def decide(self, *_, **__) -> None:
        """Let one validator have the height, and more."""
        self.sample(NAMES[0], HEIGHT + 1)

    def tell(self, kind: str, name: str, height: int = HEIGHT, step: str = "") -> None:
        event = NodeEvent(
            at=clock.now() + 60, node=name, kind=kind, height=height, step=step
        )
        self.record.add_event(event)

    def soon(self, kind: str, name: str, step: str = "") -> None:
        """Tell of the height when somebody waits for it already."""
        timer = threading.Timer(0.1, self.tell, (kind, name), {"step": step})
        timer.daemon = True
        timer.start()

    @contextlib.contextmanager
    def inject(self, drop):
        drop.injected = clock.now()
        self.on_drop()
        yield drop
        drop.healed = clock.now()

    def splitter(self) -> Splitter:
        def kill(node):
            self.killed.append(node.name)
            return SimpleNamespace(at=clock.now())

        chain = SimpleNamespace(
            validators=self.nodes,
            node=lambda name: next(n for n in self.nodes if n.name == name),
            faults=SimpleNamespace(
                dropped=lambda *_: SimpleNamespace(
                    injected=0.0,
                    healed=None,
                    prepare=lambda: self.story.append("written down"),
                    heal=lambda: self.story.append("healed"),
                ),
                killed=kill,
            ),
            blocks=SimpleNamespace(wait_for_height=self.decide),
        )
        experiment = SimpleNamespace(
            chain=chain,
            record=self.record,
            budget=self.budget,
            inject=self.inject,
            note=lambda *_: None,
            until_recovered=lambda node, **_: 1.0 + NAMES.index(node.name),
        )
        held = SimpleNamespace(works=SimpleNamespace(reports=tuple))
        return Splitter(experiment, held, lever=None)


@pytest.fixture
def scene(monkeypatch) -> Scene:
    return Scene(monkeypatch)


def test_a_proposal_that_one_half_has_splits_its_height(scene) -> None:
    for name in NAMES[2:]:
        scene.states[name]["proposal"] = "AB"
    scene.on_drop = lambda: [scene.tell("TimeoutPropose", n) for n in NAMES[:2]]
    scene.soon("CompleteProposal", "validator-3")

    split = scene.splitter().on_proposal(hold=0.2)

    assert (split.height, split.block) == (HEIGHT, "AB")
    assert split.decided is not None
    assert split.decided >= split.healed
    assert split.side == ("validator-2", "validator-3")
    assert split.healed - split.began >= 0.2


def test_a_proposal_that_went_through_is_missed(scene) -> None:
    for name in NAMES:
        scene.states[name]["proposal"] = "AB"
    scene.soon("CompleteProposal", "validator-3")

    with pytest.raises(Missed, match="validator-0 got the proposal of height 12"):
        scene.splitter().on_proposal(hold=0.1)


def test_a_proposal_that_came_late_is_missed(scene) -> None:
    for name in NAMES:
        scene.states[name]["proposal"] = "AB"
    scene.on_drop = lambda: [scene.tell("TimeoutPropose", n) for n in NAMES[:2]]
    scene.soon("CompleteProposal", "validator-3")

    with pytest.raises(Missed, match="the proposal of height 12 is at"):
        scene.splitter().on_proposal(hold=0.1)


def test_a_locked_half_is_restarted_and_asked_for_its_locks(scene) -> None:
    for name in NAMES[:3]:
        scene.states[name]["locked"] = "AB"
    scene.soon("Lock", "validator-2")

    split = scene.splitter().on_lock()

    assert split.block == "AB"
    assert split.side == tuple(NAMES[:3])
    assert scene.killed == ["validator-0", "validator-1"]
    assert split.relocked == ("AB", "AB")
    assert split.exit_codes == (137, 137)


def test_locks_of_no_whole_half_are_missed(scene) -> None:
    for name in ("validator-0", "validator-2"):
        scene.states[name]["locked"] = "AB"
    scene.soon("Lock", "validator-2")

    with pytest.raises(Missed, match="no half was locked at height 12"):
        scene.splitter().on_lock()
    assert not scene.killed


def test_a_commit_that_some_have_splits_its_height(scene) -> None:
    scene.on_drop = lambda: scene.tell("NewRoundStep", "validator-0", HEIGHT + 1)
    scene.soon("NewRoundStep", "validator-0", step="RoundStepCommit")

    split = scene.splitter().on_commit(hold=0.1)

    assert split.side == ("validator-0",)
    assert split.block == f"hash-{HEIGHT}"
    assert split.recovered == 4.0


def test_a_commit_that_all_have_is_missed(scene) -> None:
    scene.on_drop = lambda: [
        scene.tell("NewRoundStep", name, HEIGHT + 1) for name in NAMES
    ]
    scene.soon("NewRoundStep", "validator-0", step="RoundStepCommit")

    with pytest.raises(Missed, match="all have committed height 12"):
        scene.splitter().on_commit(hold=0.1)


def test_a_chain_that_stands_still_has_no_height_to_split(scene, monkeypatch) -> None:
    monkeypatch.setattr(splitting, "HEIGHT_S", 0.1)

    with pytest.raises(NeverHappenedError, match="Lock at any node"):
        scene.splitter().on_lock()
    assert scene.story == ["written down", "healed"]
