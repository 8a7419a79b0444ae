from __future__ import annotations

from fractions import Fraction

import pytest

from pytest_roadmap.model.percent import percent, percents


@pytest.mark.parametrize(
    ("outcomes", "threshold", "arithmetic"),
    [
        ({"passed": 61, "failed": 4}, 95, "61 of 65 = 93.8 % < 95 %, 62 needed"),
        ({"passed": 62, "failed": 3}, 95, "62 of 65 = 95.3 % ≥ 95 %, 62 needed"),
        ({"passed": 45}, 100, "45 of 45 = 100 % ≥ 100 %, 45 needed"),
        (
            {"passed": 58, "not_run": 6, "failed": 1},
            95,
            "58 of 65 = 89.2 % < 95 % ≤ 98.4 %, 62 needed, 6 unknown",
        ),
        (
            {"passed": 58, "not_run": 3, "failed": 4},
            95,
            "58 of 65 = 89.2 %, at most 61 of 65 = 93.8 % < 95 %, 62 needed",
        ),
        ({"passed": 0, "failed": 2}, 50, "0 of 2 = 0 % < 50 %, 1 needed"),
    ],
)
def test_the_arithmetic_can_be_followed(lab, outcomes, threshold, arithmetic):
    (phase,) = lab.phase(outcomes, threshold).phases

    assert phase.arithmetic == arithmetic


def test_counted_waivers_show_in_the_sum(lab):
    card = lab.phase(
        {"passed": 9, "failed": 1},
        100,
        waivers=[lab.waiver("failed-0")],
        policy={"waivers_count": True},
    )

    (phase,) = card.phases
    assert phase.arithmetic == "9 + 1 waived of 10 = 100 % ≥ 100 %, 10 needed"
    assert (phase.passed, phase.waived, phase.failed) == (9, 1, 0)
    assert phase.low == phase.high == 1


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (Fraction(61, 65), "93.8 %"),
        (Fraction(9999, 10000), "99.9 %"),
        (Fraction(99999, 100000), "99.9 %"),
        (Fraction(1), "100 %"),
        (Fraction(0), "0 %"),
        (Fraction(1, 10000), "<0.1 %"),
        (Fraction(1, 2), "50 %"),
        (Fraction(2, 3), "66.6 %"),
        (Fraction(2001, 10000), "20.0 %"),
    ],
)
def test_a_percentage_is_cut_off_and_never_rounded_up(share, text):
    assert percent(share) == text


def test_two_shares_never_look_equal_unless_they_are():
    low, wanted = percents(Fraction(6665, 10000), Fraction(2, 3))

    assert (low, wanted) == ("66.65 %", "66.66 %")


def test_an_empty_phase_has_no_rate(lab):
    card = lab.judged(
        [lab.requirement("A")],
        [lab.finding("A", "not_applicable")],
    )

    (phase,) = card.phases
    assert (phase.total, phase.low, phase.high) == (0, None, None)
    assert phase.arithmetic == "—"
    assert card.decision == "INDETERMINATE"
