"""Measuring less never raises a score, whatever is measured less and how."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from pytest_roadmap.model import Decision, Outcome, Strength, Verdict
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
    policy = {"waivers_count": draw(st.booleans())}
    if draw(st.booleans()):
        policy["max_age_days"] = 7
    criteria = lab.criteria(
        *(
            lab.criterion(
                draw(st.sampled_from([40, 60, 100])), phase, tuple(draw(names))
            )
            for phase in (1, 2)
        ),
        **policy,
    )
    waivers = [lab.waiver(name) for name in sorted(draw(names))]
    return {
        "requirements": requirements,
        "mapped": mapped,
        "findings": findings,
        "criteria": criteria,
        "waivers": waivers,
    }


@st.composite
def attempts(draw, lab, name, probe):
    """Return the attempts of one probe: a retry follows only what did not pass."""
    unlucky = draw(st.lists(st.sampled_from(["failed", *WORSE]), max_size=2))
    last = draw(st.sampled_from([o.value for o in Outcome]))
    value = draw(st.sampled_from([1.0, 9.0]))
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


@settings(deadline=None, max_examples=100)
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


@settings(deadline=None, max_examples=60)
@given(data=st.data())
def test_the_interval_is_one(lab, data):
    card = lab.judged(**data.draw(cases(lab)))

    for phase in card.phases:
        if phase.total:
            assert 0 <= phase.low <= phase.high <= 1
        counts = phase.passed + phase.failed + phase.waived + phase.unknown
        assert counts == phase.total


@settings(deadline=None, max_examples=60)
@given(data=st.data())
def test_the_order_of_findings_is_irrelevant_and_scoring_is_repeatable(lab, data):
    case = data.draw(cases(lab))
    shuffled = data.draw(st.permutations(case["findings"]))

    card = lab.judged(**case)

    assert lab.judged(**(case | {"findings": shuffled})) == card
    assert score_again(card) == card


@settings(deadline=None, max_examples=60)
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


@settings(deadline=None, max_examples=40, phases=QUICK)
@given(data=st.data())
def test_the_first_flip_is_a_smallest_one(lab, data):
    case = data.draw(cases(lab))
    card = lab.judged(**case)
    smallest = smallest_set(lab, case, card)

    if smallest is None:
        assert not any(flip.outcome is Outcome.PASSED for flip in card.flips)
    else:
        assert card.flips[0].size == smallest
        assert card.flips[0].becomes.rank < card.decision.rank


def smallest_set(lab, case, card):
    """Return the fewest requirements whose clean pass betters the decision."""
    if card.decision is Decision.GO:
        return None
    candidates = [
        r.requirement.id
        for r in card.results
        if r.verdict is not Verdict.NOT_APPLICABLE
        and (r.verdict is not Verdict.PASSED or "flaky" in r.flags)
    ]
    for size in range(1, len(candidates) + 1):
        for chosen in combinations(candidates, size):
            others = [f for f in case["findings"] if f.requirement not in chosen]
            passes = [
                lab.finding(
                    name,
                    probe="clean",
                    strength=Strength.EXERCISED,
                    measured=[("ms", 1.0)],
                )
                for name in chosen
            ]
            mapped = case["mapped"] | dict.fromkeys(chosen, ("clean",))
            changed = {"findings": others + passes, "mapped": mapped}
            after = lab.judged(**(case | changed))
            if after.decision.rank < card.decision.rank:
                return size
    return None
