from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from pytest_roadmap.plan.contradictions import contradictions
from pytest_roadmap.plan.documents import read_document
from pytest_roadmap.plan.figures import figures
from pytest_roadmap.plan.markdown import read_markdown
from pytest_roadmap.plan.problems import Severity
from pytest_roadmap.plan.tallies import tallies

SUITES = Path(__file__).parents[2] / "suites"


def found(text: str) -> list[str]:
    document = read_markdown(textwrap.dedent(text), "roadmap.md")
    return [f"{problem.where}: {problem.what}" for problem in tallies(document)]


def test_a_count_in_a_heading_that_its_boxes_do_not_bear_out():
    assert found("""\
        ## Technical (0/1 items marked)
        - [ ] a
        - [ ] b
        ## Business (1/2 done)
        - [x] c
        - [ ] d
        ## Words (3/4 done)
        """) == [
        "roadmap.md:1: says '0/1 items marked', but 0 of its 2 boxes are ticked"
    ]


def test_a_count_in_a_line_that_the_boxes_beside_it_do_not_bear_out():
    assert found("""\
        ## Walls
        **Progress**: 2/3 items done
        - [x] a
        - [ ] b
        ## Roof
        - [ ] 0/9 tiles done
        """) == ["roadmap.md:2: says '2/3 items done', but 1 of its 2 boxes are ticked"]


def test_a_sign_of_more_to_come_over_ticked_boxes():
    assert found("""\
        ## Walls 🚧
        - [x] a
        - [x] b
        ## Roof ⏳
        - [x] c
        - [~] d
        """) == [
        ("roadmap.md:1: is marked as not done yet, but all of its 2 boxes are ticked")
    ]


def test_a_sign_over_open_boxes():
    assert found("""\
        ## Walls ✅
        - [x] a
        - [~] b
        - [-] c
        ## Roof ✅
        - [x] d
        """) == ["roadmap.md:1: claims to be done, but 1 of its 3 boxes are not ticked"]


def test_a_phase_that_is_more_done_than_it_says():
    assert found("""\
        ✅ **Phase 1: Walls (PARTIAL)**

        - ✅ a
        - ✅ b
        """) == [
        (
            "roadmap.md:3: 'Phase 1: Walls (PARTIAL)' is said to be partly done, but "
            "all of its 2 lines are marked as done"
        )
    ]


def test_a_number_of_phases_that_are_done():
    text = """\
        # Plan
        ## Phase 1: Walls
        - [x] a
        ## Phase 2: Roof
        - [ ] b
        ## Status
        {} of 2 phases done
        """

    assert found(text.format(1)) == []
    assert found(text.format(2)) == [
        (
            "roadmap.md:7: says '2 of 2 phases done', but all lines of 1 of 2 phases "
            "are marked as done"
        )
    ]


def test_a_status_that_its_own_words_deny():
    assert found("1. **Walls**\n   - a wall lacks bricks\n\nStatus: Fixed\n") == [
        "roadmap.md:2: is claimed to be done, but says 'lacks'"
    ]


def test_an_id_that_two_lines_have_is_an_error():
    document = read_markdown("- [ ] **A-1**: a\n- [x] **A-1**: b\n", "roadmap.md")

    (problem,) = tallies(document)

    assert problem.severity is Severity.ERROR
    assert problem.where == "roadmap.md:2"
    assert problem.what == "the id A-1 is there twice, first in line 1"
    assert problem.remedy.startswith("Give the later one a new id")


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("hashperp", [8, 9, 10, 72]),
        ("kubernetes", [3, 3, 146, 155, 274, 276, 276]),
        ("timecoin-checklist", [184, 187, 197, 197, 205, 211, 221, 223]),
        ("timecoin-roadmap", [25]),
        ("tipping-platform", []),
    ],
)
def test_the_contradictions_of_the_five_documents_are_found(name, lines):
    source = read_document(SUITES / name / "roadmap.md")
    document = read_markdown(source.text, "roadmap.md")

    problems = [*contradictions(document), *tallies(document), *figures(document)]

    assert sorted(int(problem.where.split(":")[1]) for problem in problems) == lines
