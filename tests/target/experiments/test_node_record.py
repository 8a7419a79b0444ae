from __future__ import annotations

import pytest

from pytest_roadmap.errors import NeverHappenedError
from pytest_roadmap.target.experiments import impact
from pytest_roadmap.target.experiments.node_record import (
    NodeEvent,
    NodeRecord,
    Sample,
)
from pytest_roadmap.target.experiments.node_recorder import event_from


def sample(at: float, height: int, *peers: str, node: str = "a", **more) -> Sample:
    """Return a sample of a node."""
    return Sample(
        at=at,
        node=node,
        height=height,
        round=0,
        catching_up=more.get("catching_up", False),
        peers=frozenset(peers),
        pending=0,
        latency=0.01,
    )


def step(at: float, height: int, node: str = "a", round: int = 0) -> NodeEvent:  # noqa: A002 - the field's word
    """Return that a node decides about a height."""
    return NodeEvent(at=at, node=node, kind="NewRoundStep", height=height, round=round)


def test_who_decides_about_a_height_has_committed_the_one_before() -> None:
    record = NodeRecord()
    record.add_sample(sample(1.0, 6))
    record.add_event(step(1.5, 8))

    assert record.height_of("a") == 7
    assert record.height_of("a", moment=1.2) == 6
    assert record.height_of("a", moment=0.5) == 0


def test_the_highest_node_counts() -> None:
    record = NodeRecord()
    record.add_sample(sample(1.0, 6))
    record.add_sample(sample(1.0, 9, node="b"))

    assert record.highest() == 9
    assert record.highest(0.9) == 0


def test_a_height_is_reached_when_the_first_node_says_so() -> None:
    record = NodeRecord()
    record.add_sample(sample(1.0, 6))
    record.add_sample(sample(4.0, 7))
    record.add_event(step(3.0, 8, node="b"))

    assert record.reached_at(6) == 1.0
    assert record.reached_at(7) == 3.0, "who decides about 8 has committed 7"
    assert record.reached_at(8) is None


def test_a_round_belongs_to_its_height() -> None:
    record = NodeRecord()
    record.add_event(step(1.0, 8, round=2))

    assert record.round_of("a", 8) == 2
    assert record.round_of("a", 9) == 0


def test_events_are_found_by_what_they_are() -> None:
    record = NodeRecord()
    record.add_event(step(1.0, 8))
    record.add_event(step(2.0, 8, node="b"))
    record.add_event(step(3.0, 9))

    assert len(record.events("NewRoundStep", height=8)) == 2
    assert len(record.events("NewRoundStep", node="a", since=2.0)) == 1
    assert not record.events("Vote")


def test_waiting_for_an_event_says_where_the_nodes_are() -> None:
    record = NodeRecord()
    record.add_sample(sample(1.0, 6, "p", "q"))

    with pytest.raises(NeverHappenedError, match="a at 6 with 2 peers"):
        record.until_event("Lock", within=0.01)


def test_only_a_peer_that_was_lost_can_come_back() -> None:
    record = NodeRecord()
    for at, peers in enumerate(["pq", "p", "pq", "pqr", "qr", "pqr"]):
        record.add_sample(sample(float(at), 1, *peers))

    assert impact.reconnections(record, "a", since=0.0) == 2


def test_a_vote_is_read_from_the_nodes_words() -> None:
    value = {
        "Vote": {
            "type": 2,
            "height": "12",
            "round": 1,
            "block_id": {"hash": "BEEF"},
            "validator_address": "AA",
        }
    }

    found = event_from("a", "Vote", value, 5.0)

    assert (found.height, found.round, found.vote) == (12, 1, "precommit")
    assert (found.block, found.address) == ("BEEF", "AA")


def test_a_new_round_names_its_proposer() -> None:
    value = {
        "height": "12",
        "round": 1,
        "step": "RoundStepNewRound",
        "proposer": {"address": "AA", "index": 2},
    }

    found = event_from("a", "NewRound", value, 5.0)

    assert (found.height, found.round, found.address) == (12, 1, "AA")
