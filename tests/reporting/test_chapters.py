"""What stands beside the requirements: drift, earlier runs, signatures."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction

from pytest_roadmap.model import (
    Decision,
    FailingSince,
    FlakeHealth,
    History,
    PastRun,
    PhaseTrend,
    SignOff,
    TrendPoint,
)
from pytest_roadmap.reporting import html, markdown
from pytest_roadmap.reporting.chapters import chapters


def told(card, name):
    """Return the texts of a chapter's cells, row by row; None without it."""
    found = {chapter.name: chapter for chapter in chapters(card)}.get(name)
    return found and [tuple(cell.text for cell in row) for row in found.rows]


def past(name, started, passed):
    return PastRun(
        id=name,
        started=started,
        finished=started + 60,
        version="1",
        commit="c",
        decision=Decision.NO_GO,
        complete=True,
        passed=passed,
        total=4,
    )


def point(name, started, passed):
    return TrendPoint(
        run=name,
        started=started,
        total=4,
        passed=passed,
        failed=4 - passed,
        waived=0,
        unknown=0,
        low=Fraction(passed, 4),
        high=Fraction(passed, 4),
        threshold=Fraction(1),
        decision=Decision.NO_GO,
    )


HISTORY = History(
    runs=(past("one", 0, 2), past("two", 86400, 3)),
    trends=(
        PhaseTrend(
            suite="example",
            number=1,
            name="Infrastructure",
            points=(point("one", 0, 2), point("two", 86400, 3)),
        ),
    ),
    failing=(
        FailingSince(
            requirement="EX-POD-2", run="one", started=0, runs=2, at_least=True
        ),
    ),
    flaky=(
        FlakeHealth(
            requirement="EX-POD-3",
            attempts=4,
            passes=3,
            flips=2,
            same_commit_flips=1,
            strip="pfpp",
        ),
    ),
    notes=("A clock went back.",),
)


def test_earlier_runs_are_curves_and_what_is_not_steady(card):
    with_past = replace(card, history=HISTORY)
    (chapter,) = [c for c in chapters(with_past) if c.name == "history"]

    assert chapter.points == (("1 Infrastructure", (50.0, 75.0)),)
    assert chapter.lead.endswith("A clock went back.")
    assert told(with_past, "history") == [
        ("EX-POD-2", "fails since 1970-01-01T00:00:00Z, run one", "at least 2 runs"),
        (
            "EX-POD-3",
            "health 25 %",
            "3 of 4 passed, 2 changes, 1 without a change of the code: pfpp",
        ),
    ]


def test_one_run_is_no_history(card):
    alone = replace(HISTORY, runs=HISTORY.runs[:1])

    assert told(card, "history") is None
    assert told(replace(card, history=alone), "history") is None


def test_a_signature_that_does_not_count_says_why(card):
    good = SignOff(
        file="a.json",
        digest="d",
        decision="NO-GO",
        issued=0.0 + 86400,
        expires=date(2026, 4, 1),
        signer="head of release",
    )
    bad = SignOff(file="b.json", digest="e", problem="the key is not trusted")
    card = replace(card, sign_offs=(good, bad))

    assert told(card, "sign-offs") == [
        ("head of release", "NO-GO", "1970-01-02T00:00:00Z", "2026-04-01", "yes", ""),
        ("b.json", "", "", "", "the key is not trusted", ""),
    ]


def test_what_the_document_claims_is_held_against_what_was_measured(card):
    rows = told(card, "drift")

    assert [row[:2] for row in rows] == [
        ("ticked, and nobody can tell", "EX-SEC-5"),
    ]


def test_every_chapter_stands_on_the_page_and_in_the_summary(card, tmp_path):
    card = replace(
        card, history=HISTORY, sign_offs=(SignOff(file="a.json", digest="d"),)
    )
    for writer in (html, markdown):
        writer.pytest_roadmap_report(card, tmp_path)
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    summary = (tmp_path / "summary.md").read_text(encoding="utf-8")

    for title in ("Earlier runs", "Signatures", "Document and measurement"):
        assert title in page
        assert title in summary
