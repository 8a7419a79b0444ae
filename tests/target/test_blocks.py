from __future__ import annotations

import pytest

from pytest_roadmap.errors import NeverHappenedError
from pytest_roadmap.target import clock
from pytest_roadmap.target.blocks import Blocks
from pytest_roadmap.target.comet import Block

ALICE, BOB = "AA", "BB"


def block(
    height: int, time: float, votes: dict[str, float] | None = None, **more
) -> Block:
    """Return a block whose header says that the one before was committed at `time`."""
    return Block(
        height=height,
        hash=f"H{height}",
        time=time,
        proposer=ALICE,
        votes={ALICE: time, BOB: time} if votes is None else votes,
        app_hash="",
        evidence=more.get("evidence", 0),
        transactions=0,
        arrived=more.get("arrived"),
    )


def chain(*times: float) -> Blocks:
    """Return blocks 1, 2, … whose predecessors were committed at these times."""
    blocks = Blocks()
    for height, time in enumerate(times, start=1):
        blocks.add(block(height, time, arrived=time + 1))
    return blocks


def test_a_block_is_committed_when_the_next_header_says_so() -> None:
    blocks = chain(100, 101, 102)

    assert blocks.committed_at(1) == 101
    assert blocks.committed_at(2) == 102
    assert blocks.committed_at(3) == 103  # the newest: when it arrived


def test_the_longest_gap_counts_whole_when_its_end_is_in_the_window() -> None:
    blocks = chain(100, 101, 121, 122)  # block 1 at 101, block 2 at 121

    assert blocks.longest_gap(since=110, until=123) == 20


def test_a_gap_that_is_still_open_counts_up_to_the_end_of_the_window() -> None:
    blocks = chain(100, 101, 102)

    assert blocks.longest_gap(since=101, until=150) == 47  # block 3 came at 103


def test_a_window_without_any_block_is_one_gap() -> None:
    assert Blocks().longest_gap(since=100, until=130) == 30


def test_the_median_interval_needs_two_blocks() -> None:
    assert chain(100, 101, 102, 105).median_interval() == 1
    with pytest.raises(ValueError, match="fewer than two blocks"):
        chain(100).median_interval()


def test_missed_blocks_are_counted_in_a_row() -> None:
    blocks = Blocks()
    signed = [True, False, False, True, False]
    for height, bob in enumerate(signed, start=2):
        votes = {ALICE: 100.0 + height} | ({BOB: 100.0 + height} if bob else {})
        blocks.add(block(height, 100 + height, votes))

    assert blocks.missed_in_a_row(BOB, since=0) == 2
    assert blocks.missed_in_a_row(ALICE, since=0) == 0
    assert blocks.missed_in_a_row("CC", since=0) == 4  # the newest is not known yet


def test_a_vote_made_before_the_moment_does_not_count_though_its_block_came_later() -> (
    None
):
    blocks = Blocks()
    blocks.add(block(5, 200, {ALICE: 205, BOB: 199}))

    assert blocks.first_signature(BOB, after=200) is None
    found = blocks.first_signature(ALICE, after=200)
    assert found is not None
    assert (found.height, found.at) == (4, 205)


def test_evidence_is_counted_above_a_height() -> None:
    blocks = chain(100, 101)
    blocks.add(block(3, 102, evidence=1))

    assert blocks.evidence() == 1
    assert blocks.evidence(above=3) == 0


def test_a_record_that_begins_in_the_middle_misses_nothing_before() -> None:
    blocks = Blocks(first=None)
    blocks.add(block(500, 100))

    assert blocks.missing(503) == (501, 502)


def test_missing_signatures_are_named() -> None:
    blocks = chain(100, 101)

    with pytest.raises(NeverHappenedError, match="none of CC; height 2"):
        blocks.wait_for_all_signatures([ALICE, "CC"], after=0, within=0.05)


def test_a_stall_is_seen_although_nothing_arrives() -> None:
    blocks = Blocks()
    blocks.add(block(7, clock.now(), arrived=clock.now()))

    assert blocks.wait_for_stall(0.3, within=3) == 7


def test_without_a_block_the_recorders_problem_is_told() -> None:
    blocks = Blocks()
    blocks.problem = "no node runs"

    with pytest.raises(
        NeverHappenedError, match=r"height 1; last seen: no block \(no node"
    ):
        blocks.wait_for_height(1, within=0.05)
