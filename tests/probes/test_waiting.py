from __future__ import annotations

import threading
import time

import pytest

from pytest_roadmap.errors import NeverHappenedError
from pytest_roadmap.probes import eventually, throughout


def test_a_claim_that_holds_returns_its_answer_at_once():
    began = time.monotonic()

    assert eventually(lambda: 7, within=10) == 7
    assert time.monotonic() - began < 0.1


def test_a_wait_that_ends_in_vain_names_the_claim_and_its_last_answer():
    def every_replica_is_ready() -> list[str]:
        return []

    with pytest.raises(NeverHappenedError) as caught:
        eventually(every_replica_is_ready, within=0.05)

    assert str(caught.value) == (
        "waited 0.05 s for 'every_replica_is_ready'; last answer: []"
    )


def test_a_false_assertion_in_a_claim_is_an_answer_and_not_the_end():
    answers = iter([AssertionError("still 3"), OSError("refused"), None])

    def it_answers() -> bool:
        answer = next(answers)
        if answer:
            raise answer
        return True

    assert eventually(it_answers, within=5)


def test_another_exception_ends_the_wait():
    def broken() -> bool:
        raise KeyError("name")

    with pytest.raises(KeyError):
        eventually(broken, within=5)


def test_a_wake_event_makes_it_ask_again_within_100_ms():
    wake, facts = threading.Event(), []
    asked_at = []

    def the_fact_is_there() -> bool:
        asked_at.append(time.monotonic())
        return bool(facts)

    def tell() -> None:
        facts.append(time.monotonic())
        wake.set()

    # by 1.3 s the pauses have grown to half a second
    timer = threading.Timer(1.3, tell)
    timer.start()
    eventually(the_fact_is_there, within=10, wake=wake)

    assert asked_at[-1] - facts[0] < 0.1


def test_throughout_says_when_a_claim_stopped_to_hold():
    began = time.monotonic()

    def it_is_early() -> bool:
        return time.monotonic() - began < 0.2

    with pytest.raises(NeverHappenedError, match=r"'it_is_early'.*not after \d\.\d s"):
        throughout(it_is_early, lasting=5)


def test_throughout_asks_at_the_end_as_well():
    answers = []

    throughout(lambda: answers.append(1) or True, lasting=0.1)

    assert len(answers) >= 2
