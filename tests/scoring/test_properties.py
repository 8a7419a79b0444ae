"""Measuring less never raises a score, whatever is measured less and how."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import combinations

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from pytest_roadmap.model import (
    Baseline,
    Decision,
    Outcome,
    Regression,
    Repeats,
    Strength,
)
from pytest_roadmap.scoring import exit_status, score_again

IDS = ("A", "B", "C", "D", "E")
PROBES = ("p", "q")
QUICK = (Phase.explicit, Phase.reuse, Phase.generate)  # shrinking takes minutes
WORSE = ("not_run", "unavailable", "error", "inconclusive")


@st.composite
def cases(draw, lab):
    """Return requirements, findings and everything else that is judged."""
    requirements = [
        lab.requirement(
            name,
            phase=draw(st.integers(1, 2)),
            strength=draw(st.sampled_from(list(Strength))),
            limits=(("ms", 5.0),) if draw(st.booleans()) else (),
        )
        for name in IDS
    ]
    mapped = {
        name: tuple(draw(st.sets(st.sampled_from(PROBES), min_size=0))) for name in IDS
    }
    findings = [
        finding
        for name in IDS
        for probe in mapped[name]
        for finding in draw(attempts(lab, name, probe))
    ]
    names = st.sets(st.sampled_from(IDS), max_size=2)
    policy = draw(policies())
    taken_out = [lab.disposition(n) for n in sorted(draw(names))] * draw(st.booleans())
    criteria = lab.criteria(
        *(draw(criteria_of(lab, phase)) for phase in (1, 2)),
        dispositions=taken_out,
        **policy,
    )
    waivers = [lab.waiver(name) for name in sorted(draw(names))]
    return {
        "requirements": requirements,
        "mapped": mapped,
        "findings": findings,
        "criteria": criteria,
        "waivers": waivers,
        "baseline": draw(baselines()),
    }


@st.composite
def policies(draw):
    """Return a policy with any of its switches on."""
    policy = {"waivers_count": draw(st.booleans())}
    policy |= draw(
        st.sampled_from(
            [{}, {"max_age_days": 7}, {"max_age_days": 40, "age_warning_days": 20}]
        )
    )
    if draw(st.booleans()):
        policy["minimum_strength"] = draw(st.sampled_from(list(Strength)))
    return policy


@st.composite
def criteria_of(draw, lab, phase):
    """Return a criterion with any of its switches on."""
    more = {}
    if draw(st.booleans()):
        weights = st.dictionaries(st.sampled_from(IDS), st.integers(1, 5))
        more["weights"] = tuple(sorted(draw(weights).items()))
    if draw(st.booleans()):
        more["most_waivers"] = draw(st.integers(0, 2))
    if draw(st.booleans()):
        more["regression"] = Regression(allowed=Fraction(1, 10))
    return lab.criterion(
        draw(st.sampled_from([40, 60, 100])),
        phase,
        tuple(draw(st.sets(st.sampled_from(IDS), max_size=2))),
        band=draw(st.sampled_from([0, 0, 25])),
        **more,
    )


@st.composite
def baselines(draw):
    """Return what earlier runs measured: nothing, too little, steady or noisy."""
    known = draw(
        st.sampled_from([None, (4.0,), (4.0, 4.0, 4.0), (1.0, 4.0, 9.0), (9.0,) * 3])
    )
    if known is None:
        return None
    numbers = [Repeats(requirement=name, name="ms", values=known) for name in IDS]
    return Baseline(
        runs=tuple(f"b{i}" for i in range(len(known))), numbers=tuple(numbers)
    )


@st.composite
def attempts(draw, lab, name, probe):
    """Return the attempts of one probe: a retry follows only what did not pass."""
    unlucky = draw(st.lists(st.sampled_from(["failed", *WORSE]), max_size=2))
    last = draw(st.sampled_from([o.value for o in Outcome]))
    value = draw(st.sampled_from([1.0, 4.9, 9.0]))
    age = draw(st.sampled_from([60, 30 * 86_400]))
    return [
        lab.finding(
            name,
            outcome,
            probe=probe,
            attempt=number,
            started=lab.now.timestamp() - age,
            strength=draw(st.sampled_from(list(Strength))),
            measured=[("ms", value)] if draw(st.booleans()) else [],
        )
        for number, outcome in enumerate([*unlucky, last], start=1)
    ]


def lows(card):
    return {(p.suite, p.number): p.low or 0 for p in card.phases}


def assert_not_better(after, before):
    """The certain share may only fall, and a closed gate stays closed."""
    was = lows(before)
    for key, low in lows(after).items():
        assert low <= was[key], key
    if exit_status(before.decision, strict=True):
        assert exit_status(after.decision, strict=True)
    if exit_status(before.decision, strict=False):
        assert exit_status(after.decision, strict=False)


def lessened(draw, findings):
    """Return the findings with any subset of them gone wrong in any way."""
    left = []
    for finding in findings:
        match draw(
            st.sampled_from(["keep", "keep", "remove", "misspell", "rename", *WORSE])
        ):
            case "keep":
                left.append(finding)
            case "remove":
                continue
            case "misspell":
                left.append(replace(finding, requirement=f"{finding.requirement}x"))
            case "rename":
                left.append(replace(finding, probe=f"{finding.probe}2"))
            case outcome:
                left.append(replace(finding, outcome=Outcome(outcome)))
    return left


def keeps_the_denominator(findings):
    """Say whether no finding is a record that something does not apply."""
    return all(f.outcome is not Outcome.NOT_APPLICABLE for f in findings)


@settings(deadline=None, max_examples=60)
@given(data=st.data())
def test_measuring_less_never_raises_a_score(lab, data):
    case = data.draw(cases(lab))
    if not keeps_the_denominator(case["findings"]):
        case["findings"] = [
            f for f in case["findings"] if f.outcome is not Outcome.NOT_APPLICABLE
        ]
    before = lab.judged(**case)
    less = lessened(data.draw, case["findings"])

    assert_not_better(lab.judged(**(case | {"findings": less})), before)


@settings(deadline=None, max_examples=40)
@given(data=st.data())
def test_the_interval_is_one(lab, data):
    card = lab.judged(**data.draw(cases(lab)))

    for phase in card.phases:
        if phase.total:
            assert 0 <= phase.low <= phase.high <= 1
        counts = phase.passed + phase.failed + phase.waived + phase.unknown
        assert counts == phase.total


@settings(deadline=None, max_examples=40)
@given(data=st.data())
def test_the_order_of_findings_is_irrelevant_and_scoring_is_repeatable(lab, data):
    case = data.draw(cases(lab))
    shuffled = data.draw(st.permutations(case["findings"]))

    card = lab.judged(**case)

    assert lab.judged(**(case | {"findings": shuffled})) == card
    assert score_again(card) == card


@settings(deadline=None, max_examples=40)
@given(data=st.data())
def test_one_more_pass_never_lowers_a_score(lab, data):
    case = data.draw(cases(lab))
    name = data.draw(st.sampled_from(IDS))
    probe = data.draw(st.sampled_from(PROBES))
    number = 1 + max(
        (
            f.attempt
            for f in case["findings"]
            if (f.requirement, f.probe) == (name, probe)
        ),
        default=0,
    )
    extra = lab.finding(
        name,
        probe=probe,
        attempt=number,
        strength=Strength.EXERCISED,
        measured=[("ms", 1.0)],
    )

    before = lab.judged(**case)
    after = lab.judged(**(case | {"findings": [*case["findings"], extra]}))

    was = lows(before)
    assert all(low >= was[key] for key, low in lows(after).items())


@settings(deadline=None, max_examples=40)
@given(data=st.data())
def test_without_its_baseline_a_run_scores_no_better(lab, data):
    case = data.draw(cases(lab))

    before = lab.judged(**case)

    assert_not_better(lab.judged(**(case | {"baseline": None})), before)


@settings(deadline=None, max_examples=30, phases=QUICK)
@given(data=st.data())
def test_each_flip_is_a_smallest_one(lab, data):
    """Against trying every subset of the requirements."""
    case = data.draw(cases(lab))
    known = case["baseline"]
    if known is None or len(known.runs) < 3:  # then no pass would be a clean one
        case["baseline"] = replace(
            known or Baseline(runs=()),
            runs=("a", "b", "c"),
            numbers=tuple(
                Repeats(requirement=name, name="ms", values=(4.0,) * 3) for name in IDS
            ),
        )
    card = lab.judged(**case)

    if card.decision is Decision.GO:
        (margin,) = card.flips
        size, becomes = smallest_set(lab, case, card, "failed", lambda d: d.rank > 0)
        assert (margin.size, margin.becomes) == (size, becomes)
        return
    better = smallest_set(
        lab, case, card, "passed", lambda d: d.rank < card.decision.rank
    )
    to_go = smallest_set(lab, case, card, "passed", lambda d: d is Decision.GO)
    assert [(flip.size, flip.becomes) for flip in card.flips[:1]] == (
        [better] if better else []
    )
    assert [f.size for f in card.flips if f.becomes is Decision.GO] == (
        [to_go[0]] if to_go else []
    )


@settings(deadline=None, max_examples=30, phases=QUICK)
@given(data=st.data())
def test_what_a_flip_names_does_flip(lab, data):
    """Any choice that a flip leaves open, not only the first."""
    case = data.draw(cases(lab))
    case["baseline"] = Baseline(
        runs=("a", "b", "c"),
        numbers=tuple(
            Repeats(requirement=name, name="ms", values=(4.0,) * 3) for name in IDS
        ),
    )
    card = lab.judged(**case)

    for flip in card.flips:
        names = [name for change in flip.changes for name in change.each]
        for change in flip.changes:
            names += data.draw(st.permutations(change.among))[: change.count]
        after = changed(lab, case, names, flip.outcome.value)
        assert after.decision is flip.becomes


def smallest_set(lab, case, card, outcome, wanted):
    """Return the fewest requirements whose change brings a wanted decision.

    Beside the number the decision that comes of them: the best one for passes,
    the worst for failures.
    """
    sign = 1 if outcome == "passed" else -1
    candidates = [r.requirement.id for r in card.results if r.verdict.in_scope]
    for size in range(1, len(candidates) + 1):
        found = [
            after.decision
            for chosen in combinations(candidates, size)
            if wanted((after := changed(lab, case, chosen, outcome)).decision)
        ]
        if found:
            return size, min(found, key=lambda d: sign * d.rank)
    return None


def changed(lab, case, names, outcome):
    """Judge again, with one clean finding for each of these requirements."""
    others = [f for f in case["findings"] if f.requirement not in names]
    clean = [
        lab.finding(
            name,
            outcome,
            probe="clean",
            strength=Strength.EXERCISED,
            measured=[("ms", 1.0)],
        )
        for name in names
    ]
    mapped = case["mapped"] | dict.fromkeys(names, ("clean",))
    waivers = case["waivers"]
    return lab.judged(
        **(case | {"findings": others + clean, "mapped": mapped, "waivers": waivers})
    )
