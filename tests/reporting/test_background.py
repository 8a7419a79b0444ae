"""Who answers for what blocks, and since when it fails."""

from __future__ import annotations

import datetime as dt
import io
from dataclasses import replace

import pytest
from rich.console import Console

from pytest_roadmap.model import Decision, FailingSince, History, PastRun, Waiver
from pytest_roadmap.reporting import archive, background, html, markdown, reading
from pytest_roadmap.reporting.terminal import show

DAY = 86_400
FIRST = dt.datetime(2026, 3, 1, 8, tzinfo=dt.UTC).timestamp()


def run(name, day):
    return PastRun(
        id=name,
        started=FIRST + day * DAY,
        finished=FIRST + day * DAY + 60,
        version="1",
        commit="c",
        decision=Decision.NO_GO,
        complete=True,
        passed=1,
        total=4,
    )


def row(name, day, runs, *, at_least=False):
    return FailingSince(
        requirement=name,
        run=f"run-{day}",
        started=FIRST + day * DAY,
        runs=runs,
        at_least=at_least,
    )


@pytest.fixture
def old_card(card):
    """Return a run whose history knows since when two of its blocks fail."""
    failing = (row("EX-PDB-3", 0, 4, at_least=True), row("EX-POD-2", 2, 1))
    runs = tuple(run(f"run-{day}", day) for day in range(4))
    return replace(card, history=History(runs=runs, failing=failing))


def block(card, name):
    found = reading.blocks(card)
    return next(one for one in found if name in [r.requirement.id for r in one.results])


def told(card, name):
    return background.of(card).told(block(card, name))


def test_owner_and_beginning_are_one_clause(old_card):
    assert told(old_card, "EX-POD-2") == (
        "owner runtime team; failing since 2026-03-03 (run run-2, 1 run)"
    )


def test_of_several_the_oldest_failure_is_told(old_card):
    assert told(old_card, "EX-PDB-2") == (
        "failing since at least 2026-03-01 (run run-0, 4 runs)"
    )


def test_without_an_earlier_run_nobody_knows_since_when(card, old_card):
    alone = replace(old_card.history, runs=old_card.history.runs[-1:])

    assert told(card, "EX-POD-2") == "owner runtime team"
    assert told(replace(card, history=alone), "EX-POD-2") == "owner runtime team"
    assert told(card, "EX-PDB-2") == ""


def test_the_owner_of_a_waiver_answers_where_the_plan_names_nobody(card):
    def waiver(name, owner, year):
        return Waiver(
            requirement=name,
            reason="r",
            owner=owner,
            approver="b",
            expires=dt.date(year, 1, 1),
        )

    given = (
        waiver("EX-PDB-2", "later", 2021),
        waiver("EX-PDB-2", "earlier", 2020),
        waiver("EX-POD-2", "somebody else", 2020),
    )
    card = replace(card, basis=replace(card.basis, waivers=given))
    owners = background.of(card).owners

    assert owners == {"EX-PDB-2": "later", "EX-POD-2": "runtime team"}


def test_page_and_summary_tell_it(old_card):
    page, summary = html.dumps(old_card), markdown.dumps(old_card)

    assert "Owner: runtime team · failing since 2026-03-03 (run run-2, 1 run)" in page
    assert "owner runtime team; failing since 2026-03-03 (run run-2, 1 run)" in summary
    assert "failing since at least 2026-03-01 (run run-0, 4 runs)" in summary


def test_the_screen_tells_it_where_there_is_room(old_card):
    def line(width):
        console = Console(file=io.StringIO(), width=width)
        show(old_card, console)
        text = console.file.getvalue().splitlines()
        assert max(map(len, text)) <= width
        return text[1]

    assert line(120).endswith(" (since 2026-03-03, runtime team)")
    assert line(80).endswith("50")


def test_the_owner_survives_the_archive(card, tmp_path):
    archive.pytest_roadmap_report(card, tmp_path)
    again = archive.read(tmp_path / archive.FILE)

    assert again.roadmaps == card.roadmaps
    assert background.of(again).owners == background.of(card).owners
