"""What the fact `rolling_update` makes of what was recorded."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

from pytest_roadmap.target.evicting import Asked
from pytest_roadmap.target.evictions import Refusal
from pytest_roadmap.target.pods import Pod

FILE = Path(__file__).parents[2] / "suites/kubernetes/facts/rolling_update.py"
NO = Refusal(status=429, causes=("DisruptionBudget",), message="not now")


@pytest.fixture(scope="module")
def fact():
    spec = importlib.util.spec_from_file_location("rolling_update_fact", FILE)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look themselves up there
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


def asked(name, at, refusal=NO):
    pod = Pod(raw={"metadata": {"name": name}})
    return Asked(pod=pod, sent=at, answered=at + 0.1, refusal=refusal)


def update(fact, *answers, signed=(18.0, 38.0), followed=(11.0, 31.0)):
    """Two replacements: validator-1 from 10 to 20, validator-0 from 30 to 40."""
    return fact.RollingUpdate(
        began=5.0,
        ended=60.0,
        problem="",
        replacements=tuple(
            fact.Replacement(
                name=name,
                deleted=deleted,
                ready=deleted + 10,
                became_ready=deleted + 9,
                signed=vote,
                followed=noticed,
            )
            for name, deleted, vote, noticed in zip(
                ("validator-1", "validator-0"),
                (10.0, 30.0),
                signed,
                followed,
                strict=True,
            )
        ),
        asked=answers,
        most_down_at_once=1,
        longest_gap=2.0,
        revisions={},
    )


def test_who_is_asked_about_beside_a_validator_that_is_down(fact):
    beside = asked("validator-0", 12.0, None)
    itself = asked("validator-1", 13.0)
    before_the_budget_knew = asked("validator-0", 10.5, None)
    when_the_budget_may_know_more_than_we = asked("validator-0", 19.5, None)
    last = asked("validator-1", 39.5)
    answers = (
        beside,
        itself,
        before_the_budget_knew,
        when_the_budget_may_know_more_than_we,
        last,
    )

    assert update(fact, *answers).asked_while_down() == (beside,)


def test_between_is_after_the_first_and_before_the_last_while_all_are_up(fact):
    between = asked("validator-1", 25.0, None)
    answers = (asked("validator-0", 8.0), between, asked("validator-0", 45.0))

    assert update(fact, *answers).asked_between() == (between,)


@pytest.mark.parametrize(
    ("signed", "early"),
    [
        ((18.0, 38.0), ()),
        ((30.5, 38.0), ("validator-0",)),
        ((None, 38.0), ("validator-0",)),
        ((18.0, None), ()),
    ],
)
def test_a_validator_is_taken_early_before_the_last_one_has_signed(fact, signed, early):
    assert update(fact, signed=signed).taken_early == early


def test_what_the_budget_never_noticed_is_not_judged_but_told(fact):
    record = update(fact, asked("validator-0", 12.0), followed=(None, 31.0))

    assert record.asked_while_down() == ()
    assert "budget followed never" in str(record.replacements[0])
    assert "Ready after 10.0 s" in str(record.replacements[0])
