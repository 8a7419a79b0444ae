from __future__ import annotations

from types import SimpleNamespace

import pytest

from pytest_roadmap.errors import TargetError
from pytest_roadmap.target.experiments import rounds

CONFIG = b"""
[consensus]
timeout_propose = "2s"
timeout_propose_delta = "500ms"
timeout_prevote = "500ms"
timeout_precommit = "500ms"
timeout_commit = "1m0.9s"
wal_file = "data/cs.wal/wal"
"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2s", 2.0),
        ("500ms", 0.5),
        ("1m30s", 90.0),
        ("1h0m1.5s", 3601.5),
        ("0", 0),
        ("0s", 0),
    ],
)
def test_a_duration_is_read_as_go_writes_it(text, expected) -> None:
    assert rounds.seconds(text) == pytest.approx(expected)


@pytest.mark.parametrize("text", ["", "2", "two s", "5 s", "s", "1d", "2s!"])
def test_what_go_would_refuse_is_refused(text) -> None:
    with pytest.raises(ValueError, match="is no duration"):
        rounds.seconds(text)


def test_the_timeouts_are_those_of_the_nodes_own_file() -> None:
    node = SimpleNamespace(name="validator-0", read_file=lambda _: CONFIG)

    found = rounds.timeouts(node)

    assert found["timeout_commit"] == pytest.approx(60.9)
    assert "wal_file" not in found


def test_a_file_that_cannot_be_read_is_named() -> None:
    node = SimpleNamespace(name="validator-0", read_file=lambda _: b"= broken")

    with pytest.raises(TargetError, match=r"timeouts cannot be read.*") as caught:
        rounds.timeouts(node)
    assert "validator-0, config/config.toml" in str(caught.value)


STEPS = {
    "timeout_propose": 2.0,
    "timeout_prevote": 0.5,
    "timeout_precommit": 0.5,
    "timeout_commit": 0.9,
}


def test_a_round_may_take_all_its_timeouts() -> None:
    assert rounds.budget(STEPS, interval=1.0) == pytest.approx(3.9)


def test_a_slow_chain_gets_three_of_its_own_intervals() -> None:
    assert rounds.budget(STEPS, interval=2.0) == pytest.approx(6.0)


def test_a_missing_timeout_is_named() -> None:
    with pytest.raises(TargetError, match="no timeout_commit"):
        rounds.budget(
            {k: v for k, v in STEPS.items() if "commit" not in k or "pre" in k}, 1
        )
