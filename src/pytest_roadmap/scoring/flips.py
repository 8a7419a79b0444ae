"""What would flip it: the smallest set of requirements that changes the decision.

A decision that is not GO can get better: the flip names what must pass.  GO can
only get worse: the flip says how much would have to fail, which is its margin.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pytest_roadmap.model import (
    Change,
    Decision,
    Flip,
    Outcome,
    PhaseScore,
    Result,
    Verdict,
)
from pytest_roadmap.scoring.decisions import (
    Asked,
    conditions_of,
    decide_phase,
    decide_release,
)
from pytest_roadmap.scoring.pass_rates import tally

if TYPE_CHECKING:
    from collections.abc import Container, Mapping, Sequence

    from pytest_roadmap.model import Policy, Scorecard


Cases = dict[tuple[str, int], Asked]


def what_would_flip(scorecard: Scorecard) -> tuple[Flip, ...]:
    """Return the nearest change of the decision, then the way to GO.

    The second is left out where it is the same.  Nothing is returned where no
    result could change the decision: an empty phase, a criterion over 100 %.
    """
    required = [phase for phase in scorecard.phases if phase.required]
    if not required or scorecard.basis is None:
        return ()
    cases = _cases(scorecard)
    policies = {suite: c.policy for suite, c in scorecard.basis.criteria}
    if scorecard.decision is Decision.GO:
        return _margin(required, cases, policies)
    flips: list[Flip] = []
    for goal in (_next_better(scorecard.decision), Decision.GO):
        flip = _towards(goal, required, cases, policies)
        if flip is not None and all(flip.becomes is not f.becomes for f in flips):
            flips.append(flip)
    return tuple(flips)


def _cases(scorecard: Scorecard) -> Cases:
    """Return the phases of a scorecard as they were put to the decision."""
    criteria = dict(scorecard.basis.criteria) if scorecard.basis else {}
    results: dict[tuple[str, int], list[Result]] = {}
    for result in scorecard.results:
        key = (result.requirement.suite, result.requirement.phase)
        results.setdefault(key, []).append(result)
    found = {}
    for phase in scorecard.phases:
        key, stated = (phase.suite, phase.number), criteria.get(phase.suite)
        found[key] = Asked(
            suite=phase.suite,
            number=phase.number,
            name=phase.name,
            criterion=stated.of(phase.number) if stated else None,
            results=tuple(results.get(key, ())),
            in_gate=phase.required,
        )
    return found


def _next_better(decision: Decision) -> Decision:
    """Return the decision one step better than `decision`."""
    return list(Decision)[decision.rank - 1]


def _towards(
    goal: Decision,
    phases: Sequence[PhaseScore],
    cases: Cases,
    policies: Mapping[str, Policy],
) -> Flip | None:
    """Return the smallest change after which no phase is worse than `goal`."""
    changes, after = [], []
    for phase in phases:
        if phase.decision.rank <= goal.rank:
            after.append(phase)
            continue
        case, policy = cases[phase.suite, phase.number], policies[phase.suite]
        change = _needs(case, policy, goal)
        better = _after(case, policy, change, Verdict.PASSED)
        if better.decision.rank > goal.rank:
            return None
        changes.append(change)
        after.append(better)
    becomes, _ = decide_release(after)
    return Flip(becomes=becomes, outcome=Outcome.PASSED, changes=tuple(changes))


def _needs(case: Asked, policy: Policy, goal: Decision) -> Change:
    """Return what `case` needs to pass so that it is no worse than `goal`."""
    must = case.criterion.must_hold if case.criterion else frozenset()
    each = [r for r in case.results if _in_the_way(r, must, goal)]
    if goal is Decision.GO:
        conditions = conditions_of(case.results)
        each += [r for r in case.results if r.requirement.id in conditions]
    each = list({result.requirement.id: result for result in each}.values())
    ids = {result.requirement.id for result in each}
    rest = [
        r
        for r in case.results
        if r.requirement.id not in ids and _helps(r, policy, goal)
    ]
    rest.sort(key=lambda r: not r.verdict.unknown)  # what nobody knows comes first
    turned = _turned(case, ids, Verdict.PASSED)
    changed = tally(turned, waivers_count=policy.waivers_count)
    wanted = changed.needed(case.criterion.threshold) if case.criterion else 0
    have = changed.possible if goal is Decision.INDETERMINATE else changed.sure
    count = max(0, wanted - have)
    return Change(
        suite=case.suite,
        phase=case.number,
        each=tuple(result.requirement.id for result in each),
        count=count,
        among=tuple(r.requirement.id for r in rest) if count else (),
    )


def _in_the_way(result: Result, must: Container[str], goal: Decision) -> bool:
    """Tell whether a must-hold requirement keeps its phase from `goal`.

    One that left the count does so too, but no result of it can help: that
    gate has to be mended where it is stated.
    """
    if result.requirement.id not in must or not result.verdict.in_scope:
        return False
    if goal is Decision.INDETERMINATE:
        return result.verdict is Verdict.FAILED
    return result.verdict not in {Verdict.PASSED, Verdict.WAIVED}


def _helps(result: Result, policy: Policy, goal: Decision) -> bool:
    """Tell whether a pass of this requirement would raise the deciding share."""
    if not result.verdict.in_scope or result.verdict is Verdict.PASSED:
        return False
    if result.verdict is Verdict.WAIVED:
        return not policy.waivers_count
    return goal is not Decision.INDETERMINATE or not result.verdict.unknown


def _turned(case: Asked, ids: Container[str], verdict: Verdict) -> tuple[Result, ...]:
    """Return the phase's results with those of `ids` turned to `verdict`."""
    return tuple(
        replace(r, verdict=verdict, flags=()) if r.requirement.id in ids else r
        for r in case.results
    )


def _after(case: Asked, policy: Policy, change: Change, verdict: Verdict) -> PhaseScore:
    """Return the phase's score once `change` has come about."""
    ids = {*change.each, *change.among[: change.count]}
    turned = _turned(case, ids, verdict)
    return decide_phase(replace(case, results=turned), policy)


def _margin(
    phases: Sequence[PhaseScore],
    cases: Cases,
    policies: Mapping[str, Policy],
) -> tuple[Flip, ...]:
    """Return the fewest failures that would end a GO."""
    flips = []
    for phase in phases:
        case, policy = cases[phase.suite, phase.number], policies[phase.suite]
        change = _failures(case, policy)
        worse = _after(case, policy, change, Verdict.FAILED)
        flip = Flip(becomes=worse.decision, outcome=Outcome.FAILED, changes=(change,))
        flips.append(flip)
    return (min(flips, key=lambda flip: flip.size),)


def _failures(case: Asked, policy: Policy) -> Change:
    """Return the fewest failures that end the phase's GO."""
    passed = [r.requirement.id for r in case.results if r.verdict is Verdict.PASSED]
    criterion = case.criterion
    must = criterion.must_hold if criterion else frozenset()
    counts = tally(case.results, waivers_count=policy.waivers_count)
    spare = counts.sure - (counts.needed(criterion.threshold) if criterion else 0)
    among = [name for name in passed if name in must] if must and spare else passed
    return Change(
        suite=case.suite,
        phase=case.number,
        count=1 if must and spare else spare + 1,
        among=tuple(among),
    )
