from __future__ import annotations

import textwrap

import pytest

from pytest_roadmap.plan.contradictions import contradictions
from pytest_roadmap.plan.markdown import read_markdown


def found(text: str) -> list[str]:
    document = read_markdown(textwrap.dedent(text), "roadmap.md")
    return [f"{problem.where}: {problem.what}" for problem in contradictions(document)]


def test_a_share_of_completion_that_the_boxes_do_not_bear_out():
    assert found("""\
        # Plan
        **Status**: 98% Complete
        ## Tasks (50% complete)
        - [x] a
        - [ ] b
        ## More
        - [ ] c
        """) == [
        "roadmap.md:2: says '98% Complete', but 1 of its 3 boxes are ticked (33 %)"
    ]


def test_only_this_remains_while_other_boxes_are_open():
    assert found("""\
        # Plan
        Only follow-ups remain.
        ## Operational Follow-ups
        - [ ] a
        ## Security
        - [ ] b
        - [x] c
        """) == [
        (
            "roadmap.md:2: says that only follow-ups remain, but 1 of the 2 open boxes "
            "lie elsewhere, the first in line 6"
        )
    ]


def test_totals_that_are_not_the_sum_of_their_parts():
    assert found("""\
        # Tests (12 tests)
        ## Phase 1: Ground (4 tests)
        ## Phase 2: Roof (5 tests)
        ## Table
        | Phase | Category | Tests |
        |---|---|---|
        | 1 | Ground | 4 |
        | 2 | Roof | 6 |
        | **Total** | | **10** |
        """) == [
        "roadmap.md:1: promises 12 tests, its phases add up to 9",
        "roadmap.md:8: gives phase 2 6 tests, its heading 5",
        "roadmap.md:9: gives 10 as the total, the phases add up to 9",
    ]


def test_a_phase_with_two_names():
    assert found("""\
        ## Phase 1: Ground (4 tests)
        ## Phase 2: Roof (5 tests)
        - **90%** Phase 1-2 (Ground + Tiles)
        """) == ["roadmap.md:3: calls phase 2 'Tiles', its heading in line 2 'Roof'"]


def test_an_amount_that_its_parts_do_not_add_up_to():
    assert found("""\
        ## Simplify (~1,500 LOC)
        - [ ] **S-1**: a
          - Impact: ~800 LOC
        - [ ] **S-2**: b
          - Impact: ~600 LOC, and peace
          - Location: `x.go` (~9,000 LOC)
        """) == ["roadmap.md:1: promises ~1,500 LOC, the impacts below add up to 1,400"]


def test_a_file_that_one_task_deletes_and_another_changes():
    assert found("""\
        - [ ] **S-1**: simplify
          - Delete: `x/dex/swap.go`, `pool.go`
        - [ ] **P-1**: speed up
          - Location: `x/dex/swap.go:174-183`
        - [ ] **P-2**: share
          - Location: `x/dex/pool.go`, `x/dex/swap.go`
        """) == [
        "roadmap.md:1: S-1 deletes x/dex/swap.go, which P-1, P-2 change",
        "roadmap.md:1: S-1 deletes x/dex/pool.go, which P-2 changes",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# Plan\n50% complete\n",
        "# Plan\n50% complete\n- [x] a\n- [ ] b\n",
        "# A (3 tests)\n## Phase 1: G (3 tests)\n- **90%** Phase 1 (G)\n",
        "- [ ] a\n  - Delete: `x.go`\n",
        "| Phase | n |\n|---|---|\n| 4 | 7 |\n| Total | 7 |\n",
    ],
)
def test_what_agrees_is_not_told(text):
    assert found(text) == []
