from __future__ import annotations

import threading

import pytest

from pytest_roadmap.errors import NeverHappenedError
from pytest_roadmap.target import clock
from pytest_roadmap.target.pulse import Pulse


def test_a_claim_is_asked_at_the_start_at_each_beat_and_at_the_end() -> None:
    pulse, asked = Pulse(), []
    threading.Timer(0.05, pulse.beat).start()

    with pytest.raises(NeverHappenedError):
        pulse.until(lambda: asked.append(1), within=0.3, what="a miracle")

    assert len(asked) == 3


def test_a_beat_wakes_at_once() -> None:
    pulse, known = Pulse(), []

    def learn() -> None:
        known.append(clock.now())
        pulse.beat()

    threading.Timer(0.05, learn).start()
    pulse.until(lambda: known, within=5, what="news")

    assert clock.now() - known[0] < 0.1


def test_what_costs_something_is_not_asked_at_each_beat() -> None:
    pulse, asked = Pulse(), []
    stop = threading.Event()

    def beat() -> None:
        while not stop.wait(0.001):
            pulse.beat()

    threading.Thread(target=beat, daemon=True).start()
    with pytest.raises(NeverHappenedError):
        pulse.ask_until(lambda: asked.append(1), within=0.3, what="it", every=0.1)
    stop.set()

    assert len(asked) <= 5


def test_time_alone_can_make_a_claim_true() -> None:
    start = clock.now()

    Pulse().until(
        lambda: clock.now() - start > 0.2, within=5, what="a while", every=0.05
    )

    assert clock.now() - start < 1


@pytest.mark.parametrize(
    ("answer", "seen", "expected"),
    [
        (None, None, "waited 0.01 s for it"),
        ([], None, "waited 0.01 s for it; last answer: []"),
        (False, lambda: "3 of 4", "waited 0.01 s for it; last seen: 3 of 4"),
        (False, lambda: "", "waited 0.01 s for it; last seen: nothing"),
    ],
)
def test_the_failure_says_what_was_seen_last(answer, seen, expected) -> None:
    with pytest.raises(NeverHappenedError) as error:
        Pulse().until(lambda: answer, within=0.01, what="it", seen=seen)

    assert str(error.value) == expected
