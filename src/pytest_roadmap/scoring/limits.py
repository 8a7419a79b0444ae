"""Limits: the plan's bounds on the numbers that a probe measured."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from pytest_roadmap.model import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pytest_roadmap.model import Finding, Limit


def number(value: float) -> str:
    """Return `value` short, but never so short that it is another number."""
    short = f"{value:g}"
    return short if float(short) == value else repr(value)


def breach(limit: Limit, value: float) -> str:
    """Return how `value` breaks `limit`, such as `90.5 > 90`, or nothing."""
    if limit.at_most is not None and value > limit.at_most:
        return f"{limit.name} {number(value)} > {number(limit.at_most)}"
    if limit.at_least is not None and value < limit.at_least:
        return f"{limit.name} {number(value)} < {number(limit.at_least)}"
    return ""


def breaches(finding: Finding, limits: Iterable[Limit]) -> tuple[str, ...]:
    """Return how the numbers of a finding break the limits, limit by limit."""
    return tuple(
        text
        for limit in limits
        for measured in finding.measurements
        if measured.name == limit.name and math.isfinite(measured.value)
        if (text := breach(limit, measured.value))
    )


def judged(finding: Finding, limits: Sequence[Limit]) -> tuple[Outcome, str]:
    """Return outcome and message of `finding` with the limits applied.

    Only a pass can lose by a limit: a probe that has already failed needs no
    second reason, and one that could not tell has no number to judge.  A value
    that is no finite number is a broken probe and not a large result.
    """
    if finding.outcome is not Outcome.PASSED:
        return finding.outcome, finding.message
    if broken_limits := breaches(finding, limits):
        return Outcome.FAILED, "; ".join(broken_limits)
    broken = [
        f"{measured.name} is {measured.value}, not a number"
        for limit in limits
        for measured in finding.measurements
        if measured.name == limit.name and not math.isfinite(measured.value)
    ]
    if broken:
        return Outcome.ERROR, "; ".join(broken)
    return Outcome.PASSED, finding.message


def unmeasured(limits: Sequence[Limit], findings: Iterable[Finding]) -> tuple[str, ...]:
    """Return the names of the limits that none of the findings measured.

    A limit that nobody measured is no limit that holds.
    """
    seen = {measured.name for finding in findings for measured in finding.measurements}
    return tuple(limit.name for limit in limits if limit.name not in seen)
