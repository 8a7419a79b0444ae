from __future__ import annotations

import pytest

from pytest_roadmap.errors import PlanError
from pytest_roadmap.model import Strength
from pytest_roadmap.probes import probe
from pytest_roadmap.probes.marks import tie_of


def test_a_probe_names_the_requirements_that_it_answers():
    mark = probe("A-1", "A-2", strength="observed").mark

    tie = tie_of([mark])

    assert tie is not None
    assert (tie.ids, tie.strength) == (("A-1", "A-2"), Strength.OBSERVED)


def test_a_plain_test_has_no_tie():
    assert tie_of([]) is None


def test_a_probe_without_an_id_is_refused():
    with pytest.raises(PlanError, match="names no requirement"):
        probe()


def test_an_unknown_strength_is_refused_with_the_known_ones():
    with pytest.raises(PlanError, match=r'"A-1".*"strong"(?s:.*)exercised'):
        probe("A-1", strength="strong")


def test_a_probe_cannot_attest():
    with pytest.raises(PlanError, match=r'"A-1".*"attested"'):
        probe("A-1", strength="attested")
