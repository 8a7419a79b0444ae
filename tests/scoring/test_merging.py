from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_roadmap.errors import ReportError
from pytest_roadmap.model import Baseline, Outcome, Regression, Verdict
from pytest_roadmap.scoring import score_again
from pytest_roadmap.scoring.merging import merged

IDS = ("A", "B", "C")


def shard(lab, name, *findings, ids=IDS, **more):
    fields = {"run": lab.run(id=name, target=(("cluster", name),), commit="c0ffee")}
    return lab.judged([lab.requirement(i) for i in ids], findings, **(fields | more))


def joined(*cards):
    return merged({f"{card.run.id}.json": card for card in cards})


def verdicts(card):
    return "".join(result.verdict.value[0] for result in card.results)


def test_shards_complete_each_other(lab):
    one = shard(lab, "one", lab.finding("A"), lab.finding("B", "not_run"))
    two = shard(lab, "two", lab.finding("B"), lab.finding("C"))

    card = joined(one, two)

    assert (verdicts(card), card.decision) == ("ppp", "GO")
    assert card.run.id.startswith("merged-")
    assert card.run.command == ("pytest-roadmap", "merge", "one", "two")
    assert card.run.target == ()
    assert {f.run for r in card.results for f in r.findings} == {"one", "two"}
    assert score_again(card).results == card.results


@pytest.mark.parametrize("outcome", ["failed", "error", "unavailable", "inconclusive"])
def test_what_one_shard_saw_stands_whatever_another_saw(lab, outcome):
    good = shard(lab, "one", *(lab.finding(i) for i in IDS))
    bad = shard(
        lab,
        "two",
        lab.finding("A", outcome),
        lab.finding("A", attempt=1, probe="test_A", message="again", started=1.0)
        if outcome == "error"
        else lab.finding("B"),
    )

    for card in (joined(good, bad), joined(bad, good)):
        assert card.results[0].verdict == outcome
        assert card.results[1].verdict is Verdict.PASSED


def test_a_retry_in_one_shard_takes_back_no_failure_of_another(lab):
    failed = shard(lab, "one", lab.finding("A", "failed"))
    retried = shard(lab, "two", lab.finding("A", "failed"), lab.finding("A", attempt=2))

    assert joined(failed, retried).results[0].verdict is Verdict.FAILED
    assert joined(retried).results[0].flags == ("flaky",)


def test_two_passes_of_two_shards_are_no_retry(lab):
    cards = [shard(lab, name, lab.finding("A")) for name in ("one", "two")]

    assert joined(*cards).results[0].flags == ()


def test_a_merge_of_merges_is_one_merge(lab):
    one = shard(lab, "one", lab.finding("A"))
    two = shard(lab, "two", lab.finding("B", "failed"))
    three = shard(lab, "three", lab.finding("C"))

    assert joined(joined(one, two), three) == joined(one, two, three)
    assert joined(joined(one, two), one).results == joined(one, two).results


def test_only_a_waiver_that_all_shards_have_counts(lab):
    seen = lab.finding("A", "failed")
    waived = shard(lab, "one", seen, waivers=[lab.waiver("A")])
    plain = shard(lab, "two", lab.finding("B"))

    assert joined(waived).results[0].verdict is Verdict.WAIVED
    card = joined(waived, plain)
    assert card.results[0].verdict is Verdict.FAILED
    assert "Waivers that not every shard has do not count: 1." in card.notes


def test_every_phase_that_a_shard_asks_for_is_asked_for(lab):
    one = shard(lab, "one", phases=frozenset({("demo", 1)}))
    two = shard(lab, "two", phases=frozenset({("demo", 2)}))

    assert joined(one, two).basis.gate == (("demo", 1), ("demo", 2))
    assert joined(one, shard(lab, "three")).basis.gate is None


def test_an_interrupted_shard_makes_an_incomplete_merge(lab):
    cut = shard(lab, "one", run=lab.run(id="one", complete=False, commit="c0ffee"))

    assert not joined(cut, shard(lab, "two")).run.complete


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"ids": ("A", "B")}, "were made with different plans"),
        ({"criteria": 50}, "have different criteria"),
        ({"commit": "beef"}, "measured different commits"),
    ],
)
def test_archives_that_do_not_belong_together_are_refused(lab, more, message):
    if "criteria" in more:
        more = {"criteria": lab.criteria(lab.criterion(more["criteria"]))}
    if "commit" in more:
        more = {"run": lab.run(id="two", **more)}

    with pytest.raises(ReportError) as caught:
        joined(shard(lab, "one"), shard(lab, "two", **more))

    assert str(caught.value).startswith(f"two.json: one.json and two.json {message}")
    assert "\n  → " in str(caught.value)


def test_nothing_to_merge_is_an_error():
    with pytest.raises(ReportError, match="no archive is named"):
        merged({})


@st.composite
def shards(draw, lab):
    """Return shards of one plan, in which the same probes may have run."""
    known = draw(st.sampled_from([None, (4.0, 4.0, 4.0), (1.0,)]))
    past = None if known is None else lab.baseline("A", "ms", *known)
    criteria = lab.criteria(
        lab.criterion(
            draw(st.sampled_from([40, 100])),
            regression=draw(
                st.sampled_from([None, Regression(allowed=Fraction(1, 10))])
            ),
            weights=(("A", 3),) * draw(st.integers(0, 1)),
            most_waivers=draw(st.sampled_from([None, 0, 1])),
        ),
        **draw(st.sampled_from([{}, {"max_age_days": 7}])),
    )
    found = []
    for name in ("one", "two", "three")[: draw(st.integers(1, 3))]:
        findings = [
            lab.finding(
                requirement,
                draw(st.sampled_from(list(Outcome))).value,
                attempt=draw(st.integers(1, 2)),
                started=lab.now.timestamp() - draw(st.sampled_from([60, 864_000])),
                measured=[("ms", draw(st.sampled_from([4.0, 9.0])))],
            )
            for requirement in draw(st.lists(st.sampled_from(IDS), max_size=4))
        ]
        waivers = [lab.waiver(i) for i in sorted(draw(st.sets(st.sampled_from(IDS))))]
        found.append(
            shard(
                lab, name, *findings, criteria=criteria, waivers=waivers, baseline=past
            )
        )
    return found


@settings(deadline=None, max_examples=60)
@given(data=st.data())
def test_the_order_of_shards_is_irrelevant(lab, data):
    cards = data.draw(shards(lab))

    assert joined(*data.draw(st.permutations(cards))) == joined(*cards)


MEASURED = {"failed", "error", "unavailable", "inconclusive"}


@settings(deadline=None, max_examples=60)
@given(data=st.data())
def test_no_shard_hides_what_another_one_saw(lab, data):
    cards = data.draw(shards(lab))

    after = joined(*cards)

    for place, result in enumerate(after.results):
        if result.verdict is Verdict.PASSED:
            seen = {card.results[place].verdict.value for card in cards}
            assert not seen & (MEASURED | {"waived"})
    assert isinstance(after.basis.baseline, Baseline | None)
    assert replace(after, notes=()) == replace(joined(after), notes=())
