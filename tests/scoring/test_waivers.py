from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from pytest_roadmap.model import Outcome, Strength, Verdict
from pytest_roadmap.model.fingerprint import fingerprint

UNDATED = "91 more days, and no day of issue before today"


@pytest.mark.parametrize(
    ("change", "note"),
    [
        ({"expires": dt.date(2026, 3, 9)}, "it expired on 2026-03-09"),
        ({"owner": "Grace "}, "its owner Grace  approved it alone"),
        ({"reason": " "}, "it has no reason"),
        ({"owner": ""}, "it has no owner"),
        ({"approver": ""}, "it has no approver"),
        ({"scope": "env=prod"}, "its scope env=prod is not what was measured"),
        (
            {"expires": dt.date(2026, 6, 1)},
            "it lasts too long (issued on 2026-03-02 for 91 days; 90 are allowed)",
        ),
        (
            {"issued": None, "expires": dt.date(2026, 6, 9)},
            f"it lasts too long ({UNDATED}; 90 are allowed)",
        ),
        (
            {"issued": dt.date(2026, 5, 1), "expires": dt.date(2026, 6, 9)},
            f"it lasts too long ({UNDATED}; 90 are allowed)",
        ),
    ],
)
def test_a_doubtful_waiver_shows_the_failure(lab, change, note):
    waiver = lab.waiver("A", **change)

    card = lab.judged(
        [lab.requirement("A")], [lab.finding("A", "failed")], waivers=[waiver]
    )

    assert card.results[0].verdict is Verdict.FAILED
    assert f"The waiver of A is ignored: {note}." in card.notes


def test_a_waiver_holds_through_its_last_day(lab):
    waiver = lab.waiver("A", expires=lab.now.date())

    result = lab.verdict(
        lab.requirement("A"), lab.finding("A", "failed"), waivers=[waiver]
    )

    assert result.verdict is Verdict.WAIVED
    assert result.outcome is Outcome.FAILED
    assert result.flags == ("waiver_expiring",)


@pytest.mark.parametrize(
    "change",
    [
        {"expires": dt.date(2026, 5, 31)},
        {"issued": None, "expires": dt.date(2026, 6, 8)},
        {"issued": dt.date(2026, 5, 1), "expires": dt.date(2026, 6, 8)},
    ],
)
def test_a_waiver_may_last_as_long_as_the_policy_lets_it(lab, change):
    waiver = lab.waiver("A", **change)

    result = lab.verdict(
        lab.requirement("A"), lab.finding("A", "failed"), waivers=[waiver]
    )

    assert result.verdict is Verdict.WAIVED


@pytest.mark.parametrize(("longest", "verdict"), [(8, "failed"), (300, "waived")])
def test_the_policy_says_how_long_a_waiver_may_last(lab, longest, verdict):
    waiver = lab.waiver("A", expires=dt.date(2026, 3, 11))
    criteria = lab.criteria(lab.criterion(100), longest_waiver_days=longest)

    card = lab.judged(
        [lab.requirement("A")],
        [lab.finding("A", "failed")],
        waivers=[waiver],
        criteria=criteria,
    )

    assert card.results[0].verdict == verdict


def test_time_alone_makes_no_undated_waiver_of_a_long_one(lab):
    waiver = lab.waiver("A", expires=dt.date(2026, 6, 1))
    later = lab.now + dt.timedelta(days=80)

    result = lab.verdict(
        lab.requirement("A"),
        lab.finding("A", "failed", started=later.timestamp()),
        waivers=[waiver],
        now=later,
    )

    assert result.verdict is Verdict.FAILED


def test_a_waiver_may_be_for_one_target(lab):
    waiver = lab.waiver("A", scope="cluster=kind, chain=roadmap-1")
    run = lab.run(target=(("cluster", "kind"), ("chain", "roadmap-1")))

    result = lab.verdict(
        lab.requirement("A"), lab.finding("A", "failed"), waivers=[waiver], run=run
    )

    assert result.verdict is Verdict.WAIVED


@pytest.mark.parametrize("outcome", ["error", "unavailable", "inconclusive", "not_run"])
def test_a_waiver_never_covers_an_unknown(lab, outcome):
    result = lab.verdict(
        lab.requirement("A"), lab.finding("A", outcome), waivers=[lab.waiver("A")]
    )

    assert result.verdict == outcome


def test_a_waiver_of_a_pass_is_told_to_be_unused(lab):
    result = lab.verdict(
        lab.requirement("A"), lab.finding("A"), waivers=[lab.waiver("A")]
    )

    assert result.verdict is Verdict.PASSED
    assert result.flags == ("waiver_unused",)


def test_a_misspelt_waiver_gets_a_suggestion(lab):
    card = lab.judged(
        [lab.requirement("INFRA-POD-1")], [], waivers=[lab.waiver("INFRA-POT-1")]
    )

    assert (
        "The waiver of INFRA-POT-1 is ignored: no plan has that id "
        "(did you mean INFRA-POD-1?)." in card.notes
    )


def test_of_two_waivers_the_longer_one_is_used(lab):
    short = lab.waiver("A", expires=dt.date(2026, 4, 1))
    long = lab.waiver("A", expires=dt.date(2026, 5, 1))

    result = lab.verdict(
        lab.requirement("A"), lab.finding("A", "failed"), waivers=[long, short]
    )

    assert result.waiver == long


def test_a_waiver_of_another_text_shows_the_failure(lab):
    asked = lab.requirement("A")
    waived = lab.waiver("A", fingerprint=fingerprint(asked))
    reworded = replace(asked, title="A holds always.")

    same = lab.verdict(asked, lab.finding("A", "failed"), waivers=[waived])
    other = lab.judged([reworded], [lab.finding("A", "failed")], waivers=[waived])

    assert same.verdict is Verdict.WAIVED
    assert other.results[0].verdict is Verdict.FAILED
    assert (
        "The waiver of A is ignored: the requirement's text has changed since it "
        "was waived." in other.notes
    )


def test_a_lost_retry_turns_no_unknown_into_an_accepted_failure(lab):
    asked, mapped = lab.requirement("A"), {"A": ("p", "q")}
    broken = lab.finding("A", "error", probe="p")
    failed = lab.finding("A", "failed", probe="q", message="2 of 7")
    passed = lab.finding("A", probe="q", attempt=2)
    more = {"mapped": mapped, "waivers": [lab.waiver("A")]}

    assert lab.verdict(asked, broken, failed, passed, **more).verdict == "error"
    lost = lab.verdict(asked, broken, failed, **more)

    assert (lost.verdict, lost.message) == (
        "failed",
        "2 of 7 (not waived: another probe could not tell)",
    )


def test_a_pass_that_does_not_count_takes_no_failure_back(lab):
    asked = lab.requirement("A", strength=Strength.EXERCISED)
    failed = lab.finding("A", "failed", strength=Strength.EXERCISED)
    weak = lab.finding("A", attempt=2, strength=Strength.STATED)

    assert lab.verdict(asked, failed, weak).verdict == "failed"
    assert lab.verdict(asked, weak).verdict == "partial"
