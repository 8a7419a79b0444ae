from __future__ import annotations

import datetime as dt

import pytest

from pytest_roadmap.model import Claim, Outcome, Strength, Verdict


@pytest.mark.parametrize(
    ("outcomes", "verdict"),
    [
        (["passed"], Verdict.PASSED),
        (["failed", "error", "passed"], Verdict.FAILED),
        (["error", "unavailable", "passed"], Verdict.ERROR),
        (["unavailable", "inconclusive", "passed"], Verdict.UNAVAILABLE),
        (["inconclusive", "passed", "not_run"], Verdict.INCONCLUSIVE),
        (["passed", "not_run"], Verdict.PARTIAL),
        (["not_run"], Verdict.NOT_RUN),
        (["not_applicable", "not_run"], Verdict.NOT_RUN),
        (["not_applicable", "not_applicable"], Verdict.NOT_APPLICABLE),
        (["not_applicable", "passed"], Verdict.PASSED),
        (["not_applicable", "failed"], Verdict.FAILED),
    ],
)
def test_the_first_line_of_the_list_that_matches_decides(lab, outcomes, verdict):
    findings = [lab.finding("A", o, probe=f"p{i}") for i, o in enumerate(outcomes)]
    mapped = {"A": tuple(f"p{i}" for i in range(len(outcomes)))}

    result = lab.verdict(lab.requirement("A"), *findings, mapped=mapped)

    assert result.verdict is verdict


def test_a_registered_probe_that_says_nothing_did_not_run(lab):
    result = lab.verdict(lab.requirement("A"))

    assert result.verdict is Verdict.NOT_RUN
    assert result.message == "its probe did not run"


def test_one_of_two_registered_probes_is_only_a_part(lab):
    mapped = {"A": ("p", "q")}

    result = lab.verdict(
        lab.requirement("A"), lab.finding("A", probe="p"), mapped=mapped
    )

    assert result.verdict is Verdict.PARTIAL
    assert result.message == "1 of 2 probes passed; q did not run"


def test_no_probe_is_unmapped_and_a_manual_one_not_reviewed(lab):
    by_hand = lab.requirement("B", manual=True)

    plain = lab.verdict(lab.requirement("A"), mapped={})
    manual = lab.verdict(by_hand, mapped={})

    assert plain.verdict is Verdict.UNMAPPED
    assert manual.verdict is Verdict.NOT_REVIEWED
    assert manual.flags == ("manual",)


def test_what_the_document_dropped_leaves_the_count_even_if_it_fails(lab):
    dropped = lab.requirement("A", claim=Claim.DROPPED)

    result = lab.verdict(dropped, lab.finding("A", "failed"))

    assert result.verdict is Verdict.DROPPED
    assert result.outcome is Outcome.FAILED  # what was seen stays visible


def test_the_last_attempt_decides_and_all_are_kept(lab):
    first = lab.finding("A", "failed", attempt=1, message="no leader")
    second = lab.finding("A", attempt=2)

    result = lab.verdict(lab.requirement("A"), second, first)

    assert result.verdict is Verdict.PASSED
    assert result.flags == ("flaky",)
    assert result.findings == (first, second)
    assert result.attempts == 2


def test_a_second_attempt_is_flaky_even_if_the_first_was_lost(lab):
    result = lab.verdict(lab.requirement("A"), lab.finding("A", attempt=2))

    assert result.flags == ("flaky",)


def test_two_answers_of_one_attempt_count_as_the_worse(lab):
    findings = [lab.finding("A"), lab.finding("A", "error", message="worker gone")]

    result = lab.verdict(lab.requirement("A"), *findings)

    assert result.verdict is Verdict.ERROR


def test_a_weak_pass_is_only_a_part(lab):
    asked = lab.requirement("A", strength=Strength.EXERCISED)
    seen = lab.finding("A", strength=Strength.CONFIGURED)

    result = lab.verdict(asked, seen)

    assert result.verdict is Verdict.PARTIAL
    assert result.flags == ("weak",)
    assert result.message == "passed, but only as configured; exercised is required"


def test_the_strongest_pass_counts(lab):
    asked = lab.requirement("A", strength=Strength.EXERCISED)
    weak = lab.finding("A", probe="p", strength=Strength.CONFIGURED)
    strong = lab.finding("A", probe="q", strength=Strength.EXERCISED)

    result = lab.verdict(asked, weak, strong, mapped={"A": ("p", "q")})

    assert result.verdict is Verdict.PASSED


@pytest.mark.parametrize(
    ("days", "verdict"), [(7, "passed"), (8, "stale"), (-1, "stale")]
)
def test_an_old_pass_and_one_from_the_future_are_stale(lab, days, verdict):
    started = (lab.now - dt.timedelta(days=days)).timestamp()
    criteria = lab.criteria(lab.criterion(100), max_age_days=7)

    result = lab.verdict(
        lab.requirement("A"), lab.finding("A", started=started), criteria=criteria
    )

    assert result.verdict == verdict


def test_findings_of_a_probe_that_is_not_registered_earn_nothing(lab):
    card = lab.judged([lab.requirement("A")], [lab.finding("A", probe="renamed")])

    assert card.results[0].verdict is Verdict.PARTIAL
    assert "A has findings of a probe that is not registered." in card.notes


def test_the_first_message_says_how_many_more_there_are(lab):
    findings = [
        lab.finding("A", "failed", probe="p", message="no leader"),
        lab.finding("A", "failed", probe="q", message="no peers"),
    ]

    result = lab.verdict(lab.requirement("A"), *findings, mapped={"A": ("p", "q")})

    assert result.message == "no leader (and 1 more)"


@pytest.mark.parametrize("vague", ["error", "unavailable", "inconclusive", "not_run"])
def test_a_failure_stands_when_a_later_attempt_cannot_tell(lab, vague):
    card = lab.judged(
        requirements=[lab.requirement("A")],
        mapped={"A": ("p",)},
        findings=[
            lab.finding("A", probe="p", attempt=1, outcome=Outcome.FAILED),
            lab.finding("A", probe="p", attempt=2, outcome=Outcome(vague)),
        ],
    )

    assert [result.verdict for result in card.results] == [Verdict.FAILED]
