from __future__ import annotations

from types import SimpleNamespace

import pytest
from tests.target.fake_api import pod

from pytest_roadmap.errors import UnavailableError
from pytest_roadmap.target import data_volumes
from pytest_roadmap.target.data_volumes import DataVolume
from pytest_roadmap.target.faults.filling import Filled
from pytest_roadmap.target.faults.freezing import Frozen
from pytest_roadmap.target.faults.shaping import Shaped
from pytest_roadmap.target.faults.slowing import Slowed
from pytest_roadmap.target.faults.throttling import Throttled, quota_of
from pytest_roadmap.target.machines import ControlGroup, Process
from pytest_roadmap.target.pods import Pod

VOLUME = DataVolume(
    machine="worker-1",
    claim="data-validator-0",
    name="pvc-1",
    point="/mnt/pvc-1",
    device="7:3",
    kind="xfs",
    others=(),
)
GROUP = ControlGroup(
    memory_limit=None,
    memory_used=0,
    cpu_quota_us=50_000,
    cpu_period_us=100_000,
    cpu_seconds=1.0,
    periods=100,
    throttled=10,
)


class Machines:
    """Machines that answer scripts and control groups as a test wants."""

    def __init__(self, *answers: str, groups=()) -> None:
        self.answers = list(answers)
        self.groups = list(groups)
        self.asked: list[tuple[str, ...]] = []
        self.running: list[Process] = [
            Process(pid=1, inner_pid=1, state="S", memory=1, command="node")
        ]
        self.log = ""
        self.api = SimpleNamespace(logs=lambda *_, **__: self.log)

    def script(self, node, script, *arguments, within=20.0) -> str:  # noqa: ARG002
        self.asked.append((node, *arguments))
        return self.answers.pop(0) if self.answers else ""

    def control_group(self, _pod, _container) -> ControlGroup:
        return self.groups.pop(0)

    def processes(self, _pod, _container):
        return tuple(self.running)


@pytest.fixture
def validator() -> Pod:
    status = {"containerStatuses": [{"name": "node", "containerID": "containerd://c1"}]}
    return Pod(pod("validator-0", **status))


def group(**changes) -> ControlGroup:
    """Return the control group with some values changed."""
    known = {name: getattr(GROUP, name) for name in GROUP.__slots__}
    return ControlGroup(**{**known, **changes})


# -------------------------------------------------------------------------- CPU


@pytest.mark.parametrize(
    ("cores", "quota", "period"),
    [
        (0.5, 50_000, 100_000),
        (0.01, 1_000, 100_000),
        (0.004, 1_000, 250_000),
        (0.0001, 1_000, 1_000_000),
    ],
)
def test_less_than_a_millisecond_is_a_longer_period(cores, quota, period) -> None:
    assert quota_of(cores) == (quota, period)


def throttled(validator, *groups) -> Throttled:
    """Return a fault whose machine has these control groups, one after the other."""
    machines = Machines(groups=groups)
    return Throttled(
        nodes=machines, pod=validator, container="node", cores=0.004, before=GROUP
    )


def test_a_quota_counts_when_the_kernel_has_held_the_container(validator) -> None:
    fault = throttled(
        validator,
        GROUP,
        group(periods=104, throttled=14),
        group(periods=110, throttled=18),
        group(periods=110, throttled=19),
    )

    fault.inject()

    assert fault.nodes.asked == [("worker-1", "c1", "1000", "250000", "1")]
    assert fault.is_on() == "it was throttled in 4 of 4 periods"
    assert fault.is_on() == "it was throttled in 8 of 10 periods"
    assert fault.is_on() == ""


def test_the_journal_has_the_former_quota(validator) -> None:
    limited = throttled(validator)
    limited_undo = limited.undo()[0].argv
    free = Throttled(
        nodes=Machines(),
        pod=validator,
        container="node",
        cores=0.1,
        before=group(cpu_quota_us=None),
    )

    assert limited_undo[-4:] == ("c1", "50000", "100000", "0")
    assert free.undo()[0].argv[-4:] == ("c1", "-1", "100000", "0")


def test_a_quota_that_was_not_restored_is_told(validator) -> None:
    fault = throttled(validator, group(cpu_quota_us=1000), GROUP)

    assert fault.is_off() == "its quota is still 1000 of 100000 us"
    assert fault.is_off() == ""


# ------------------------------------------------------------------------- disks


def test_a_frozen_file_system_is_known_by_an_fsync_that_hangs() -> None:
    fault = Frozen(
        nodes=Machines("sleep S\n", "dd D\nsh S\n", "returned\n"),
        volume=VOLUME,
        deadline_s=60,
    )

    assert fault.is_on() == "no fsync hangs: sleep S"
    assert fault.is_on() == ""
    assert fault.is_on() == "a write with fsync came back"


def test_it_is_thawed_when_a_new_fsync_returns_and_nothing_is_left() -> None:
    fault = Frozen(
        nodes=Machines("sleep S\n", "", "", "", "returned\n"),
        volume=VOLUME,
        deadline_s=60,
    )

    assert fault.is_off() == "still there: sleep S"
    assert fault.is_off() == "a write with fsync does not come back"
    assert fault.is_off() == ""


def filled(machines, validator) -> Filled:
    """Return a fault on these machines."""
    return Filled(
        nodes=machines,
        volume=VOLUME,
        pod=validator,
        container="node",
        deadline_s=60,
    )


def test_a_volume_is_full_when_the_node_has_noticed(validator) -> None:
    machines = Machines("90000\n", "4096\ntaken\n", "0\n", "0\n", "16384\n")
    fault = filled(machines, validator)

    assert fault.is_on() == "90000 bytes are available"
    assert fault.is_on() == "4096 bytes are available"
    assert fault.is_on() == "the node has not noticed"
    machines.log = "write /home/node/data/wal: no space left on device"
    assert fault.is_on() == ""
    machines.log, machines.running = "", []
    assert fault.is_on() == ""


def test_a_filler_that_is_left_is_told(validator) -> None:
    fault = filled(Machines("/mnt/pvc-1/.roadmap-filler\n"), validator)

    assert fault.is_off() == "still there: /mnt/pvc-1/.roadmap-filler"


def test_a_volume_is_slow_when_an_fsync_takes_long(validator) -> None:
    fault = Slowed(
        nodes=Machines("0.01 0.02 0.03", "0.06 0.07 0.08"),
        volume=VOLUME,
        pod=validator,
        container="node",
        before_s=0.02,
        limit=0,
    )

    assert fault.wanted_s == pytest.approx(0.04)
    assert fault.is_on() == "an fsync takes 20.0 ms, not 40.0"
    assert fault.is_on() == ""
    assert fault.undo()[0].argv[-4:] == ("c1", "7:3", "0", "0")


@pytest.mark.parametrize(
    ("before", "wanted"), [(0.001, 0.02), (0.01, 0.02), (0.04, 0.08)]
)
def test_slow_is_20_ms_or_twice_what_a_slow_disk_takes(
    validator, before, wanted
) -> None:
    fault = Slowed(
        nodes=Machines(),
        volume=VOLUME,
        pod=validator,
        container="node",
        before_s=before,
        limit=0,
    )

    assert fault.wanted_s == pytest.approx(wanted)


def node_with(machines, validator) -> SimpleNamespace:
    """Return a chain node whose home is a claim's volume."""
    document = dict(validator.raw)
    document["spec"] = {
        "nodeName": "worker-1",
        "containers": [
            {
                "name": "node",
                "volumeMounts": [{"name": "data", "mountPath": "/home/node"}],
            }
        ],
        "volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": "mine"}}],
    }
    claims = {"mine": SimpleNamespace(name="mine", volume="pvc-1")}
    mounted = Pod(document)
    return SimpleNamespace(
        pod=mounted,
        container=mounted.container("node"),
        role=SimpleNamespace(home="/home/node"),
        instance=SimpleNamespace(nodes=machines, space=SimpleNamespace(claims=claims)),
    )


def test_a_volume_is_found_with_its_device(validator) -> None:
    node = node_with(Machines("/pods/u/volumes/csi/pvc-1/mount 7:3 xfs\n"), validator)

    volume = data_volumes.of(node)

    assert (volume.claim, volume.device, volume.kind) == ("mine", "7:3", "xfs")
    assert volume.alone


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("", "is no file system of its own"),
        ("/pods/u/pvc-1/mount 8:1 ext4\n/var/lib/kubelet\n", "shares its file system"),
    ],
)
def test_a_file_system_of_others_is_refused(validator, said, why) -> None:
    with pytest.raises(UnavailableError, match=why):
        data_volumes.of(node_with(Machines(said), validator))


# ----------------------------------------------------------------------- network


def test_a_token_bucket_counts_when_it_has_held_packets_back(validator) -> None:
    text = " Sent {} bytes 9 pkt (dropped 0, overlimits {} requeues 0)"
    fault = Shaped(
        nodes=Machines(
            "", text.format(10, 0), text.format(10**9, 5), text.format(9, 5)
        ),
        pod=validator,
        port=26656,
        rate=1000,
    )
    fault._since = 1.0  # long ago: what passed is below the rate

    assert fault.is_on() == "there is no token bucket"
    assert fault.is_on().startswith("no packet was held back (10 bytes")
    fault.rate = 0
    assert fault.is_on().startswith("1000000000 bytes passed")
    assert fault.is_on() == ""
