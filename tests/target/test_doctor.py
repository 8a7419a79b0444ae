"""The doctor's rows: what was found, what a lack costs, and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.target.fakes import GONE, GOOD, FakeMachine

from pytest_roadmap.cli.doctor import costs
from pytest_roadmap.model import Isolation, Requirement, Strength
from pytest_roadmap.target import doctor, engine
from pytest_roadmap.target.facts import Facts
from pytest_roadmap.target.places import Places

PATH = Path(__file__).parent


def machine(**changes):
    facts = {
        "root": True,
        "missing": (),
        "cgroup": 1,
        "kernel": "6",
        "cores": 2,
        "memory_gib": 20.0,
        "debian": "12",
        "watchers": 8192,
    }
    return Facts(**(facts | changes))


def rows(commands, facts):
    return {row.subject: row for row in doctor.features(commands, facts)}


def test_features_are_tried_in_a_network_of_their_own():
    commands = FakeMachine(("netem", GONE), ("ip_vs", GONE), ("", GOOD))
    found = rows(commands, machine())
    assert found["kernel: TBF"].ok
    assert found["kernel: NFQUEUE"].found == "there (tried)"
    assert found["kernel: netem"].found == "missing (tried)"
    assert found["kernel: netem"].ok  # packets go through NFQUEUE instead
    trials = [words for words in commands.ran if "qdisc" in words]
    assert trials
    assert all(words.startswith("unshare --net") for words in trials)


def test_without_loop_devices_what_needs_csi_is_lost():
    commands = FakeMachine(("losetup", GONE), ("", GOOD))
    row = rows(commands, machine())["kernel: loop devices"]
    assert not row.ok
    assert row.components == ("csi",)
    assert "runs out of disk" in row.cost


def test_without_tbf_the_row_says_what_cannot_be_done():
    commands = FakeMachine(("tbf", GONE), ("", GOOD))
    row = rows(commands, machine())["kernel: TBF"]
    assert not row.ok
    assert "bandwidth" in row.cost


def test_missing_capabilities_are_named():
    facts = machine(missing=("CAP_SYS_RESOURCE",))
    row = doctor._machine(facts, Places(checkout=".", cache=PATH))[1]
    assert row.ok
    assert "CAP_SYS_RESOURCE" in row.found


def test_little_memory_has_a_price():
    facts = machine(memory_gib=2.0)
    found = doctor._machine(facts, Places(checkout=".", cache=PATH))
    row = next(row for row in found if row.subject == "free memory")
    assert not row.ok
    assert row.found == "2 GiB, less than 6"


def test_no_engine_and_no_root_costs_everything(monkeypatch):
    monkeypatch.setattr(engine, "find", lambda *_: None)
    row = doctor._engine(
        Places(checkout=".", cache=PATH), FakeMachine(), machine(root=False)
    )
    assert not row.ok
    assert row.components == (doctor.EVERYTHING,)
    assert "DOCKER_HOST" in row.remedy


def requirement(name, *needs):
    return Requirement(
        id=name,
        suite="s",
        phase=1,
        section="x",
        topic="t",
        title="t",
        strength=Strength.OBSERVED,
        isolation=Isolation.READ,
        needs=needs,
    )


@pytest.mark.parametrize(
    ("components", "lost"), [(("csi",), ("B-1",)), (("*",), ("A-1", "B-1")), ((), ())]
)
def test_a_lack_costs_the_requirements_that_need_it(components, lost):
    row = doctor.Row(subject="x", ok=False, found="", components=components)
    asked = [requirement("A-1", "chain"), requirement("B-1", "chain", "csi")]
    assert costs(row, asked) == lost


def test_what_is_there_costs_nothing():
    row = doctor.Row(subject="x", ok=True, found="", components=("*",))
    assert costs(row, [requirement("A-1", "chain")]) == ()
