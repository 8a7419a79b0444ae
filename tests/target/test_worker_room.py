"""What every worker of our cluster gets: a disk and memory of declared size."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest
import yaml

from pytest_roadmap.target import making

CLUSTER = Path(__file__).parents[2] / "k8s" / "cluster"
ROOM = CLUSTER / "worker" / "room"
MIB, GIB = 1 << 20, 1 << 30
FOR_PODS = 5 * 1024
FOR_DISK = 6 * 1024
FAILS = "#!/bin/sh\nexit 1\n"


def configuration() -> dict:
    return yaml.safe_load(making.configuration(CLUSTER / "kind.yaml"))


def test_every_worker_and_no_other_node_gets_room() -> None:
    for node in configuration()["nodes"]:
        mounts = {m["containerPath"]: m["hostPath"] for m in node["extraMounts"]}
        assert all(Path(source).is_file() for source in mounts.values())
        has = any(path.endswith("roadmap-room.service") for path in mounts)
        assert has is (node["role"] == "worker")


def test_kubelets_of_workers_read_the_settings_that_the_room_writes() -> None:
    texts = configuration()["kubeadmConfigPatches"]
    patches = {patch["kind"]: patch for patch in map(yaml.safe_load, texts)}
    join = patches["JoinConfiguration"]["nodeRegistration"]["kubeletExtraArgs"]

    assert f"settings={join['config-dir']} " in ROOM.read_text("utf-8")
    assert "evictionHard" not in patches["KubeletConfiguration"], "of every node"


def test_the_service_asks_for_the_sizes_that_are_documented() -> None:
    text = (CLUSTER / "worker/roadmap-room.service").read_text("utf-8")
    command = re.search(r"^ExecStart=(.*)$", text, re.MULTILINE)

    assert command
    assert command[1].split()[-2:] == [str(FOR_DISK), str(FOR_PODS)]


@pytest.fixture
def worker(tmp_path):
    """Return how the script runs in a folder, with programs that only take notes."""
    text = ROOM.read_text("utf-8")
    for place in ("/var/lib", "/run/roadmap", "/proc/meminfo", "/dev/"):
        text = text.replace(place, f"{tmp_path}{place}")
    programs = tmp_path / "bin"
    for folder in (programs, tmp_path / "proc", tmp_path / "dev", tmp_path / "var/lib"):
        folder.mkdir(parents=True)

    def program(name: str, text: str) -> None:
        (programs / name).write_text(text)
        (programs / name).chmod(0o755)

    def run(*, memory: int = 24 * GIB, **others: str) -> subprocess.CompletedProcess:
        (tmp_path / "proc/meminfo").write_text(f"MemTotal: {memory // 1024} kB\n")
        known = {
            "mknod": f'#!/bin/sh\necho "mknod $*" >> {tmp_path}/ran\n: > "$1"\n',
            "losetup": f"#!/bin/sh\necho {tmp_path}/dev/loop70\n",
            "mkfs.ext4": f'#!/bin/sh\necho "mkfs $*" >> {tmp_path}/ran\n',
            "mount": f'#!/bin/sh\necho "mount $*" >> {tmp_path}/ran\n',
            "mountpoint": FAILS,
            "getent": "#!/bin/sh\necho 10.9.9.9 STREAM node\n",
        }
        for name, content in {**known, **others}.items():
            program(name, content)
        return subprocess.run(
            ["sh", "-c", text, "room", str(FOR_DISK), str(FOR_PODS)],
            check=False,
            capture_output=True,
            text=True,
            env={"PATH": f"{programs}:{os.environ['PATH']}"},
        )

    run.folder = tmp_path
    return run


def settings(folder: Path) -> dict:
    """Return the settings of a kubelet, merged as it merges them."""
    merged: dict = {"evictionHard": {"nodefs.available": "0%"}}
    for file in sorted((folder / "run/roadmap/kubelet.d").glob("*.conf")):
        document = yaml.safe_load(file.read_text())
        assert document.pop("apiVersion") == "kubelet.config.k8s.io/v1beta1"
        assert document.pop("kind") == "KubeletConfiguration"
        merged["evictionHard"].update(document.pop("evictionHard", {}))
        merged.update(document)
    return merged


def test_the_first_start_makes_a_disk_that_takes_nothing_yet(worker) -> None:
    done = worker()
    image = worker.folder / "var/lib/roadmap-room.img"
    ran = (worker.folder / "ran").read_text()

    assert done.returncode == 0, done.stderr
    assert image.stat().st_size == FOR_DISK * MIB
    assert image.stat().st_blocks == 0
    home = worker.folder / "var/lib/kubelet"
    assert f"mount -o loop,noatime {image} {home}\n" in ran
    assert ran.index("mkfs") < ran.index("mount")
    assert f"mknod {worker.folder}/dev/loop70 b 7 70\n" in ran
    assert settings(worker.folder) == {
        "enforceNodeAllocatable": ["pods"],
        "systemReserved": {"memory": f"{19 * 1024**2}Ki"},
        "evictionHard": {"memory.available": "1Gi", "nodefs.available": "512Mi"},
        "evictionPressureTransitionPeriod": "10s",
    }


def test_a_later_start_keeps_the_disk_and_tells_the_present_address(worker) -> None:
    worker()
    flags = worker.folder / "var/lib/kubelet/kubeadm-flags.env"
    flags.write_text('KUBELET_KUBEADM_ARGS="--node-ip=10.1.1.1 --v=1"\n')
    (worker.folder / "ran").unlink()
    done = worker()

    assert done.returncode == 0, done.stderr
    assert "mkfs" not in (worker.folder / "ran").read_text()
    assert flags.read_text() == 'KUBELET_KUBEADM_ARGS="--node-ip=10.9.9.9 --v=1"\n'


def test_a_mounted_disk_is_not_mounted_again(worker) -> None:
    done = worker(mountpoint="#!/bin/sh\nexit 0\n")

    assert done.returncode == 0, done.stderr
    assert not (worker.folder / "ran").exists()


def test_a_host_with_less_memory_gives_most_of_it_to_pods(worker) -> None:
    worker(memory=4 * GIB)

    reserved = settings(worker.folder)["systemReserved"]["memory"]
    assert reserved == f"{GIB // 2 // 1024}Ki"


def test_without_a_disk_of_its_own_the_kubelet_watches_none(worker) -> None:
    done = worker(mount=FAILS)

    assert done.returncode != 0
    found = settings(worker.folder)
    assert found["evictionHard"] == {
        "nodefs.available": "0%",
        "memory.available": "1Gi",
    }


def test_a_disk_that_could_not_be_made_is_made_at_the_next_start(worker) -> None:
    failed = worker(**{"mkfs.ext4": FAILS})

    assert failed.returncode != 0
    assert not (worker.folder / "var/lib/roadmap-room.img").exists()
    assert worker().returncode == 0
