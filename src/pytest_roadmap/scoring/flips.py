"""What would flip it: the smallest set of requirements that changes the decision.

A decision that is not GO can get better: the flip names what must pass.  GO can
only get worse: the flip says how much would have to fail, which is its margin.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
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
            waivers=phase.waivers,
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
        if better.decision.rank < goal.rank:  # by some choices only: name those
            change = _needs(case, policy, better.decision)
            better = _after(case, policy, change, Verdict.PASSED)
        changes.append(change)
        after.append(better)
    becomes, _ = decide_release(after)
    return Flip(becomes=becomes, outcome=Outcome.PASSED, changes=tuple(changes))


def _needs(case: Asked, policy: Policy, goal: Decision) -> Change:
    """Return what `case` needs to pass so that it is no worse than `goal`."""
    must = case.criterion.must_hold if case.criterion else frozenset()
    each = [r for r in case.results if _in_the_way(r, must, goal)]
    if goal is Decision.GO:
        conditions = conditions_of(r for r in case.results if r.verdict.in_scope)
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
    changed = replace(case, results=turned).counted(policy)
    wanted = changed.needed(_wanted(case, goal))
    have = changed.possible if goal is Decision.INDETERMINATE else changed.sure
    count, among = _fewest([r.requirement.id for r in rest], wanted - have, case)
    return Change(
        suite=case.suite,
        phase=case.number,
        each=tuple(result.requirement.id for result in each),
        count=count,
        among=among,
    )


def _wanted(case: Asked, goal: Decision) -> Fraction:
    """Return the share from which on a phase is no worse than `goal`."""
    if case.criterion is None:
        return Fraction(0)
    if goal is Decision.GO:
        return case.criterion.comfortable
    return case.criterion.threshold


def _fewest(
    names: Sequence[str], weight: int, case: Asked
) -> tuple[int, tuple[str, ...]]:
    """Return how many, and among which, weigh `weight` together.

    Where they weigh differently it takes the heaviest and no others.
    """
    if weight <= 0 or not names:
        return 0, ()
    weights = dict(case.criterion.weights) if case.criterion else {}
    each = {weights.get(name, 1) for name in names}
    if len(each) == 1:
        return -(-weight // each.pop()), tuple(names)
    chosen: list[str] = []
    for name in sorted(names, key=lambda name: -weights.get(name, 1)):
        if weight > 0:
            chosen.append(name)
            weight -= weights.get(name, 1)
    return len(chosen), tuple(chosen)


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
        _as(r, verdict) if r.requirement.id in ids else r for r in case.results
    )


def _as(result: Result, verdict: Verdict) -> Result:
    """Return a result with another verdict; a waiver covers a failure here too."""
    if verdict is Verdict.FAILED and result.waiver is not None:
        verdict = Verdict.WAIVED
    return replace(result, verdict=verdict, flags=())


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
    ends = [
        _end(cases[phase.suite, phase.number], policies[phase.suite])
        for phase in phases
    ]
    return (min(ends, key=lambda end: end.size),)


def _end(case: Asked, policy: Policy) -> Flip:
    """Return the fewest failures that end the phase's GO, and the worst of them.

    A failure that a waiver waits for is no failure, but a condition at once.
    """
    passed = [r for r in case.results if r.verdict is Verdict.PASSED]
    plain = [r.requirement.id for r in passed if r.waiver is None]
    waived = tuple(r.requirement.id for r in passed if r.waiver is not None)
    must = case.criterion.must_hold if case.criterion else frozenset()
    counts = case.counted(policy)
    spare = counts.sure - counts.needed(_wanted(case, Decision.GO))
    ways = [_fewest(plain, spare + 1, case), (1, waived)]
    ways.append((1, tuple(name for name in plain if name in must)))
    ends = []
    for count, among in ways:
        if 0 < count <= len(among):
            change = Change(
                suite=case.suite, phase=case.number, count=count, among=among
            )
            becomes = _after(case, policy, change, Verdict.FAILED).decision
            ends.append(
                Flip(becomes=becomes, outcome=Outcome.FAILED, changes=(change,))
            )
    return min(ends, key=lambda f: (f.size, -f.becomes.rank, -len(f.changes[0].among)))
