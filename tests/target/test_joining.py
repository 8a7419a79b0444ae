from __future__ import annotations

from pytest_roadmap.target.experiments import NodeEvent, NodeRecord
from pytest_roadmap.target.joining import Chunks, read_chunks
from pytest_roadmap.target.recovering import votes

LINE = (
    "5:45PM INF Applied snapshot chunk to ABCI app chunk={} format=3 height={} "
    "module=statesync total=3"
)


def test_the_chunks_of_the_newest_restore_count() -> None:
    lines = [LINE.format(0, 25), LINE.format(1, 25), LINE.format(0, 50)]

    chunks = read_chunks(lines)

    assert chunks == Chunks(height=50, applied=frozenset({0}), total=3)
    assert chunks.missing == 2


def test_without_a_line_nothing_is_restored() -> None:
    assert read_chunks([]) == Chunks(height=0, applied=frozenset(), total=0)


def vote(at: float, height: int, block: str, sort: str = "prevote") -> NodeEvent:
    return NodeEvent(
        at=at,
        node="full-0",
        kind="Vote",
        height=height,
        block=block,
        address="A",
        vote=sort,
    )


def test_votes_are_told_by_when_they_were_first_seen() -> None:
    record = NodeRecord()
    for event in (
        vote(1, 10, "x"),
        vote(2, 11, "y"),
        vote(9, 11, "y"),  # told again by a node that lags
        vote(9, 15, "z"),
        vote(9, 15, "z", "precommit"),
    ):
        record.add_event(event)

    found = votes(record, "A", 5)

    assert (found.last_before, found.first_after, found.conflicting) == (11, 15, ())


def test_two_votes_of_one_sort_are_a_conflict() -> None:
    record = NodeRecord()
    record.add_event(vote(1, 10, "x"))
    record.add_event(vote(9, 10, ""))

    assert votes(record, "A", 5).conflicting == ("prevote of height 10 in round 0",)
