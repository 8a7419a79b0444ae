from __future__ import annotations

from types import SimpleNamespace

import pytest
from tests.target.fake_api import pod

from pytest_roadmap.errors import TargetError, UnavailableError
from pytest_roadmap.target import bulk, memory, mempools
from pytest_roadmap.target.blocks import Blocks
from pytest_roadmap.target.bulk import Order
from pytest_roadmap.target.comet import Block
from pytest_roadmap.target.faults.crowding import Crowded
from pytest_roadmap.target.faults.flooding import Flooded
from pytest_roadmap.target.faults.growing import Grown
from pytest_roadmap.target.mempools import Mempool
from pytest_roadmap.target.pods import Pod

MIB = 1 << 20


@pytest.fixture
def validator() -> Pod:
    status = {"containerStatuses": [{"name": "node", "containerID": "containerd://c1"}]}
    return Pod(pod("validator-0", **status))


class Machines:
    """Machines that answer scripts as a test wants."""

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)

    def script(self, _node, _script, *_arguments, within=20.0) -> str:  # noqa: ARG002
        return self.answers.pop(0)


# ----------------------------------------------------------------------- memory


def test_what_can_be_dropped_is_no_part_of_the_working_set(validator) -> None:
    found = memory.of(Machines("100\n30\n2\n"), validator, "node")

    assert (found.working_set, found.oom_kills) == (70, 2)


def test_a_container_that_does_not_run_has_no_memory(validator) -> None:
    with pytest.raises(TargetError, match="no control group"):
        memory.of(Machines(""), validator, "node")


def grown(validator, size: int, over: int, readings: tuple[int, ...]) -> Grown:
    """Return a growth by so many MiB, and what the working set is at each look."""
    return Grown(
        nodes=Machines(*(f"{reading * MIB} 0 0" for reading in readings)),
        pod=validator,
        container="node",
        size=size * MIB,
        over=over * MIB,
    )


def test_a_growth_is_seen_on_top_of_what_was_there(validator) -> None:
    fault = grown(validator, 40, over=100, readings=(100, 131, 141))

    assert fault.is_on() == "the working set has grown by 0 MiB"
    assert fault.is_on() == "the working set has grown by 31 MiB"
    assert fault.is_on() == ""


def test_a_small_growth_may_come_with_what_the_node_takes_itself(validator) -> None:
    fault = grown(validator, 4, over=100, readings=(108, 117))

    assert fault.is_on() == ""
    assert fault.is_on() == "the working set has grown by 17 MiB"


def test_a_container_that_is_killed_for_its_growth_was_grown(validator) -> None:
    fault = Grown(
        nodes=Machines(""), pod=validator, container="node", size=MIB, over=MIB
    )

    assert fault.is_on() == ""


class PeakMachines:
    """Machines that sample until they are told to stop."""

    def __init__(self) -> None:
        self.sampled: list[tuple[str, ...]] = []
        self.stopped: list[str] = []

    def script(self, node, script, *arguments, within=20.0) -> str:  # noqa: ARG002
        if script.startswith("rm -f"):
            self.stopped.append(node)
            return ""
        self.sampled.append((node, *arguments[2:]))
        return "".join(f"{name} {len(name)}000\n" for name in arguments[2:])


def test_peaks_are_told_by_node_when_the_sampling_ends() -> None:
    machines = PeakMachines()
    nodes = [
        SimpleNamespace(
            name=name,
            worker=worker,
            container=SimpleNamespace(id=identity),
            instance=SimpleNamespace(nodes=machines),
        )
        for name, worker, identity in (("a", "w1", "x"), ("b", "w1", "yy"))
    ]

    with memory.peaks(nodes, within=5) as peaks:
        assert peaks == {}

    assert peaks == {"a": 1000, "b": 2000}
    assert machines.sampled == [("w1", "x", "yy")]
    assert machines.stopped == ["w1"]


# ---------------------------------------------------------------------- mempools


def test_a_mempool_is_as_full_as_its_scarcer_bound() -> None:
    whole = Mempool(transactions=100, bytes=1000)

    assert Mempool(transactions=50, bytes=900).share_of(whole) == pytest.approx(0.9)
    assert Mempool(transactions=95, bytes=10).share_of(whole) == pytest.approx(0.95)


def test_a_capacity_is_read_from_the_nodes_own_settings() -> None:
    text = b"[mempool]\nsize = 2000\nmax_txs_bytes = 8388608\n"
    node = SimpleNamespace(name="full-0", read_file=lambda _: text)
    bare = SimpleNamespace(name="full-0", read_file=lambda _: b"[p2p]\n")

    assert mempools.capacity(node) == Mempool(transactions=2000, bytes=8388608)
    with pytest.raises(TargetError, match="capacity cannot be read"):
        mempools.capacity(bare)


def block(height: int) -> Block:
    return Block(
        height=height,
        hash="",
        time=float(height),
        proposer="",
        votes={"A": float(height)} if height % 2 else {},
        app_hash="",
        evidence=0,
        transactions=0,
    )


def flooded(pending: int, size: int, entered: int = 0, **said) -> Flooded:
    """Return a flood whose node holds so much, and whose sender tells this."""
    answer = {"n_txs": "1", "total": str(pending), "total_bytes": str(size)}
    node = SimpleNamespace(
        rpc=SimpleNamespace(call=lambda _: answer),
        metric=lambda _, absent: 1000.0 + entered + absent,
    )
    fault = Flooded(
        chain=SimpleNamespace(full=[node]),
        order=Order(size=20_000),
        capacity=Mempool(transactions=100, bytes=1000),
    )
    fault._before = 1000.0
    fault._sender = SimpleNamespace(told=bulk.told(said))
    return fault


def test_a_flood_is_on_when_the_mempool_is_full() -> None:
    assert flooded(95, 10).is_on() == ""
    assert "holds 94 transactions" in flooded(94, 10).is_on()


def test_a_flood_is_on_when_all_that_was_sent_has_entered_the_mempool() -> None:
    assert flooded(20, 10, entered=48, taken=50, final=True).is_on() == ""
    assert "(47 have entered)" in flooded(0, 0, 47, taken=50, final=True).is_on()
    assert flooded(20, 10, entered=50, taken=50).is_on() != ""


def test_a_sender_needs_accounts_in_the_profile() -> None:
    paw = SimpleNamespace(name="paw", accounts=None)
    chain = SimpleNamespace(name="chain", profile=paw)

    with pytest.raises(UnavailableError, match="paw has no accounts"):
        bulk.pod(chain, Order(size=20_000))


# --------------------------------------------------------------------- crowding


class BusyMachines:
    """Machines with counters of the CPU, and of one neighbour on each."""

    def __init__(self, *readings: tuple[float, float, float]) -> None:
        self.readings = list(readings)

    def script(self, _node, _script) -> str:
        used, idle, _ = self.readings[0]
        return f"{used} {idle}\n2\n"

    def control_group(self, _pod, _container):
        return SimpleNamespace(cpu_seconds=self.readings[0][2])


@pytest.mark.parametrize(
    ("idle", "ours", "seen"),
    [
        (0.8, 8.0, ""),
        (3.0, 8.0, "15 % of the CPU time is idle, the neighbours use 80 %"),
        (0.0, 4.0, "0 % of the CPU time is idle, the neighbours use 40 %"),
    ],
)
def test_machines_are_crowded_when_neighbours_have_most_of_them(
    idle, ours, seen
) -> None:
    machines = BusyMachines((100.0, 50.0, 0.0), (120.0, 50.0 + idle, ours))
    neighbours = [SimpleNamespace(name=f"busy-{n}") for n in range(2)]
    fault = Crowded(
        nodes=machines,
        space=SimpleNamespace(pods=SimpleNamespace(now=lambda: neighbours)),
        machines=("w1", "w2"),
        loops=4,
        deadline_s=60,
    )
    fault._since = fault._read()
    machines.readings.pop(0)

    assert fault.is_on() == seen


def test_what_kept_the_machines_busy_at_first_does_not_count_for_ever() -> None:
    machines = BusyMachines((100, 50, 0), (120, 50, 4), (121, 50, 4.5), (140, 50, 16))
    fault = Crowded(
        nodes=machines,
        space=SimpleNamespace(
            pods=SimpleNamespace(now=lambda: [SimpleNamespace(name="busy-0")])
        ),
        machines=("w1",),
        loops=4,
        deadline_s=60,
    )
    seen = []
    fault._since = fault._read()
    for _ in range(3):
        machines.readings.pop(0)
        seen.append(fault.is_on())

    assert seen == [
        "0 % of the CPU time is idle, the neighbours use 20 %",
        "it is too early to tell",
        "",
    ]


def test_the_share_of_signed_blocks_counts_known_commits_only() -> None:
    blocks = Blocks()
    for height in range(1, 6):
        blocks.add(block(height))

    assert blocks.signed_percent("A", since=0, until=10) == pytest.approx(50)
    with pytest.raises(ValueError, match="no block"):
        blocks.signed_percent("A", since=100)
