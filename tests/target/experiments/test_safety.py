from __future__ import annotations

from pytest_roadmap.target.blocks import Blocks
from pytest_roadmap.target.comet import Block, Header, State
from pytest_roadmap.target.experiments import safety


def blocks(*hashes: str, accused: tuple[str, ...] = ()) -> Blocks:
    """Return recorded blocks 1, 2, … with these hashes; S1, S2, … are their states."""
    found = Blocks()
    for height, text in enumerate(hashes, start=1):
        found.add(
            Block(
                height=height,
                hash=text,
                time=float(height),
                proposer="",
                votes={},
                app_hash=f"S{height - 1}",
                evidence=len(accused),
                transactions=0,
                accused=accused,
            )
        )
    return found


def headers(*hashes: str) -> tuple[Header, ...]:
    """Return headers 1, 2, … with these hashes."""
    return tuple(
        Header(height=height, hash=text, app_hash=f"S{height - 1}")
        for height, text in enumerate(hashes, start=1)
    )


def test_nodes_that_agree_are_one_chain() -> None:
    found = safety.compare(
        {"a": headers("X", "Y"), "b": headers("X")}, {}, blocks("X", "Y"), first=1
    )

    assert not found.conflicts
    assert found.compared == 2


def test_two_blocks_at_one_height_are_found_with_their_holders() -> None:
    found = safety.compare(
        {"a": headers("X", "Y"), "b": headers("X", "Z"), "c": headers("X", "Y")},
        {},
        Blocks(),
        first=1,
    )

    assert found.conflicts == ("height 2 has 2 blocks: Y (a, c); Z (b)",)


def test_a_block_that_was_replaced_after_its_commit_is_found() -> None:
    found = safety.compare({"a": headers("X", "Z")}, {}, blocks("X", "Y"), first=1)

    assert found.conflicts == ("height 2 has 2 blocks: Y (as it was committed); Z (a)",)


def test_heights_before_the_experiment_are_not_ours_to_judge() -> None:
    found = safety.compare({"a": ()}, {}, blocks("X", "Y"), first=2)

    assert found.compared == 0


def test_a_state_that_is_not_the_chains_is_found() -> None:
    states = {
        "a": State(height=1, app_hash="S1"),
        "b": State(height=1, app_hash="OTHER"),
    }

    found = safety.compare({}, states, blocks("X", "Y"), first=1)

    assert found.mismatches == ("b has app hash OTHER at height 1, the chain has S1",)


def test_the_accused_are_collected() -> None:
    found = safety.compare({}, {}, blocks("X", accused=("AA",)), first=1)

    assert found.accused == {"AA"}
