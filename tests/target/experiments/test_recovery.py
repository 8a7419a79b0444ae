from __future__ import annotations

from pytest_roadmap.target.blocks import Blocks
from pytest_roadmap.target.comet import Block
from pytest_roadmap.target.experiments.recovery import third_signature

ALICE = "AA"


def chain(*votes: float | None) -> Blocks:
    """Return blocks 1, 2, …; Alice voted for block n at the n-th time, or not."""
    found = Blocks()
    for height, at in enumerate([None, *votes], start=1):
        found.add(
            Block(
                height=height,
                hash="",
                time=100.0 + height - 1,
                proposer="",
                votes={} if at is None else {ALICE: at},
                app_hash="",
                evidence=0,
                transactions=0,
            )
        )
    return found


def test_three_commits_in_a_row_are_needed() -> None:
    blocks = chain(101, 102, None, 104, 105, 106)

    assert third_signature(blocks, ALICE, since=100) == 106


def test_two_are_not_enough() -> None:
    assert third_signature(chain(None, 102, 103), ALICE, since=100) is None


def test_a_vote_from_before_does_not_count() -> None:
    blocks = chain(101, 102, 103, 104, 105)

    assert third_signature(blocks, ALICE, since=102.5) == 105
