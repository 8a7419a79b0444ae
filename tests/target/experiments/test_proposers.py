from __future__ import annotations

from types import SimpleNamespace

from hypothesis import given
from hypothesis import strategies as st

from pytest_roadmap.target.experiments.proposers import Standing, following, standings


def standing(address: str, power: int = 10, priority: int = 0) -> Standing:
    return Standing(address=address, power=power, priority=priority)


def test_validators_of_equal_power_take_turns() -> None:
    known = [
        standing("A", priority=-15),
        standing("B", priority=-5),
        standing("C", priority=15),
        standing("D", priority=5),
    ]

    assert following(known, 6) == ("C", "D", "B", "A", "C", "D")


def test_among_equals_the_lower_address_comes_first() -> None:
    assert following([standing("B"), standing("A")], 2) == ("A", "B")


@given(st.lists(st.integers(1, 50), min_size=1, max_size=6))
def test_turns_are_as_frequent_as_power_is_great(powers) -> None:
    known = [standing(str(n), power) for n, power in enumerate(powers)]

    turns = following(known, sum(powers))

    assert [turns.count(one.address) for one in known] == powers


def test_standings_are_read_from_the_rpc() -> None:
    entry = {"address": "A", "voting_power": "7", "proposer_priority": "-3"}
    asked = []

    def call(method, **arguments):
        asked.append((method, arguments["height"]))
        return {"validators": [entry]}

    found = standings(SimpleNamespace(call=call), 12)

    assert found == (standing("A", 7, -3),)
    assert asked == [("validators", "12")]
