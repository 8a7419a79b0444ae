from __future__ import annotations

from dataclasses import replace

from pytest_roadmap.reporting import reading
from pytest_roadmap.reporting.sharing import shared


def test_what_is_known_of_a_scorecard_is_found_once(card):
    asked = []

    @shared
    def decision(scorecard):
        asked.append(scorecard)
        return scorecard.decision

    assert decision(card) is decision(card) is card.decision
    assert len(asked) == 1


def test_another_scorecard_is_looked_at_even_if_it_is_equal(card):
    fewer = replace(card, results=card.results[:3])

    assert sum(reading.counts(card).values()) == 18
    assert sum(reading.counts(fewer).values()) == 3
    assert sum(reading.counts(card).values()) == 18
