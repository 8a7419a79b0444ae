from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from pytest_roadmap.model import (
    Claim,
    DriftKind,
    Finding,
    Limit,
    Outcome,
    Phase,
    Remark,
    Requirement,
    Roadmap,
    Run,
    Section,
    Source,
    SourceLine,
    Strength,
    Verdict,
    Waiver,
    Wording,
    drift,
)
from pytest_roadmap.scoring import score

NOW = dt.datetime(2026, 3, 10, 12, tzinfo=dt.UTC)
RUN = Run(id="r2", started=NOW.timestamp() - 60, finished=NOW.timestamp(), version="1")
SOON = NOW.date() + dt.timedelta(days=60)  # within what the policy lets a waiver last


def requirement(name="H-1", **more) -> Requirement:
    fields = {"suite": "house", "phase": 1, "section": "Walls", "topic": "walls"}
    return Requirement(id=name, title=f"{name} holds.", **(fields | more))


def said(name="H-1", claim=Claim.NONE, wording=Wording.SAME, line=7) -> SourceLine:
    return SourceLine(
        requirement=name, wording=wording, claim=claim, line=line, box=True
    )


def card(  # noqa: PLR0913 - each argument is one of the things that disagree
    asked, *, outcomes=None, lines=(), remarks=(), waivers=(), run=RUN
):
    """Return a run of `asked` in which each id had an outcome, or no probe."""
    source = Source(
        file="roadmap.md", digest="00", lines=tuple(lines), remarks=tuple(remarks)
    )
    section = Section(name="Walls", requirements=tuple(asked))
    roadmap = Roadmap(
        suite="house",
        title="House",
        root="suites/house",
        digest="11",
        phases=(Phase(number=1, name="Ground", sections=(section,)),),
        source=source,
    )
    outcomes = outcomes or {}
    return score(
        roadmaps=[roadmap],
        mapped=dict.fromkeys(outcomes, ("test_house.py::test",)),
        findings=[
            Finding(
                requirement=name,
                probe="test_house.py::test",
                outcome=outcome,
                message=f"{outcome.value} because\nof rain",
                strength=Strength.EXERCISED,
                started=RUN.started,
            )
            for name, outcome in outcomes.items()
        ],
        criteria={},
        waivers=waivers,
        run=run,
        now=NOW,
    )


def told(*args, since=None, **more):
    return [
        (d.kind.value, d.line, d.sentence) for d in drift(card(*args, **more), since)
    ]


@pytest.mark.parametrize(
    ("claim", "outcome", "kind"),
    [
        (Claim.DONE, Outcome.PASSED, None),
        (Claim.DONE, Outcome.FAILED, DriftKind.OVER_CLAIM),
        (Claim.DONE, Outcome.ERROR, DriftKind.UNVERIFIED),
        (Claim.DONE, Outcome.UNAVAILABLE, DriftKind.UNVERIFIED),
        (Claim.DONE, Outcome.INCONCLUSIVE, DriftKind.UNVERIFIED),
        (Claim.DONE, Outcome.NOT_RUN, DriftKind.UNVERIFIED),
        (Claim.DONE, None, DriftKind.UNVERIFIED),
        (Claim.DONE, Outcome.NOT_APPLICABLE, None),
        (Claim.OPEN, Outcome.PASSED, DriftKind.UNDER_CLAIM),
        (Claim.IN_PROGRESS, Outcome.PASSED, DriftKind.UNDER_CLAIM),
        (Claim.OPEN, Outcome.FAILED, None),
        (Claim.OPEN, Outcome.ERROR, None),
        (Claim.NONE, Outcome.PASSED, None),
        (Claim.NONE, Outcome.FAILED, None),
    ],
)
def test_claim_and_verdict_disagree_both_ways(claim, outcome, kind):
    outcomes = {} if outcome is None else {"H-1": outcome}

    found = drift(card([requirement()], outcomes=outcomes, lines=[said(claim=claim)]))

    assert [entry.kind for entry in found] == ([kind] if kind else [])
    assert all(
        (entry.requirement, entry.file, entry.line) == ("H-1", "roadmap.md", 7)
        for entry in found
    )


def test_a_sentence_says_what_was_seen():
    assert told(
        [requirement("H-1"), requirement("H-2"), requirement("H-3")],
        outcomes={"H-1": Outcome.FAILED, "H-3": Outcome.PASSED},
        lines=[
            said("H-1", Claim.DONE, line=3),
            said("H-2", Claim.DONE, line=4),
            said("H-3", Claim.IN_PROGRESS, line=5),
        ],
    ) == [
        ("over_claim", 3, "H-1 is ticked, but failed: failed because"),
        (
            "unverified",
            4,
            "H-2 is ticked, but nobody knows: unmapped: no probe is registered for it",
        ),
        ("under_claim", 5, "H-3 is in progress in the document, and its probe passes"),
    ]


def test_a_waived_failure_is_still_an_over_claim():
    waiver = Waiver(
        requirement="H-1",
        reason="The mason is ill.",
        owner="masons",
        approver="release manager",
        expires=SOON,
    )
    scorecard = card(
        [requirement()],
        outcomes={"H-1": Outcome.FAILED},
        lines=[said(claim=Claim.DONE)],
        waivers=[waiver],
    )

    (entry,) = drift(scorecard)

    assert scorecard.results[0].verdict is Verdict.WAIVED
    assert entry.kind is DriftKind.OVER_CLAIM
    assert entry.sentence.startswith("H-1 is ticked, but waived")


@pytest.mark.parametrize(
    ("wording", "kind", "words"),
    [
        (Wording.CHANGED, "changed", "was mapped to other words than the document has"),
        (Wording.TWICE, "duplicate", "is mapped to words that several lines have"),
        (Wording.VANISHED, "vanished", "is mapped to words that the document lost"),
    ],
)
def test_what_has_become_of_the_words(wording, kind, words):
    ((found, _, sentence),) = told([requirement()], lines=[said(wording=wording)])

    assert found == kind
    assert words in sentence


def test_the_document_contradicts_itself_or_the_plan():
    assert told(
        [requirement()],
        lines=[said(claim=Claim.DROPPED)],
        remarks=[Remark(line=2, text="says '98% Complete', but …")],
    ) == [
        (
            "contradiction",
            7,
            "H-1 is dropped in the document, the plan still asks for it",
        ),
        ("contradiction", 2, "says '98% Complete', but …"),
    ]


def test_without_a_document_the_claim_of_the_plan_counts():
    scorecard = card([requirement(claim=Claim.DONE)], outcomes={"H-1": Outcome.FAILED})
    bare = replace(
        scorecard,
        roadmaps=tuple(replace(r, source=None) for r in scorecard.roadmaps),
    )

    (entry,) = drift(bare)

    assert (entry.kind, entry.file, entry.line) == (DriftKind.OVER_CLAIM, "", 0)


def test_ids_that_vanished_and_words_that_changed_since_an_older_run():
    old = card(
        [requirement("H-1"), requirement("H-2"), requirement("H-3")],
        run=replace(RUN, id="r1"),
    )
    limit = Limit(name="seconds", at_most=9.0)

    found = told(
        [requirement("H-1"), requirement("H-3", limits=(limit,))],
        lines=[said("H-3")],
        since=old,
    )

    assert found == [
        ("vanished", 0, "H-2 was asked by run r1 and is not any more"),
        ("changed", 7, "H-3 asks for something else than in run r1"),
    ]


def test_a_waiver_that_was_given_for_other_words_is_told():
    waiver = Waiver(
        requirement="H-1",
        reason="The mason is ill.",
        owner="masons",
        approver="release manager",
        expires=SOON,
    )
    more = {"outcomes": {"H-1": Outcome.FAILED}, "lines": [said()]}
    old = card([requirement()], waivers=[waiver], run=replace(RUN, id="r1"), **more)
    asked = replace(requirement(), then="It holds in a storm too.")

    def sentence(given):
        ((_, _, text),) = told([asked], waivers=[given], since=old, **more)
        return text

    again = replace(waiver, reason="The new words were read.")
    assert sentence(waiver).endswith(", and release manager waived the older words")
    assert sentence(again).endswith("than in run r1")


def test_long_and_hostile_messages_become_one_short_line():
    scorecard = card(
        [requirement()],
        outcomes={"H-1": Outcome.FAILED},
        lines=[said(claim=Claim.DONE)],
    )
    long = replace(scorecard.results[0], message="x" * 9999 + "\n<script>")

    (entry,) = drift(replace(scorecard, results=(long,)))

    assert len(entry.sentence) < 250
    assert "\n" not in entry.sentence
