"""Pass rates: counts, the interval they leave open, and the printed arithmetic."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from pytest_roadmap.model import Verdict
from pytest_roadmap.model.percent import percent, percents

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pytest_roadmap.model import Result


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """The requirements of a phase that are in scope, counted.

    `accepted` are the waived ones where the policy counts them as passed,
    else 0.
    """

    total: int
    passed: int
    failed: int
    waived: int
    unknown: int
    accepted: int

    @property
    def sure(self) -> int:
        """How many count as passed already."""
        return self.passed + self.accepted

    @property
    def possible(self) -> int:
        """How many could count if every unknown turned out well."""
        return self.sure + self.unknown

    @property
    def low(self) -> Fraction | None:
        """The share that is certain; None for an empty phase."""
        return Fraction(self.sure, self.total) if self.total else None

    @property
    def high(self) -> Fraction | None:
        """The share that is still possible; None for an empty phase."""
        return Fraction(self.possible, self.total) if self.total else None

    def needed(self, threshold: Fraction) -> int:
        """Return the smallest count that reaches `threshold`."""
        return math.ceil(threshold * self.total)


def tally(results: Iterable[Result], *, waivers_count: bool) -> Tally:
    """Count the results that are in scope."""
    verdicts = [result.verdict for result in results if result.verdict.in_scope]
    waived = verdicts.count(Verdict.WAIVED)
    return Tally(
        total=len(verdicts),
        passed=verdicts.count(Verdict.PASSED),
        failed=verdicts.count(Verdict.FAILED),
        waived=waived,
        unknown=sum(verdict.unknown for verdict in verdicts),
        accepted=waived if waivers_count else 0,
    )


def arithmetic(counts: Tally, threshold: Fraction | None) -> str:
    """Return the sum a reader can follow: "61 of 65 = 93.8 % < 95 %, 62 needed"."""
    low, high = counts.low, counts.high
    if low is None or high is None:
        return "—"
    sure = f"{counts.sure} of {counts.total}"
    if counts.accepted:
        sure = f"{counts.passed} + {counts.accepted} waived of {counts.total}"
    if threshold is None:
        end = f", {counts.unknown} unknown" if counts.unknown else ""
        return f"{sure} = {percent(low)}{end}"
    low_text, high_text, wanted = percents(low, high, threshold)
    needed = f"{counts.needed(threshold)} needed"
    if low >= threshold:
        return f"{sure} = {low_text} ≥ {wanted}, {needed}"
    if high >= threshold:
        unknown = f"{counts.unknown} unknown"
        return f"{sure} = {low_text} < {wanted} ≤ {high_text}, {needed}, {unknown}"
    if counts.unknown:
        most = f"at most {counts.possible} of {counts.total} = {high_text}"
        return f"{sure} = {low_text}, {most} < {wanted}, {needed}"
    return f"{sure} = {low_text} < {wanted}, {needed}"
