from __future__ import annotations

from dataclasses import replace

import pytest

from pytest_roadmap.model import Limit, Requirement
from pytest_roadmap.model.fingerprint import fingerprint, same_text

ASKED = Requirement(
    id="A-1",
    suite="demo",
    phase=1,
    section="All",
    topic="t",
    title="It holds.",
    then="It is seen to hold.",
    limits=(Limit(name="seconds", at_most=1), Limit(name="runs", at_least=3)),
)


@pytest.mark.parametrize(
    "change",
    [
        {"phase": 2},
        {"section": "Other"},
        {"seconds": 9.0},
        {"line": 7},
        {"title": " It\n  holds. "},
        {"limits": tuple(reversed(ASKED.limits))},
        {"limits": (Limit(name="seconds", at_most=1.0), ASKED.limits[1])},
    ],
)
def test_what_does_not_change_the_question_keeps_the_fingerprint(change):
    assert fingerprint(replace(ASKED, **change)) == fingerprint(ASKED)


@pytest.mark.parametrize(
    "change",
    [
        {"title": "It holds?"},
        {"given": "A day."},
        {"when": "It rains."},
        {"then": "It is seen."},
        {"counter_example": "a sieve"},
        {"limits": (Limit(name="seconds", at_most=2), ASKED.limits[1])},
        {"limits": (Limit(name="seconds", at_least=1), ASKED.limits[1])},
        {"title": "", "given": "It holds."},
    ],
)
def test_what_changes_the_question_changes_the_fingerprint(change):
    assert fingerprint(replace(ASKED, **change)) != fingerprint(ASKED)


def test_a_shortened_fingerprint_names_a_text_if_it_is_not_too_short():
    whole = fingerprint(ASKED)

    assert same_text(whole, ASKED)
    assert same_text(whole[:12], ASKED)
    assert not same_text(whole[:11], ASKED)
    assert not same_text("", ASKED)
    assert not same_text("0" * 12, ASKED)
