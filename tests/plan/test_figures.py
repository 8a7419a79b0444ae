from __future__ import annotations

import textwrap

import pytest

from pytest_roadmap.plan.figures import figures
from pytest_roadmap.plan.markdown import read_markdown


def found(text: str) -> list[str]:
    document = read_markdown(textwrap.dedent(text), "roadmap.md")
    return [f"{problem.where}: {problem.what}" for problem in figures(document)]


def test_a_zero_whose_box_is_open():
    assert found("""\
        # Plan
        - [ ] Zero critical bugs
        - [x] No open questions
        ## Status
        - **Critical Bugs**: 0 remaining
        - Open Questions: none
        - Bugs: 0
        """) == [
        (
            "roadmap.md:5: says 'Critical Bugs: 0', but the box 'Zero critical bugs' "
            "in line 2 is open"
        )
    ]


def test_two_durations_of_one_phase():
    assert found("""\
        ## Phase 1: Walls (1 week)
        ## Phase 2: Roof (2-3 weeks)
        ## Path
        1. Phase 1 (Walls): 1 week
        2. Phase 2 (Roof): 2 weeks
        3. Phase 3 (Garden): 9 days
        """) == ["roadmap.md:5: gives phase 2 2 weeks, its heading in line 2 2-3 weeks"]


def test_a_total_that_is_not_its_sum():
    assert found("""\
        ## Path
        1. Phase 1: 1 week
        2. Phase 2: 2-3 weeks

        **Total: 5 weeks**
        """) == [
        ("roadmap.md:5: says 'Total: 5 weeks', the phases above add up to 3-4 weeks")
    ]


def test_a_sum_that_is_said_to_be_parallel():
    assert found("""\
        ## Path
        1. Phase 1: 1 week
        2. Phase 2: 2 weeks

        **Total: 3 weeks** assuming parallel work
        """) == [
        "roadmap.md:5: assumes parallel work, but 3 weeks is all of it in a row"
    ]


def test_functions_whose_lines_overlap():
    assert found("""\
        - `Match` in `orders.go` (lines 10-30) lacks a lock
        - `Book` in `orders.go` (line 20-40) is slow
        - `Inner` in `orders.go` (line 12-15) is inside
        - `Match` in `offers.go` (line 20-40) is elsewhere
        - `After` in `orders.go` (line 31-50) begins in another one
        """) == [
        "roadmap.md:2: Match (lines 10-30) and Book (lines 20-40) overlap in orders.go",
        "roadmap.md:5: Book (lines 20-40) and After (lines 31-50) overlap in orders.go",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "- Bugs: 0\n",
        "- [x] Zero bugs\n- Bugs: 0\n",
        "- [ ] Zero critical bugs\n- Bugs: 0\n",
        "## Phase 1: A (1 week)\n1. Phase 1: 1 week\n\nTotal: 1 week\n",
        "1. Phase 1: 1 week\n2. Phase 2: 2 weeks\n\nTotal: 2 weeks, parallel\n",
        "1. Phase 1: 1 week\n2. Phase 2: 3 days\n\nTotal: 2 weeks\n",
        "Total: 6 weeks\n",
        "- `A` in `x.go` (line 1-9)\n- `A` in `x.go` (line 1-9) again\n",
    ],
)
def test_what_agrees_is_not_told(text):
    assert found(text) == []
