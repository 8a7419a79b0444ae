from __future__ import annotations

from pytest_roadmap.target.blocks import Blocks
from pytest_roadmap.target.clients import Answer
from pytest_roadmap.target.comet import Block
from pytest_roadmap.target.experiments.freshness import fresh_again, shown


def blocks(*moments: float) -> Blocks:
    """Return blocks that were committed at these moments, from height 1 on."""
    found = Blocks()
    for height, time in enumerate([0.0, *moments], start=1):
        found.add(
            Block(
                height=height,
                hash=f"H{height}",
                time=time,
                proposer="",
                votes={},
                app_hash="",
                evidence=0,
                transactions=0,
                arrived=time + 1,
            )
        )
    return found


def answer(at: float, height: int, client: str = "c", *, ok: bool = True) -> Answer:
    return Answer(
        client=client,
        at=at - 0.1,
        seconds=0.1,
        protocol="http",
        status="200",
        ok=ok,
        error="",
        captured=f'"{height}"',
    )


def test_state_is_as_old_as_the_network_is_ahead() -> None:
    chain = blocks(10, 20, 30, 40)

    (one,) = shown([answer(35, 1)], chain)

    assert (one.height, one.behind, one.age) == (1, 2, 20)


def test_a_block_that_is_newer_than_our_own_knowledge_is_fresh() -> None:
    (one,) = shown([answer(11, 3)], blocks(10, 20, 30))

    assert (one.behind, one.age, one.fresh) == (0, 0, True)


def test_failed_answers_show_nothing() -> None:
    assert not shown([answer(35, 1, ok=False)], blocks(10, 20, 30, 40))


def test_fresh_again_is_when_the_last_client_is() -> None:
    chain = blocks(10, 20, 30, 35, 40)
    found = shown([answer(35, 3, "a"), answer(36, 1, "b"), answer(45, 4, "b")], chain)

    assert fresh_again(found, since=34) == found[2].at
    assert fresh_again(found, since=40) is None
    assert fresh_again((), since=0) is None
