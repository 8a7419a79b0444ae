"""The verdict on one requirement: the first line that matches decides.

 1. dropped by the document                                        DROPPED
 2. people decided so, with a reason, for a time     DEFERRED or NOT_APPLICABLE
    every registered probe says so by a positive record            NOT_APPLICABLE
 3. no probe is registered                          NOT_REVIEWED or UNMAPPED
 4. a probe failed, or a measured number breaks a limit
    or is worse than the baseline                           FAILED or WAIVED
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

from dataclasses import replace
from typing import TYPE_CHECKING

from pytest_roadmap.model import Claim, Outcome, Result, Strength, Verdict
from pytest_roadmap.scoring.attempts import DAY, counts, in_order, last_attempts
from pytest_roadmap.scoring.limits import unmeasured
from pytest_roadmap.scoring.notes import CLOCK_TOLERANCE

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pytest_roadmap.model import Finding, Requirement
    from pytest_roadmap.scoring.attempts import Seen, Standard


_DIRECT = {
    Outcome.FAILED: Verdict.FAILED,
    Outcome.ERROR: Verdict.ERROR,
    Outcome.UNAVAILABLE: Verdict.UNAVAILABLE,
    Outcome.INCONCLUSIVE: Verdict.INCONCLUSIVE,
}


def judge(
    requirement: Requirement,
    *,
    probes: Sequence[str],
    findings: Iterable[Finding],
    standard: Standard,
) -> Result:
    """Return the verdict on `requirement` with all that led to it.

    Args:
        requirement: The sentence that holds or does not hold.
        probes: The probes that are registered for it, run or not.
        findings: What was seen of it, all attempts.
        standard: What it is held against, beside its limits.
    """
    ordered = in_order(findings)
    seen = last_attempts(requirement, probes, ordered, standard)
    verdict, outcome, message = _measured(requirement, seen, standard)
    if disposed := _disposed(requirement, probes, seen, standard):
        verdict, message = disposed
    result = Result(
        requirement=requirement,
        verdict=verdict,
        outcome=outcome,
        message=message,
        findings=ordered,
        flags=_flags(requirement, seen, standard),
        probes=tuple(sorted(probes)),
        disposition=standard.disposition,
    )
    sure = all(
        one.outcome is Outcome.FAILED
        or counts(requirement, one.finding, one.outcome, standard)
        for one in seen
    )
    return _waived(result, standard, sure=sure)


def _measured(
    requirement: Requirement, seen: Sequence[Seen], standard: Standard
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
    strongest, wanted = _strongest(passes), standard.strength(requirement)
    if strongest.rank < wanted.rank:
        text = f"passed, but only as {strongest}; {wanted} is required"
        return Verdict.PARTIAL, Outcome.PASSED, text
    if text := _too_old(passes, standard):
        return Verdict.STALE, Outcome.PASSED, text
    return Verdict.PASSED, Outcome.PASSED, _told(passes)


def _disposed(
    requirement: Requirement,
    probes: Sequence[str],
    seen: Sequence[Seen],
    standard: Standard,
) -> tuple[Verdict, str] | None:
    """Return what people, the document and the plan make of it (1 to 3), if so."""
    if requirement.claim is Claim.DROPPED:
        return Verdict.DROPPED, "the document dropped it"
    if standard.disposition is not None:
        decided = standard.disposition
        return Verdict(decided.decided.value), decided.reason
    if probes and all(one.outcome is Outcome.NOT_APPLICABLE for one in seen):
        return Verdict.NOT_APPLICABLE, _told(seen)
    if not probes and requirement.manual:
        return Verdict.NOT_REVIEWED, "nobody has reviewed it"
    if not probes:
        return Verdict.UNMAPPED, "no probe is registered for it"
    return None


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


def _too_old(passes: Sequence[Seen], standard: Standard) -> str:
    """Return why the oldest pass cannot be relied on any more, or nothing.

    A pass from the future is no better than one without a time: somebody's
    clock was wrong, so nobody knows its age.
    """
    allowed = standard.policy.max_age_days
    if allowed is None:
        return ""
    newest = max(one.finding.started for one in passes)
    if newest > standard.now + CLOCK_TOLERANCE:
        return "the time of its evidence lies in the future"
    days = _days_old(passes, standard)
    return f"its evidence is {int(days)} days old, {allowed} allowed" * (days > allowed)


def _days_old(passes: Sequence[Seen], standard: Standard) -> float:
    """Return the age of the oldest pass."""
    return (standard.now - min(one.finding.started for one in passes)) / DAY


def _flags(
    requirement: Requirement, seen: Sequence[Seen], standard: Standard
) -> tuple[str, ...]:
    """Return the words that stand beside the verdict, in alphabetical order."""
    passes = [one for one in seen if one.outcome is Outcome.PASSED]
    policy, flags = standard.policy, []
    if passes and policy.max_age_days is not None and policy.age_warning_days:
        soon = policy.max_age_days - policy.age_warning_days
        if _days_old(passes, standard) > soon:
            flags.append("aging")
    if any(one.retried for one in passes):
        flags.append("flaky")
    if requirement.manual:
        flags.append("manual")
    if passes and _strongest(passes).rank < standard.strength(requirement).rank:
        flags.append("weak")
    return tuple(flags)


def _waived(result: Result, standard: Standard, *, sure: bool) -> Result:
    """Return the result with its waiver: it covers a failure and nothing else.

    An unknown is no accepted risk, so a waiver never hides one, not even one
    beside the failure that it covers: otherwise losing the retry that passed would
    turn an unknown requirement into an accepted one.  The outcome
    that was seen stays visible beneath a waived verdict.
    """
    waiver = standard.waiver
    if waiver is None:
        return result
    if result.verdict is Verdict.PASSED:
        flags = (*result.flags, "waiver_unused")
        return replace(result, flags=tuple(sorted(flags)), waiver=waiver)
    if result.verdict is not Verdict.FAILED:
        return result
    if not sure:
        why = "not waived: another probe could not tell"
        return replace(result, message=f"{result.message} ({why})".strip())
    flags = result.flags
    left = (waiver.expires.toordinal() - _EPOCH_DAY) - standard.now // DAY
    if left <= standard.policy.waiver_warning_days:
        flags = tuple(sorted((*flags, "waiver_expiring")))
    return replace(result, verdict=Verdict.WAIVED, flags=flags, waiver=waiver)


_EPOCH_DAY = 719_163  # the ordinal of 1970-01-01
