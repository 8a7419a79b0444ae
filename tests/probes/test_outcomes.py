from __future__ import annotations

import pytest

from pytest_roadmap.errors import NeverHappenedError, ProvisionError, UnavailableError
from pytest_roadmap.model import Outcome
from pytest_roadmap.probes import inconclusive, not_applicable, unavailable
from pytest_roadmap.probes.outcomes import Hung, InterruptedRun, outcome_of


def raised_by(act, *arguments) -> BaseException:
    with pytest.raises(BaseException) as caught:  # noqa: PT011 - any of them
        act(*arguments)
    return caught.value


@pytest.mark.parametrize(
    ("error", "outcome", "message"),
    [
        (AssertionError("3 of 4 Ready\nassert 3 == 4"), Outcome.FAILED, "3 of 4 Ready"),
        (NeverHappenedError("waited 5 s"), Outcome.FAILED, "waited 5 s"),
        (AssertionError(), Outcome.FAILED, "an assertion without words"),
        (UnavailableError("no netem"), Outcome.UNAVAILABLE, "no netem"),
        (KeyError("pod"), Outcome.ERROR, "KeyError: 'pod'"),
        (InterruptedRun("SIGTERM"), Outcome.NOT_RUN, "SIGTERM"),
        (Hung("no result after 3 s"), Outcome.ERROR, "hung: no result after 3 s"),
        (ProvisionError("no engine"), Outcome.ERROR, "no engine"),
    ],
)
def test_what_a_call_raises_decides_the_outcome(error, outcome, message):
    assert outcome_of(error, "call") == (outcome, message)


@pytest.mark.parametrize(
    ("signal", "outcome"),
    [
        (unavailable, Outcome.UNAVAILABLE),
        (inconclusive, Outcome.INCONCLUSIVE),
        (not_applicable, Outcome.NOT_APPLICABLE),
        (pytest.skip, Outcome.NOT_RUN),
        (pytest.fail, Outcome.FAILED),
    ],
)
def test_the_words_of_a_probe_author(signal, outcome):
    error = raised_by(signal, "because")

    assert outcome_of(error, "call") == (outcome, "because")


def test_a_false_assertion_in_a_fixture_says_nothing_about_the_requirement():
    outcome, message = outcome_of(AssertionError("no pods"), "setup")

    assert outcome is Outcome.ERROR
    assert message == "its fixtures broke: AssertionError: no pods"


def test_a_teardown_that_breaks_did_not_heal():
    outcome, message = outcome_of(OSError("node is cordoned"), "teardown")

    assert (outcome, message) == (
        Outcome.ERROR,
        "did not heal: OSError: node is cordoned",
    )


def test_an_exception_that_cannot_be_read_is_an_error_too():
    class OddError(Exception):
        def __str__(self) -> str:
            raise RuntimeError

    assert outcome_of(OddError(), "call")[0] is Outcome.ERROR


def test_a_long_message_is_cut():
    assert len(outcome_of(AssertionError("x" * 4_000), "call")[1]) == 300
