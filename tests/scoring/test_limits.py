from __future__ import annotations

import math

import pytest

from pytest_roadmap.model import Limit, Verdict
from pytest_roadmap.scoring.limits import breach

LIMITS = (("seconds_to_ready", 90.0),)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (95.0, "seconds_to_ready 95 > 90"),
        (90.0000001, "seconds_to_ready 90.0000001 > 90"),
        (math.inf, None),
    ],
)
def test_a_pass_that_breaks_a_limit_failed(lab, value, message):
    seen = lab.finding("A", measured=[("seconds_to_ready", value)], message="all Ready")

    result = lab.verdict(lab.requirement("A", limits=LIMITS), seen)

    if message is None:
        assert result.verdict is Verdict.ERROR
    else:
        assert (result.verdict, result.message) == (Verdict.FAILED, message)


def test_a_pass_on_the_limit_passed(lab):
    seen = lab.finding("A", measured=[("seconds_to_ready", 90.0)], message="all Ready")

    result = lab.verdict(lab.requirement("A", limits=LIMITS), seen)

    assert (result.verdict, result.message) == (Verdict.PASSED, "all Ready")


def test_a_limit_that_was_not_measured_is_an_error(lab):
    result = lab.verdict(lab.requirement("A", limits=LIMITS), lab.finding("A"))

    assert result.verdict is Verdict.ERROR
    assert result.message == (
        "limit on seconds_to_ready but the probe did not measure it"
    )


def test_no_number_is_an_error_and_no_pass(lab):
    seen = lab.finding("A", measured=[("seconds_to_ready", math.nan)])

    result = lab.verdict(lab.requirement("A", limits=LIMITS), seen)

    assert result.verdict is Verdict.ERROR
    assert result.message == "seconds_to_ready is nan, not a number"


def test_two_probes_may_share_the_limits_of_a_requirement(lab):
    asked = lab.requirement("A", limits=(("x", 1.0), ("y", 1.0)))
    findings = [
        lab.finding("A", probe="p", measured=[("x", 1.0)]),
        lab.finding("A", probe="q", measured=[("y", 1.0)]),
    ]
    mapped = {"A": ("p", "q")}

    assert lab.verdict(asked, *findings, mapped=mapped).verdict is Verdict.PASSED
    assert lab.verdict(asked, findings[0], mapped=mapped).verdict is Verdict.ERROR


def test_a_failed_probe_needs_no_second_reason(lab):
    seen = lab.finding("A", "failed", message="no leader")

    result = lab.verdict(lab.requirement("A", limits=LIMITS), seen)

    assert result.message == "no leader"


def test_a_lower_bound_reads_the_other_way():
    assert breach(Limit(name="blocks", at_least=60), 59) == "blocks 59 < 60"
