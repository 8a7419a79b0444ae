from __future__ import annotations

import pytest

from pytest_roadmap.reporting import markdown


def test_the_decision_comes_first_and_then_what_blocks(card):
    text = markdown.dumps(card)
    titles = [line for line in text.splitlines() if line.startswith("#")]

    assert titles[:5] == [
        "# ✗ NO-GO",
        "## Why",
        "## What blocks the release",
        "## What would change it",
        "## Phases",
    ]
    assert "| 3 of 6 = 50 %, at most 5 of 6 = 83.3 % < 100 %, 6 needed |" in text


@pytest.mark.parametrize("budget", [500, 2_000, 10_000, 65_535])
def test_it_never_exceeds_its_budget(large_run, budget):
    text = markdown.dumps(large_run(3_000), budget)

    assert len(text.encode()) <= budget
    assert text.startswith("# ")


def test_what_does_not_fit_is_counted(large_run):
    card = large_run(3_000)
    text = markdown.dumps(card)
    _, *phases = text.split("\n## Phase 1 Part 1\n")
    shown = sum(line.startswith("- ") for line in "".join(phases).splitlines())
    left = sum(
        int(line.split()[1])
        for line in "".join(phases).splitlines()
        if line.endswith(" more, see report.html.")
    )

    assert shown + left == 3_000


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a*b*", r"a\*b\*"),
        ("snake_case stays", "snake_case stays"),
        ("_not_ emphasis", r"\_not\_ emphasis"),
        ("# no heading", r"\# no heading"),
        ("1. no list", r"1\. no list"),
        ("a|b", r"a\|b"),
        ("<b>", r"&lt;b\>"),
        ("@team", "@\u200bteam"),
    ],
)
def test_text_is_shown_as_it_is(text, shown):
    assert markdown.safe(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [("a", "`a`"), ("a`b", "``a`b``"), ("`a", "`` `a ``"), ("", "` `")],
)
def test_code_survives_its_own_ticks(text, shown):
    assert markdown.code(text) == shown
