"""What one probe says of a requirement: all of its attempts, limits applied.

The last attempt decides, but a failure stands until a later one passes.  Where
archives of several runs were merged, each run has its own attempts, and of what
they say the worst stands; only a run that did not measure gives way.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from pytest_roadmap.model import Finding, Outcome, Policy, Strength
from pytest_roadmap.scoring.limits import unmeasured
from pytest_roadmap.scoring.notes import CLOCK_TOLERANCE
from pytest_roadmap.scoring.regressions import read

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pytest_roadmap.model import Disposition, Regression, Requirement, Waiver

DAY = 86_400.0  # seconds
_SEVERAL = 2
_WORST_FIRST = (
    Outcome.FAILED,
    Outcome.ERROR,
    Outcome.UNAVAILABLE,
    Outcome.INCONCLUSIVE,
    Outcome.NOT_RUN,
    Outcome.NOT_APPLICABLE,
    Outcome.PASSED,
)
_COULD_NOT_TELL = frozenset(
    {Outcome.ERROR, Outcome.UNAVAILABLE, Outcome.INCONCLUSIVE, Outcome.NOT_RUN}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standard:
    """What one requirement is held against, beside the plan's own limits.

    `waiver` and `disposition` are what people decided, if it holds today; `past`
    is what the baseline runs measured, by the number's name; `now` is the time of
    judging, UTC in seconds since the epoch.
    """

    policy: Policy
    now: float
    waiver: Waiver | None = None
    disposition: Disposition | None = None
    regression: Regression | None = None
    past: Mapping[str, tuple[float, ...]] = field(default_factory=dict)

    def strength(self, requirement: Requirement) -> Strength:
        """Return the least strength that counts for `requirement`."""
        asked = (requirement.strength, self.policy.minimum_strength)
        return max(asked, key=lambda strength: strength.rank)

    def recent(self, finding: Finding) -> bool:
        """Tell whether a pass is no older than the policy allows."""
        allowed = self.policy.max_age_days
        if allowed is None:
            return True
        age = self.now - finding.started
        return -CLOCK_TOLERANCE <= age <= allowed * DAY


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What one probe's last attempt says, limits applied."""

    finding: Finding
    outcome: Outcome
    message: str
    retried: bool


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return findings by probe and attempt, whatever order they came in."""
    found = tuple(findings)
    return found if len(found) < _SEVERAL else tuple(sorted(found, key=_place))


def _place(finding: Finding) -> tuple[object, ...]:
    """Return the sort key that no two different findings share."""
    worst = _WORST_FIRST.index(finding.outcome)
    place = (finding.probe, finding.run, finding.attempt, finding.started)
    return (*place, worst, repr(finding))


def last_attempts(
    requirement: Requirement,
    probes: Sequence[str],
    findings: Sequence[Finding],
    standard: Standard,
) -> tuple[Seen, ...]:
    """Return what each probe says, silent probes included."""
    by_probe: dict[str, dict[str, list[Finding]]] = {probe: {} for probe in probes}
    for finding in findings:
        runs = by_probe.setdefault(finding.probe, {})
        runs.setdefault(finding.run, []).append(finding)
    seen = []
    for probe, runs in sorted(by_probe.items()):
        if runs:
            each = [_last(requirement, many, standard) for many in runs.values()]
            seen.append(_standing(each))
        else:
            name = probe if len(by_probe) > 1 else "its probe"
            seen.append(_silent(requirement, probe, name))
    return tuple(seen)


def _silent(requirement: Requirement, probe: str, name: str) -> Seen:
    """Return what a probe says that did not report."""
    absent = Finding(requirement=requirement.id, probe=probe, outcome=Outcome.NOT_RUN)
    text = f"{name} did not run"
    return Seen(finding=absent, outcome=Outcome.NOT_RUN, message=text, retried=False)


def _last(
    requirement: Requirement, attempts: Sequence[Finding], standard: Standard
) -> Seen:
    """Return what the last of one probe's attempts says.

    A failure stands until a later attempt passes in a way that counts: one that
    could not tell takes it back no more than one that was never made.  Where two
    findings claim to be the same attempt the worse one counts.
    """
    claims = [(each, *_claim(requirement, each, standard)) for each in attempts]
    number = max(finding.attempt for finding in attempts)
    last = [claim for claim in claims if claim[0].attempt == number]
    decisive = min(last, key=lambda claim: _WORST_FIRST.index(claim[1]))
    if not counts(requirement, decisive[0], decisive[1], standard):
        failed = [claim for claim in claims if claim[1] is Outcome.FAILED]
        decisive = max(failed, key=lambda claim: claim[0].attempt, default=decisive)
    finding, outcome, message = decisive
    return Seen(finding=finding, outcome=outcome, message=message, retried=number > 1)


def counts(
    requirement: Requirement, finding: Finding, outcome: Outcome, standard: Standard
) -> bool:
    """Tell whether an outcome is all that it takes to know.

    A pass is, if it is strong and recent enough and measured every limit.
    """
    if outcome in _COULD_NOT_TELL:
        return False
    if outcome is not Outcome.PASSED:
        return True
    strong = finding.strength.rank >= standard.strength(requirement).rank
    whole = not unmeasured(requirement.limits, [finding])
    return strong and whole and standard.recent(finding)


def _claim(
    requirement: Requirement, finding: Finding, standard: Standard
) -> tuple[Outcome, str]:
    """Return outcome and message of one attempt, limits and baseline applied."""
    return read(finding, requirement.limits, standard.regression, standard.past)


def _standing(each: Sequence[Seen]) -> Seen:
    """Return what stands of what several runs say of one probe.

    Of several passes the strongest counts, then the latest.
    """
    if len(each) < _SEVERAL:
        return each[0]
    measured = [s for s in each if s.outcome is not Outcome.NOT_RUN] or list(each)
    worst = min(_WORST_FIRST.index(one.outcome) for one in measured)
    same = [one for one in measured if _WORST_FIRST.index(one.outcome) == worst]
    chosen = max(same, key=_worth)
    return replace(chosen, retried=any(one.retried for one in same))


def _worth(seen: Seen) -> tuple[object, ...]:
    """Return what makes one of several equal answers the one to show."""
    finding = seen.finding
    return (finding.strength.rank, finding.started, repr(finding))
