"""The verdict on one requirement: the first line that matches decides.

 1. dropped by the document                                        DROPPED
 2. every registered probe says so by a positive record            NOT_APPLICABLE
 3. no probe is registered                          NOT_REVIEWED or UNMAPPED
 4. a probe failed, or a measured number breaks a limit     FAILED or WAIVED
 5. a probe broke, or a limited number was not measured                ERROR
 6. target, tool or credential was not there                     UNAVAILABLE
 7. measured, but too noisily or too seldom                     INCONCLUSIVE
 8. a pass, but a probe did not run or the pass is too weak          PARTIAL
 9. nothing passed                                                   NOT_RUN
10. the pass is too old                                                STALE
11. every registered probe passed                                     PASSED

The registered probes are the denominator of a requirement as the plan is the
denominator of a phase: one that did not report counts as not run.  Nothing that
is left out can therefore turn into a pass.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pytest_roadmap.model import Claim, Finding, Outcome, Result, Strength, Verdict
from pytest_roadmap.scoring.limits import judged, unmeasured

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pytest_roadmap.model import Policy, Requirement, Waiver

_DAY = 86_400.0
_SEVERAL = 2
_CLOCK_TOLERANCE = 300.0  # two machines' clocks; more is a wrong time

_WORST_FIRST = (
    Outcome.FAILED,
    Outcome.ERROR,
    Outcome.UNAVAILABLE,
    Outcome.INCONCLUSIVE,
    Outcome.NOT_RUN,
    Outcome.NOT_APPLICABLE,
    Outcome.PASSED,
)
_DIRECT = {
    Outcome.FAILED: Verdict.FAILED,
    Outcome.ERROR: Verdict.ERROR,
    Outcome.UNAVAILABLE: Verdict.UNAVAILABLE,
    Outcome.INCONCLUSIVE: Verdict.INCONCLUSIVE,
}


_COULD_NOT_TELL = frozenset(
    {Outcome.ERROR, Outcome.UNAVAILABLE, Outcome.INCONCLUSIVE, Outcome.NOT_RUN}
)


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
    return (finding.probe, finding.attempt, finding.started, worst, repr(finding))


def last_attempts(
    requirement: Requirement, probes: Sequence[str], findings: Sequence[Finding]
) -> tuple[Seen, ...]:
    """Return what each probe's last attempt says, silent probes included.

    Where two findings claim to be the same attempt the worse one counts.
    """
    by_probe: dict[str, list[Finding]] = {probe: [] for probe in probes}
    for finding in findings:
        by_probe.setdefault(finding.probe, []).append(finding)
    seen = []
    for probe, attempts in sorted(by_probe.items()):
        if attempts:
            seen.append(_last(requirement, attempts))
        else:
            absent = Finding(
                requirement=requirement.id, probe=probe, outcome=Outcome.NOT_RUN
            )
            text = f"{probe if len(by_probe) > 1 else 'its probe'} did not run"
            seen.append(
                Seen(
                    finding=absent, outcome=Outcome.NOT_RUN, message=text, retried=False
                )
            )
    return tuple(seen)


def _last(requirement: Requirement, attempts: Sequence[Finding]) -> Seen:
    """Return what the last of one probe's attempts says.

    A failure stands until a later attempt passes: an attempt that could not tell
    takes it back no more than an attempt that was never made.
    """
    claims = [(each, *judged(each, requirement.limits)) for each in attempts]
    number = max(finding.attempt for finding in attempts)
    last = [claim for claim in claims if claim[0].attempt == number]
    decisive = min(last, key=lambda claim: _WORST_FIRST.index(claim[1]))
    if decisive[1] in _COULD_NOT_TELL:
        failed = [claim for claim in claims if claim[1] is Outcome.FAILED]
        decisive = max(failed, key=lambda claim: claim[0].attempt, default=decisive)
    finding, outcome, message = decisive
    return Seen(finding=finding, outcome=outcome, message=message, retried=number > 1)


def judge(  # noqa: PLR0913 - each argument is one of the things that are judged
    requirement: Requirement,
    *,
    probes: Sequence[str],
    findings: Iterable[Finding],
    waiver: Waiver | None,
    policy: Policy,
    now: float,
) -> Result:
    """Return the verdict on `requirement` with all that led to it.

    Args:
        requirement: The sentence that holds or does not hold.
        probes: The probes that are registered for it, run or not.
        findings: What was seen of it, all attempts.
        waiver: The waiver that holds for it today, if any.
        policy: The suite's policy.
        now: The time of judging, UTC in seconds since the epoch.
    """
    ordered = in_order(findings)
    seen = last_attempts(requirement, probes, ordered)
    verdict, outcome, message = _measured(requirement, seen, policy, now)
    verdict, message = _disposed(requirement, probes, seen, verdict, message)
    result = Result(
        requirement=requirement,
        verdict=verdict,
        outcome=outcome,
        message=message,
        findings=ordered,
        flags=_flags(requirement, seen),
        probes=tuple(sorted(probes)),
    )
    return _waived(result, waiver, policy, now)


def _measured(
    requirement: Requirement, seen: Sequence[Seen], policy: Policy, now: float
) -> tuple[Verdict, Outcome, str]:
    """Return what the probes alone add up to (lines 4 to 11)."""
    passes = [one for one in seen if one.outcome is Outcome.PASSED]
    missing = unmeasured(requirement.limits, (one.finding for one in passes))
    for outcome, verdict in _DIRECT.items():
        if hits := [one for one in seen if one.outcome is outcome]:
            return verdict, outcome, _told(hits)
        if outcome is Outcome.FAILED and passes and missing:
            names = ", ".join(missing)
            text = f"limit on {names} but the probe did not measure it"
            return Verdict.ERROR, Outcome.ERROR, text
    silent = [one for one in seen if one.outcome is Outcome.NOT_RUN]
    if not passes:
        return Verdict.NOT_RUN, Outcome.NOT_RUN, _told(silent) or "nothing ran"
    if silent:
        text = f"{len(passes)} of {len(passes) + len(silent)} probes passed; "
        return Verdict.PARTIAL, Outcome.NOT_RUN, text + _told(silent)
    strongest = _strongest(passes)
    if strongest.rank < requirement.strength.rank:
        text = f"passed, but only as {strongest}; {requirement.strength} is required"
        return Verdict.PARTIAL, Outcome.PASSED, text
    if text := _too_old(passes, policy, now):
        return Verdict.STALE, Outcome.PASSED, text
    return Verdict.PASSED, Outcome.PASSED, _told(passes)


def _disposed(
    requirement: Requirement,
    probes: Sequence[str],
    seen: Sequence[Seen],
    verdict: Verdict,
    message: str,
) -> tuple[Verdict, str]:
    """Return the verdict after what the document and the plan say (1 to 3)."""
    if requirement.claim is Claim.DROPPED:
        return Verdict.DROPPED, "the document dropped it"
    if probes and all(one.outcome is Outcome.NOT_APPLICABLE for one in seen):
        return Verdict.NOT_APPLICABLE, _told(seen)
    if not probes and requirement.manual:
        return Verdict.NOT_REVIEWED, "nobody has reviewed it"
    if not probes:
        return Verdict.UNMAPPED, "no probe is registered for it"
    return verdict, message


def _told(hits: Sequence[Seen]) -> str:
    """Return the first message, and how many more probes say the same."""
    if not hits:
        return ""
    first = next((one.message for one in hits if one.message), "")
    if first and len(hits) > 1 and hits[0].outcome is not Outcome.PASSED:
        return f"{first} (and {len(hits) - 1} more)"
    return first


def _strongest(passes: Sequence[Seen]) -> Strength:
    """Return the greatest strength among the passes."""
    return max((one.finding.strength for one in passes), key=lambda s: s.rank)


def _too_old(passes: Sequence[Seen], policy: Policy, now: float) -> str:
    """Return why the oldest pass cannot be relied on any more, or nothing.

    A pass from the future is no better than one without a time: somebody's
    clock was wrong, so nobody knows its age.
    """
    if policy.max_age_days is None:
        return ""
    oldest = min(one.finding.started for one in passes)
    newest = max(one.finding.started for one in passes)
    if newest > now + _CLOCK_TOLERANCE:
        return "the time of its evidence lies in the future"
    days = (now - oldest) / _DAY
    if days > policy.max_age_days:
        return f"its evidence is {int(days)} days old, {policy.max_age_days} allowed"
    return ""


def _flags(requirement: Requirement, seen: Sequence[Seen]) -> tuple[str, ...]:
    """Return the words that stand beside the verdict, in alphabetical order."""
    passes = [one for one in seen if one.outcome is Outcome.PASSED]
    flags = []
    if any(one.retried for one in passes):
        flags.append("flaky")
    if requirement.manual:
        flags.append("manual")
    if passes and _strongest(passes).rank < requirement.strength.rank:
        flags.append("weak")
    return tuple(flags)


def _waived(
    result: Result, waiver: Waiver | None, policy: Policy, now: float
) -> Result:
    """Return the result with its waiver: it covers a failure and nothing else.

    An unknown is no accepted risk, so a waiver never hides one; the outcome
    that was seen stays visible beneath a waived verdict.
    """
    if waiver is None:
        return result
    if result.verdict is Verdict.PASSED:
        flags = (*result.flags, "waiver_unused")
        return replace(result, flags=tuple(sorted(flags)), waiver=waiver)
    if result.verdict is not Verdict.FAILED:
        return result
    flags = result.flags
    left = (waiver.expires.toordinal() - _EPOCH_DAY) - now // _DAY
    if left <= policy.waiver_warning_days:
        flags = tuple(sorted((*flags, "waiver_expiring")))
    return replace(result, verdict=Verdict.WAIVED, flags=flags, waiver=waiver)


_EPOCH_DAY = 719_163  # the ordinal of 1970-01-01
