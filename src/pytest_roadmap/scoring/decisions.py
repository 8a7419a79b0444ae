"""May we release?  The decision on a phase, and on the release.

    a must-hold requirement failed, or high < threshold,
    or more waivers are in force than may be                        NO-GO
    low < threshold ≤ high, or a must-hold requirement is unknown   INDETERMINATE
    low ≥ threshold with conditions that somebody must look at      CONDITIONAL
    low ≥ threshold                                                 GO

Conditions are waivers, what people took out of the count, flaky passes, passes
that will soon be stale, a share in the warning band, and whatever nobody can
vouch for.  The last belongs to them because a decision must not get better by
measuring less: where a flaky pass is a condition, leaving its probe out must be
one as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_roadmap.model import Decision, PhaseScore, Verdict
from pytest_roadmap.model.percent import percents
from pytest_roadmap.scoring.pass_rates import Tally, arithmetic, tally

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from fractions import Fraction

    from pytest_roadmap.model import Criterion, Disposition, Policy, Result

_SHOWN = 5
_EXIT = {
    Decision.GO: 0,
    Decision.NO_GO: 10,
    Decision.INDETERMINATE: 11,
    Decision.CONDITIONAL: 12,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A phase as it is put to the decision."""

    suite: str
    number: int
    name: str
    criterion: Criterion | None
    results: tuple[Result, ...]
    in_gate: bool
    waivers: int = 0  # in force, used or not

    def counted(self, policy: Policy) -> Tally:
        """Return the phase's requirements, counted and weighed."""
        weights = dict(self.criterion.weights) if self.criterion else {}
        return tally(self.results, waivers_count=policy.waivers_count, weights=weights)


def decide_phase(asked: Asked, policy: Policy) -> PhaseScore:
    """Return the phase's counts, interval, decision and reasons."""
    counts = asked.counted(policy)
    threshold = asked.criterion.threshold if asked.criterion else None
    decision, reasons = _decision(asked, counts)
    return PhaseScore(
        suite=asked.suite,
        number=asked.number,
        name=asked.name,
        threshold=threshold,
        total=counts.total,
        passed=counts.passed,
        failed=counts.failed,
        waived=counts.waived,
        unknown=counts.unknown,
        low=counts.low,
        high=counts.high,
        decision=decision,
        arithmetic=arithmetic(counts, threshold),
        reasons=reasons,
        required=asked.in_gate and asked.criterion is not None,
        weight=counts.weight if counts.weighted else 0,
        waivers=asked.waivers,
    )


def _decision(asked: Asked, counts: Tally) -> tuple[Decision, tuple[str, ...]]:
    """Return the phase's decision and why."""
    criterion = asked.criterion
    if criterion is None:
        return Decision.INDETERMINATE, ("No criterion is stated for this phase.",)
    low, high = counts.low, counts.high
    if low is None or high is None:
        return Decision.INDETERMINATE, ("No requirement is in scope.",)
    if criterion.threshold <= 0:
        return Decision.INDETERMINATE, ("A criterion of 0 % asks for nothing.",)
    broken, open_ = _must_hold(criterion, asked.results)
    reasons = []
    if broken:
        reasons.append(f"Must hold and failed: {listed(broken)}.")
    reasons += _debt(criterion, asked.waivers)
    if high < criterion.threshold:
        reasons.append(_out_of_reach(counts, criterion))
    if reasons:
        return Decision.NO_GO, tuple(reasons)
    if open_:
        reasons.append(f"Must hold and is not known to: {listed(open_)}.")
    if low < criterion.threshold:
        reasons.append(_undecided(asked.results, counts, criterion))
    if reasons:
        return Decision.INDETERMINATE, tuple(reasons)
    conditions = (*_near(criterion, low), *conditions_of(asked.results).values())
    return (Decision.CONDITIONAL if conditions else Decision.GO), conditions


def _debt(criterion: Criterion, waivers: int) -> Iterator[str]:
    """Yield the reason that too many waivers are, used or not.

    It counts them before anything is measured, so that leaving out the probe
    of a waived requirement cannot make room for another waiver.
    """
    most = criterion.most_waivers
    if most is not None and waivers > most:
        verb = "waiver is" if waivers == 1 else "waivers are"
        yield f"{waivers} {verb} in force, at most {most} may be."


def _must_hold(
    criterion: Criterion, results: Iterable[Result]
) -> tuple[list[str], list[str]]:
    """Return the must-hold ids that failed, and those that nobody can vouch for.

    An id that the phase does not have, or that left the denominator, is one of
    the latter: a misspelt gate must not be an open one.
    """
    fine = {Verdict.PASSED, Verdict.WAIVED}
    known = {result.requirement.id: result for result in results}
    broken, open_ = [], []
    for name in sorted(criterion.must_hold):
        result = known.get(name)
        if result is None:
            open_.append(f"{name} (not in this phase)")
        elif result.verdict is Verdict.FAILED:
            broken.append(f"{name} ({result.message})" if result.message else name)
        elif result.verdict not in fine:
            open_.append(f"{name} ({result.verdict.value.replace('_', ' ')})")
    return broken, open_


def _out_of_reach(counts: Tally, criterion: Criterion) -> str:
    """Return the reason for a threshold that cannot be reached any more."""
    short = counts.needed(criterion.threshold) - counts.possible
    sentence = f"{arithmetic(counts, criterion.threshold)}: {short} too few"
    if counts.unknown:
        return f"{sentence} even if all {counts.unknown} unknown passed."
    return f"{sentence}."


def _near(criterion: Criterion, low: Fraction) -> Iterator[str]:
    """Yield the condition that a share in the warning band is."""
    if low < criterion.comfortable:
        share, wanted, bound = percents(low, criterion.threshold, criterion.comfortable)
        yield f"{share} is within the warning band of {wanted} to {bound}."


def _undecided(results: Sequence[Result], counts: Tally, criterion: Criterion) -> str:
    """Return the reason for a threshold that depends on the unknowns."""
    lacking = counts.needed(criterion.threshold) - counts.sure
    points = f"{lacking} more points must come from"
    names = [r.requirement.id for r in results if r.verdict.unknown]
    which = "all of these" if lacking == len(names) else f"{lacking} of these"
    sentence = f"{which} {len(names)} must pass: {listed(names)}"
    if counts.weighted:
        sentence = f"{points} these {len(names)}: {listed(names)}"
    if len(names) == 1:
        sentence = f"{names[0]} must pass"
    return f"{arithmetic(counts, criterion.threshold)}: {sentence}."


def conditions_of(results: Iterable[Result]) -> dict[str, str]:
    """Return what somebody must look at before a release, by requirement id."""
    found = {}
    for result in results:
        name, waiver = result.requirement.id, result.waiver
        if result.verdict is Verdict.WAIVED and waiver is not None:
            people = f"owner {waiver.owner}, approved by {waiver.approver}"
            until = waiver.expires.isoformat()
            found[name] = f"{name} is waived until {until} ({people}): {waiver.reason}"
        elif result.verdict.unknown:
            word = result.verdict.value.replace("_", " ")
            found[name] = f"{name} is {word} (no owner): {result.message}"
        elif result.disposition is not None and not result.verdict.in_scope:
            found[name] = _taken_out(result, result.disposition)
        elif "flaky" in result.flags and result.verdict is Verdict.PASSED:
            found[name] = f"{name} passed only after a retry (flaky, no owner)."
        elif "aging" in result.flags and result.verdict is Verdict.PASSED:
            found[name] = f"{name} passed so long ago that it is stale soon (no owner)."
    return found


def _taken_out(result: Result, decided: Disposition) -> str:
    """Return the condition that a requirement is which people took out."""
    word = result.verdict.value.replace("_", " ")
    due = f" to phase {decided.until_phase}" if decided.until_phase else ""
    people = f"owner {decided.owner}, approved by {decided.approver}"
    until = decided.expires.isoformat()
    return f"{result.requirement.id} is {word}{due} until {until} ({people})."


def listed(names: Sequence[str]) -> str:
    """Return the first names, and how many more there are."""
    text = ", ".join(names[:_SHOWN])
    return f"{text} and {len(names) - _SHOWN} more" if len(names) > _SHOWN else text


def decide_release(phases: Sequence[PhaseScore]) -> tuple[Decision, tuple[str, ...]]:
    """Return the worst decision of the required phases, and why."""
    required = [phase for phase in phases if phase.required]
    if not required:
        why = "No phase with a criterion was asked for, so nothing can be decided."
        return Decision.INDETERMINATE, (why,)
    worst = max((phase.decision for phase in required), key=lambda d: d.rank)
    if worst is Decision.GO:
        return worst, tuple(f"{_name(p)}: {p.arithmetic}." for p in required)
    reasons = [
        f"{_name(phase)}: {reason}"
        for phase in required
        if phase.decision is worst
        for reason in phase.reasons
    ]
    return worst, tuple(reasons)


def _name(phase: PhaseScore) -> str:
    """Return what a reader calls a phase."""
    return f"Phase {phase.number} {phase.name}".rstrip()


def exit_status(decision: Decision, *, strict: bool) -> int:
    """Return the exit status of a gated run; pytest keeps its own 1 to 6.

    Args:
        decision: The release's decision.
        strict: Whether conditions block.
    """
    if decision is Decision.CONDITIONAL and not strict:
        return 0
    return _EXIT[decision]
