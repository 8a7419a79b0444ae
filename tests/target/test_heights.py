from __future__ import annotations

import pytest

from pytest_roadmap.errors import TargetError
from pytest_roadmap.target.blocks import Blocks
from pytest_roadmap.target.comet import Block
from pytest_roadmap.target.heights import Heights, Told, network_height


def told(height, asked):
    return Told(node="a", asked=asked, answered=asked + 0.1, height=height)


@pytest.fixture
def blocks():
    known = Blocks(first=1)
    for height in range(1, 11):
        known.add(
            Block(
                height=height,
                hash="",
                time=100.0 + height,
                proposer="",
                votes={},
                app_hash="",
                evidence=0,
                transactions=0,
                arrived=None,
            )
        )
    return known


@pytest.fixture
def heights():
    record = Heights()
    for one in (told(3, 104.5), told(None, 106.0), told(4, 108.5)):
        record.add(one)
    return record


def test_the_height_of_the_network_is_that_of_the_last_commit(blocks):
    # Block 3 is committed when the votes in block 4 are made.
    assert network_height(blocks, 104.5) == 3
    assert network_height(blocks, 99.0) == 0


def test_a_node_is_as_far_behind_as_it_has_last_said(heights, blocks):
    assert heights.behind("a", blocks, 108.0) == 0
    assert heights.behind("a", blocks, 109.0) == 3


def test_what_was_not_told_yet_is_not_guessed(heights, blocks):
    with pytest.raises(TargetError, match="a had told no height by then"):
        heights.behind("a", blocks, 100.0)


def test_questions_without_an_answer_are_kept(heights):
    assert [one.asked for one in heights.silent("a")] == [106.0]
    assert heights.silent("a", since=107.0) == ()
