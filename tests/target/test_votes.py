from __future__ import annotations

from pytest_roadmap.target.experiments import NodeEvent, NodeRecord
from pytest_roadmap.target.votes import conflicting


def vote(height: int, block: str, *, who: str = "AA", kind: str = "prevote"):
    return NodeEvent(
        at=1.0,
        node="full-0",
        kind="Vote",
        height=height,
        block=block,
        address=who,
        vote=kind,
    )


def test_the_same_vote_heard_twice_is_one_vote():
    record = NodeRecord()
    for event in (vote(1, "X"), vote(1, "X"), vote(1, "Y", kind="precommit")):
        record.add_event(event)

    assert conflicting(record, "AA") == ()


def test_two_blocks_or_nil_and_a_block_conflict():
    record = NodeRecord()
    for event in (vote(1, "X"), vote(1, ""), vote(2, "X"), vote(2, "Y", who="BB")):
        record.add_event(event)

    assert conflicting(record, "AA") == ("prevote of height 1, round 0: X, nil",)
