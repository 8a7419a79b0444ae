"""Is a number worse than it was?  Against baseline runs, with their own noise.

Worse is what moves towards the number's limit: up where the plan says `at most`,
down where it says `at least`.  A number with both bounds, or without any, has no
such direction; its limits alone judge it.

    fewer baseline values than asked for                  inconclusive
    within the allowed share of the baseline's median     fine
    beyond it, but the baseline itself varies as much     inconclusive
    beyond both                                           failed
"""

from __future__ import annotations

import math
import statistics
from typing import TYPE_CHECKING

from pytest_roadmap.errors import ReportError
from pytest_roadmap.model import Baseline, Outcome, Repeats
from pytest_roadmap.model.percent import percent
from pytest_roadmap.scoring.limits import judged, number

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pytest_roadmap.model import Finding, Limit, Regression, Result, Scorecard


def read(
    finding: Finding,
    limits: Sequence[Limit],
    rule: Regression | None,
    past: Mapping[str, tuple[float, ...]],
) -> tuple[Outcome, str]:
    """Return outcome and message of one attempt, limits and baseline applied.

    `rule` is the phase's, None where nothing is compared; `past` is what the
    baseline runs measured of the requirement, by the number's name.
    """
    outcome, message = judged(finding, limits)
    if outcome is not Outcome.PASSED or rule is None:
        return outcome, message
    return compared(finding, limits, rule, past)


def compared(
    finding: Finding,
    limits: Sequence[Limit],
    rule: Regression,
    past: Mapping[str, tuple[float, ...]],
) -> tuple[Outcome, str]:
    """Return outcome and message of a pass, compared with the baseline runs."""
    worse, unsure = [], []
    for limit in limits:
        for measured in finding.measurements:
            if measured.name != limit.name or not _direction(limit):
                continue
            known = past.get(limit.name, ())
            outcome, text = _one(limit, measured.value, rule, known)
            if outcome is Outcome.FAILED:
                worse.append(text)
            elif outcome is Outcome.INCONCLUSIVE:
                unsure.append(text)
    if worse:
        return Outcome.FAILED, "; ".join(worse)
    if unsure:
        return Outcome.INCONCLUSIVE, "; ".join(unsure)
    return Outcome.PASSED, finding.message


def _direction(limit: Limit) -> int:
    """Return 1 where more is worse, -1 where less is, 0 where neither."""
    return (limit.at_most is not None) - (limit.at_least is not None)


def _one(
    limit: Limit, value: float, rule: Regression, known: Sequence[float]
) -> tuple[Outcome, str]:
    """Return what the baseline says of one number."""
    if len(known) < rule.repeats:
        text = f"{limit.name}: {len(known)} baseline values, {rule.repeats} needed"
        return Outcome.INCONCLUSIVE, text
    middle = statistics.median(known)
    noise = max(abs(each - middle) for each in known)
    loss = _direction(limit) * (value - middle)
    if loss <= float(rule.allowed) * abs(middle):
        return Outcome.PASSED, ""
    text = (
        f"{limit.name} {number(value)} is worse than the baseline's "
        f"{number(middle)} by more than {percent(rule.allowed)}"
    )
    if loss <= noise:
        spread = f"the baseline itself varies by {number(noise)}"
        return Outcome.INCONCLUSIVE, f"{text}, but {spread}"
    return Outcome.FAILED, text


def baseline_of(cards: Sequence[Scorecard]) -> Baseline:
    """Return what the passes of earlier runs measured.

    A run counts once, however often its archive is named, and with the worst of
    what it measured of a number.

    Raises:
        ReportError: No archive was named.
    """
    if not cards:
        raise ReportError(
            "no baseline run is named",
            where="--baseline",
            remedy="name the scorecard.json of an earlier run",
        )
    runs = {card.run.id: card for card in cards}
    values: dict[tuple[str, str], list[float]] = {}
    for _, card in sorted(runs.items()):
        for result in card.results:
            for name, value in _measured(result).items():
                values.setdefault((result.requirement.id, name), []).append(value)
    return Baseline(
        runs=tuple(sorted(runs)),
        numbers=tuple(
            Repeats(requirement=requirement, name=name, values=tuple(known))
            for (requirement, name), known in sorted(values.items())
        ),
    )


def _measured(result: Result) -> dict[str, float]:
    """Return the worst of each comparable number that passes of a run measured."""
    worst: dict[str, float] = {}
    limits = {limit.name: limit for limit in result.requirement.limits}
    for finding in result.findings:
        if judged(finding, result.requirement.limits)[0] is not Outcome.PASSED:
            continue
        for each in finding.measurements:
            way = _direction(limits[each.name]) if each.name in limits else 0
            if way and math.isfinite(each.value):
                known = worst.get(each.name, each.value)
                both = (known, each.value)
                worst[each.name] = max(both) if way > 0 else min(both)
    return worst


def past_of(baseline: Baseline | None) -> dict[str, dict[str, tuple[float, ...]]]:
    """Return a baseline's values by requirement and name."""
    found: dict[str, dict[str, tuple[float, ...]]] = {}
    for each in baseline.numbers if baseline else ():
        found.setdefault(each.requirement, {})[each.name] = each.values
    return found
