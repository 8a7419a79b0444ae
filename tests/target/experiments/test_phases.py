from __future__ import annotations

from types import SimpleNamespace

from pytest_roadmap.target.blocks import Blocks
from pytest_roadmap.target.comet import Block, RpcError
from pytest_roadmap.target.experiments.node_record import NodeRecord, Sample
from pytest_roadmap.target.experiments.phases import (
    Phase,
    Phases,
    connections,
    left_pending,
)


def chain_of(*moments: float, rounds: tuple[int, ...] = ()) -> Blocks:
    """Blocks from height 1 on, committed at these moments, signed by "a" and "b"."""
    blocks = Blocks(first=1)
    before = 0.0
    for height, moment in enumerate(moments, start=1):
        blocks.add(
            Block(
                height=height,
                hash=f"hash-{height}",
                time=before,
                proposer="a",
                votes={"a": before, **({"b": before} if height % 2 else {})},
                app_hash="",
                evidence=0,
                transactions=10,
                round=rounds[height - 1] if rounds else 0,
                arrived=moment,
            )
        )
        before = moment
    return blocks


def phase(first: int, last: int, **more) -> Phase:
    return Phase(
        name="50 ms", since=1.0, until=9.0, first=first, last=last, pending={}, **more
    )


def test_a_phase_is_measured_by_its_own_heights() -> None:
    blocks = chain_of(1, 2, 4, 6, 8, 9, rounds=(0, 0, 0, 0, 1, 0))
    found = phase(1, 5)

    assert list(found.heights) == [2, 3, 4, 5]
    assert found.interval(blocks) == 2
    assert found.late_rounds_percent(blocks) == 25  # height 4, by the block after it
    assert found.signed_percent(blocks, "b") == 50
    assert found.per_block(blocks) == 10
    assert found.longest_height(blocks) == 2
    assert found.ended(blocks) == 8


def test_a_phase_without_blocks_is_as_bad_as_can_be() -> None:
    blocks = chain_of(1, 2)
    found = phase(2, 2)

    assert found.interval(blocks) == found.seconds, "at least so long"
    assert found.late_rounds_percent(blocks) == 100
    assert found.signed_percent(blocks, "a") == 0
    assert found.per_block(blocks) == 0


def sample(at: float, pending: int) -> Sample:
    return Sample(
        at=at,
        node="full-0",
        height=1,
        round=0,
        catching_up=False,
        peers=frozenset(),
        pending=pending,
        latency=0.0,
    )


def test_what_counts_of_a_mempool_is_what_blocks_leave_in_it() -> None:
    record = NodeRecord()
    for at, pending in ((1, 0), (7, 30), (8, 12), (9, 25)):
        record.add_sample(sample(at, pending))

    assert left_pending(record) == {"full-0": 12}


class Node:
    """A node whose connections are as old as it is told."""

    def __init__(self, ages: dict[str, float] | None) -> None:
        self.name, self.ages, self.rpc = "full-0", ages, self

    def call(self, _: str) -> dict:
        if self.ages is None:
            raise RpcError("no answer")
        return {
            "peers": [
                {
                    "node_info": {"id": peer},
                    "connection_status": {"Duration": str(int(age * 1e9))},
                }
                for peer, age in self.ages.items()
            ]
        }


def test_a_node_that_does_not_answer_has_no_connections() -> None:
    assert connections(Node({"peer": 2.5})) == {"peer": 2.5}
    assert connections(Node(None)) == {}


def test_connections_that_are_gone_or_new_are_dropped_ones() -> None:
    node = Node({"kept": 100.0, "again": 90.0, "gone": 90.0})
    phases = Phases(
        experiment=SimpleNamespace(chain=SimpleNamespace(all_nodes=(node,)))
    )
    before = phases._connections()
    node.ages = {"kept": 130.0, "again": 3.0}

    assert phases._dropped(before, 30.0) == ("full-0-again", "full-0-gone")
