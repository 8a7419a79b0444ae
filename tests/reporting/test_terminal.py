from __future__ import annotations

import io

import pytest
from rich.console import Console

from pytest_roadmap.reporting.terminal import show


def printed(card, width=80, folder="", **more):
    console = Console(file=io.StringIO(), width=width, **more)
    show(card, console, folder)
    return console.file.getvalue()


@pytest.mark.parametrize("width", [80, 200])
def test_it_fits_its_screen_and_ends_with_the_decision(card, width):
    lines = printed(card, width, "reports/runs/r1").splitlines()

    assert max(map(len, lines)) <= width
    assert lines[0] == "What blocks the release"
    assert lines[1].startswith("✗ failed       EX-POD-2 (must hold) grace_used_percent")
    assert lines[-1] == "✗ NO-GO  4 of 14 requirements passed"


def test_one_cause_of_many_is_one_line(card):
    (line,) = [x for x in printed(card).splitlines() if x.startswith("∅")]

    assert line == "∅ unavailable  EX-PDB-2 +1 no second node can be scheduled"


def test_no_column_is_cut_at_80(card):
    text = printed(card)

    assert (
        "1 Infrastructure       3       1       0        2    50 %  100 %  ✗ NO-GO"
        in text
    )


def test_colour_only_where_there_is_a_terminal(card, monkeypatch):
    monkeypatch.setenv("TERM", "xterm-256color")
    assert "\x1b[" not in printed(card)
    assert "\x1b[" in printed(card, force_terminal=True)

    monkeypatch.setenv("NO_COLOR", "1")
    text = printed(card, force_terminal=True)
    assert "\x1b[31" not in text
    assert "\x1b[1;31" not in text


def test_at_most_ten_reasons_stand_first(large_run):
    lines = printed(large_run(60)).splitlines()

    assert lines[11].startswith("… ")
    assert lines[11].endswith(" more requirements, see summary.md")
