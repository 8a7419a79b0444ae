from __future__ import annotations

import hashlib
import json
import subprocess
from types import SimpleNamespace

import pytest

from pytest_roadmap.target.faults.misleading import Altered, Impersonated

PLACE = ("pv-1", "data/snapshots", "50")
CHUNKS = {"0": b"\x00first", "1": b"\xffsecond"}


class Machine:
    """Runs scripts here, with the kubelet's folder in a temporary one."""

    def __init__(self, folder) -> None:
        self.folder = folder

    def script(self, machine, script, *arguments, within=0.0):  # noqa: ARG002
        text = script.replace("/var/lib/kubelet", str(self.folder))
        command = ["sh", "-c", text, "roadmap", *arguments]
        run = subprocess.run(command, check=True, capture_output=True, text=True)
        return run.stdout


@pytest.fixture
def stored(tmp_path):
    folder = tmp_path / "pods/uid/volumes/csi/pv-1/mount/data/snapshots/50/3"
    folder.mkdir(parents=True)
    for number, content in CHUNKS.items():
        (folder / number).write_bytes(content)
    return folder


@pytest.fixture
def altered(tmp_path):
    return Altered(
        nodes=Machine(tmp_path),
        machine="worker-1",
        provider="full-1",
        volume=PLACE[0],
        folder=PLACE[1],
        height=50,
        genuine={n: hashlib.sha256(c).hexdigest() for n, c in CHUNKS.items()},
    )


def undo(fault):
    """Do the undo steps where the script is allowed to."""
    for step in fault.undo():
        fault.nodes.script(step.node, step.argv[2], *step.argv[4:])


def test_a_byte_of_each_chunk_is_altered_and_comes_back(altered, stored) -> None:
    assert altered.is_on() == "the chunks ['0', '1'] are as they were"

    altered.inject()
    altered.inject()

    assert altered.is_on() == ""
    assert [(stored / number).read_bytes() for number in CHUNKS] == [
        b"\xfffirst",
        b"\x00second",
    ]
    undo(altered)
    undo(altered)
    assert altered.is_off() == ""
    assert sorted(file.name for file in stored.iterdir()) == ["0", "1"]


def test_a_snapshot_that_was_pruned_meanwhile_counts_as_mended(altered, stored) -> None:
    altered.inject()
    for file in stored.iterdir():
        file.unlink()

    undo(altered)

    assert altered.is_off() == ""
    assert altered.is_on() == "it has the chunks []"


class Space:
    """Stands in for a namespace with one service."""

    name = "chain"

    def __init__(self, *addresses: str) -> None:
        self.addresses = addresses

    def endpoints(self, service):
        assert service == "full-rpc"
        return [SimpleNamespace(address=a, ready=True) for a in self.addresses]

    def __str__(self) -> str:
        return self.name


def impersonated(*addresses: str) -> Impersonated:
    return Impersonated(
        space=Space(*addresses),
        service="full-rpc",
        genuine={"app": "full", "tier": "node"},
        other={"app": "look-alike"},
        addresses=frozenset({"10.0.0.9"}),
    )


def test_a_service_is_impersonated_when_it_leads_to_nobody_else() -> None:
    assert impersonated("10.0.0.9").is_on() == ""
    assert impersonated("10.0.0.9", "10.0.0.1").is_on() == (
        "it leads to ['10.0.0.1', '10.0.0.9']"
    )
    assert impersonated("10.0.0.1").is_off() == ""
    assert impersonated("10.0.0.9").is_off() == "it leads to ['10.0.0.9']"


def test_the_own_selector_is_what_the_undo_writes() -> None:
    (step,) = impersonated().undo()

    assert step.object == "Service/full-rpc"
    assert json.loads(step.patch) == {
        "spec": {"selector": {"app": "full", "tier": "node"}}
    }
