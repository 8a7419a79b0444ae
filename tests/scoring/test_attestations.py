from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace

import pytest

from pytest_roadmap.model import Attestation, Outcome, Strength, Verdict
from pytest_roadmap.model.fingerprint import fingerprint
from pytest_roadmap.scoring import score_again

COMMIT = "c0ffee" + "0" * 34
OTHER = "bad" + "0" * 37
IMAGE = "sha256:" + "ab" * 32


@pytest.fixture
def asked(lab):
    return lab.requirement("OPS-1", manual=True, strength=Strength.ATTESTED)


@pytest.fixture
def word(lab, asked):
    def make(**more) -> Attestation:
        fields = {
            "file": "attestations/a.json",
            "digest": "d" * 64,
            "found_in": "demo",
            "suite": "demo",
            "requirement": "OPS-1",
            "fingerprint": fingerprint(asked),
            "candidate": COMMIT,
            "issued": lab.now.timestamp() - 3600,
            "expires": dt.date(2026, 6, 30),
            "signer": "security lead",
            "key": "0123456789abcdef",
            "note": "the report lies in the safe",
        }
        return Attestation(**(fields | more))

    return make


def judged(lab, asked, *words, findings=(), **more):
    fields = {"mapped": {}, "run": lab.run(candidate=COMMIT)} | more
    return lab.judged([asked], findings, attestations=words, **fields)


def test_a_valid_word_passes_a_manual_requirement(lab, asked, word):
    card = judged(lab, asked, word())

    (result,) = card.results
    (finding,) = result.findings
    assert result.verdict is Verdict.PASSED
    assert finding.strength is Strength.ATTESTED
    assert result.message == (
        "attested by security lead (key 0123456789ab) until 2026-06-30"
    )
    assert json.loads(finding.evidence[0].text) == {
        "signed by": "security lead",
        "key": "0123456789abcdef",
        "signed at": "2026-03-10T11:00:00+00:00",
        "expires": "2026-06-30",
        "candidate": COMMIT,
        "file": "attestations/a.json",
        "sha256": "d" * 64,
        "note": "the report lies in the safe",
    }
    assert card.notes == ()


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"problem": "it is not signed"}, "it is not signed"),
        ({"suite": "other"}, "it was signed for the suite other, not for demo"),
        ({"found_in": "other"}, "it was signed for the suite demo, not for other"),
        ({"fingerprint": "0" * 64}, "the text of OPS-1 has changed since it was"),
        ({"fingerprint": ""}, "the text of OPS-1 has changed since it was signed"),
        ({"expires": dt.date(2026, 3, 9)}, "it expired on 2026-03-09, before it was"),
        (
            {"expires": dt.date(2026, 3, 9), "issued": 0.0},
            "it expired on 2026-03-09",
        ),
        ({"expires": None}, "it never expires"),
        ({"issued": 4e9}, "it was signed in the future: a clock was wrong"),
        (
            {"candidate": OTHER},
            "it is for bad000000000, and the run is about c0ffee000000",
        ),
        ({"candidate": IMAGE}, "it is for sha256:abababababab, and the run is about"),
    ],
)
def test_a_word_that_does_not_count_is_refused_with_its_reason(
    lab, asked, word, change, why
):
    card = judged(lab, asked, word(**change))

    (result,) = card.results
    assert result.verdict is Verdict.NOT_REVIEWED
    assert result.verdict.unknown
    assert result.message.startswith(f"its attestation is refused: {why}")
    assert card.notes[0].startswith(
        f"The attestation attestations/a.json is refused: {why}"
    )


def test_without_a_candidate_nobodys_word_counts(lab, asked, word):
    card = judged(lab, asked, word(), run=lab.run(commit=COMMIT))

    assert card.results[0].verdict is Verdict.NOT_REVIEWED
    assert "and the run names no candidate (--roadmap-candidate)" in (
        card.results[0].message
    )


@pytest.mark.parametrize(
    "run",
    [
        {"commit": COMMIT, "clean": True},
        {"target": (("image", f"docker.io/chain@{IMAGE}"),)},
        {"candidate": IMAGE, "commit": OTHER, "clean": True},
    ],
)
def test_a_run_may_name_its_candidate_by_what_it_measured(lab, asked, word, run):
    words = word(), word(candidate=IMAGE)

    assert judged(lab, asked, *words, run=lab.run(**run)).results[0].verdict == "passed"


def test_the_candidate_that_was_named_is_the_only_one(lab, asked, word):
    run = lab.run(candidate=OTHER, commit=COMMIT, clean=True)

    assert judged(lab, asked, word(), run=run).results[0].verdict == "not_reviewed"


def test_a_word_for_another_id_or_a_measured_one_does_nothing(lab, asked, word):
    stray = judged(lab, asked, word(requirement="OPS-2"))
    measured = lab.requirement("OPS-1")
    probed = judged(lab, measured, word(fingerprint=fingerprint(measured)))

    assert stray.results[0].verdict is Verdict.NOT_REVIEWED
    assert "no plan has the id OPS-2 (did you mean OPS-1?)." in stray.notes[0]
    assert probed.results[0].verdict is Verdict.UNMAPPED
    assert "only a manual requirement can be attested" in probed.notes[0]


def test_a_word_is_weaker_than_what_a_probe_must_show(lab, asked, word):
    strict = replace(asked, strength=Strength.OBSERVED)

    (result,) = judged(lab, strict, word()).results

    assert result.verdict is Verdict.PARTIAL
    assert result.message == "passed, but only as attested; observed is required"


def test_a_probe_does_not_stand_in_for_the_word(lab, asked, word):
    passed = lab.finding("OPS-1")
    mapped = {"OPS-1": ("test_OPS-1",)}

    alone = judged(lab, asked, findings=[passed], mapped=mapped)
    both = judged(lab, asked, word(), findings=[passed], mapped=mapped)

    assert alone.results[0].verdict is Verdict.PARTIAL
    assert both.results[0].verdict is Verdict.PASSED


def test_a_failed_probe_outweighs_the_word(lab, asked, word):
    failed = lab.finding("OPS-1", "failed")
    mapped = {"OPS-1": ("test_OPS-1",)}

    card = judged(lab, asked, word(), findings=[failed], mapped=mapped)

    assert card.results[0].verdict is Verdict.FAILED


def test_nobody_can_pass_off_a_finding_as_a_word(lab, asked):
    forged = lab.finding("OPS-1", probe="attestation", strength=Strength.ATTESTED)

    card = judged(lab, asked, findings=[forged], mapped={"OPS-1": ("attestation",)})

    assert card.results[0].verdict is Verdict.NOT_REVIEWED
    assert card.results[0].findings == ()


def test_an_old_archive_is_judged_by_the_words_that_hold_now(lab, asked, word):
    card = judged(lab, asked, word())
    last = dt.datetime(2026, 6, 30, 23, 59, tzinfo=dt.UTC)

    assert score_again(card) == card
    assert score_again(card, now=last).results[0].verdict is Verdict.PASSED
    later = score_again(card, now=last + dt.timedelta(minutes=1))
    assert later.results[0].verdict is Verdict.NOT_REVIEWED
    assert later.results[0].message.endswith("it expired on 2026-06-30")
    assert score_again(card, attestations=()).results[0].outcome is Outcome.NOT_RUN


def test_old_words_are_no_news_beside_one_that_counts(lab, asked, word):
    old = word(file="attestations/0.json", candidate=OTHER)
    altered = word(file="attestations/1.json", problem="it was altered")

    card = judged(lab, asked, old, altered, word())

    assert card.results[0].verdict is Verdict.PASSED
    assert card.notes == (
        "The attestation attestations/1.json is refused: it was altered.",
    )
