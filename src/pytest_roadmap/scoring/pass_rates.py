"""Pass rates: counts, the interval they leave open, and the printed arithmetic."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from pytest_roadmap.model import Verdict
from pytest_roadmap.model.percent import percent, percents

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pytest_roadmap.model import Result


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """The requirements of a phase that are in scope, counted and weighed.

    `accepted` are the waived ones where the policy counts them as passed,
    else 0.  `weight` is what all weigh together, `sure` what counts as passed
    already, `possible` what could if every unknown turned out well; without
    weights each requirement weighs 1 and these are counts as well.
    """

    total: int
    passed: int
    failed: int
    waived: int
    unknown: int
    accepted: int
    weight: int
    sure: int
    possible: int

    @property
    def weighted(self) -> bool:
        """Whether a requirement weighs more than another."""
        return self.weight != self.total

    @property
    def low(self) -> Fraction | None:
        """The share that is certain; None for an empty phase."""
        return Fraction(self.sure, self.weight) if self.weight else None

    @property
    def high(self) -> Fraction | None:
        """The share that is still possible; None for an empty phase."""
        return Fraction(self.possible, self.weight) if self.weight else None

    def needed(self, threshold: Fraction) -> int:
        """Return the smallest weight that reaches `threshold`."""
        return math.ceil(threshold * self.weight)


def tally(
    results: Iterable[Result],
    *,
    waivers_count: bool,
    weights: Mapping[str, int] | None = None,
) -> Tally:
    """Count and weigh the results that are in scope."""
    weights = weights or {}
    counts, weighs = dict.fromkeys(Verdict, 0), dict.fromkeys(Verdict, 0)
    for result in results:
        counts[result.verdict] += 1
        weighs[result.verdict] += weights.get(result.requirement.id, 1)
    fine = [Verdict.PASSED, *([Verdict.WAIVED] if waivers_count else [])]
    sure = sum(weighs[verdict] for verdict in fine)
    unknown = [verdict for verdict in Verdict if verdict.unknown]
    return Tally(
        total=sum(counts[verdict] for verdict in Verdict if verdict.in_scope),
        passed=counts[Verdict.PASSED],
        failed=counts[Verdict.FAILED],
        waived=counts[Verdict.WAIVED],
        unknown=sum(counts[verdict] for verdict in unknown),
        accepted=counts[Verdict.WAIVED] if waivers_count else 0,
        weight=sum(weighs[verdict] for verdict in Verdict if verdict.in_scope),
        sure=sure,
        possible=sure + sum(weighs[verdict] for verdict in unknown),
    )


def arithmetic(counts: Tally, threshold: Fraction | None) -> str:
    """Return the sum a reader can follow: "61 of 65 = 93.8 % < 95 %, 62 needed".

    A weighted one says beside it what is counted without weights.
    """
    if not counts.weighted:
        return _sum(counts, threshold)
    share = percent(Fraction(counts.passed + counts.accepted, counts.total))
    plain = f"{counts.passed + counts.accepted} of {counts.total} = {share}"
    return f"{_sum(counts, threshold)}; unweighted {plain}"


def _sum(counts: Tally, threshold: Fraction | None) -> str:
    """Return the sum without what stands beside it."""
    low, high = counts.low, counts.high
    if low is None or high is None:
        return "—"
    points = " points" if counts.weighted else ""
    sure = f"{counts.sure} of {counts.weight}{points}"
    if counts.accepted and not counts.weighted:
        sure = f"{counts.passed} + {counts.accepted} waived of {counts.total}"
    open_ = counts.possible - counts.sure
    if threshold is None:
        end = f", {open_} unknown" if open_ else ""
        return f"{sure} = {percent(low)}{end}"
    low_text, high_text, wanted = percents(low, high, threshold)
    needed = f"{counts.needed(threshold)} needed"
    if low >= threshold:
        return f"{sure} = {low_text} ≥ {wanted}, {needed}"
    if high >= threshold:
        unknown = f"{open_} unknown"
        return f"{sure} = {low_text} < {wanted} ≤ {high_text}, {needed}, {unknown}"
    if open_:
        most = f"at most {counts.possible} of {counts.weight} = {high_text}"
        return f"{sure} = {low_text}, {most} < {wanted}, {needed}"
    return f"{sure} = {low_text} < {wanted}, {needed}"
