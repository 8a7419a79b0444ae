from __future__ import annotations

import textwrap

import pytest

from pytest_roadmap.errors import PlanError
from pytest_roadmap.model import Claim, Requirement, Wording
from pytest_roadmap.plan import Severity, lint, load_suite
from pytest_roadmap.plan.claims import source_of
from pytest_roadmap.plan.markdown import read_markdown

DOCUMENT = """\
# Plan

## Phase 1: Ground (2 tests)

**Walls**: upright, dry

## Tasks

### Doors
- [x] **D-1**: Every door closes
- [ ] Oil the hinges
- [~] Count the keys of the whole house

### Windows
- [ ] Oil the hinges
- [ ] ~~Paint the frames~~
"""


def said(text: str = DOCUMENT, **asked):
    """Return what a document says of one requirement."""
    fields = {"id": "H-1", "suite": "house", "phase": 7, "section": "-", "topic": ""}
    requirement = Requirement(**(fields | {"title": "t"} | asked))
    document = read_markdown(textwrap.dedent(text), "roadmap.md")
    (line,) = source_of(document, "00", [requirement]).lines
    return line


def test_a_quote_finds_its_line_and_its_claim():
    line = said(quote="[ ] **D-1**: Every door closes")

    assert (line.wording, line.claim, line.line) == (Wording.SAME, Claim.DONE, 10)
    assert (line.text, line.box) == ("D-1: Every door closes", True)


def test_the_beginning_of_a_line_is_enough():
    assert said(quote="Count the keys of").claim is Claim.IN_PROGRESS
    assert said(quote="Count").wording is Wording.VANISHED


def test_the_section_tells_two_equal_lines_apart():
    assert said(quote="Oil the hinges").wording is Wording.TWICE
    assert said(quote="Oil the hinges", section="Windows").line == 15


def test_the_documents_own_id_is_as_good_as_a_quote():
    line = said(id="D-1")

    assert (line.line, line.claim, line.wording) == (10, Claim.DONE, Wording.SAME)


def test_other_words_are_found_by_the_id_or_by_being_nearly_the_same():
    by_id = said(quote="**D-1**: No door is left open")
    alike = said(quote="Count the keys of the whole big house")

    assert (by_id.wording, by_id.line) == (Wording.CHANGED, 10)
    assert (alike.wording, alike.line) == (Wording.CHANGED, 12)


def test_words_that_no_line_has_any_more_are_gone():
    line = said(quote="Dig a well behind the house")

    assert (line.wording, line.line, line.claim) == (Wording.VANISHED, 0, Claim.NONE)


def test_struck_words_are_dropped():
    assert said(quote="Paint the frames").claim is Claim.DROPPED


def test_a_section_lists_the_topics_of_a_requirement():
    kept = said(phase=1, section="Walls", topic="dry", claim=Claim.OPEN)
    lost = said(phase=1, section="Walls", topic="dry; warm")

    assert (kept.wording, kept.line, kept.claim) == (Wording.SAME, 5, Claim.OPEN)
    assert lost.wording is Wording.CHANGED


def test_a_requirement_without_any_tie_keeps_the_claim_of_the_plan():
    line = said(claim=Claim.DONE)

    assert (line.wording, line.claim, line.line) == (Wording.NONE, Claim.DONE, 0)


def test_a_box_in_a_code_block_is_no_box_to_tick():
    line = said("```\nTODO:\n- [ ] Dig a deep well\n```\n", quote="Dig a deep well")

    assert (line.claim, line.line, line.box) == (Claim.OPEN, 3, False)


def test_a_suite_knows_its_document_and_where_it_contradicts_itself(house):
    house.change("roadmap.md", "(3 tests)", "(4 tests)")

    source = load_suite(house.folder).roadmap.source

    assert source.file == (house.folder / "roadmap.md").as_posix()
    assert len(source.digest) == 64
    assert [line.wording for line in source.lines] == [Wording.SAME] * 3
    assert source.of("HOUSE-TILE-1").line == 11
    assert [(r.line, r.text) for r in source.remarks] == [
        (3, "promises 4 tests, its phases add up to 3")
    ]


@pytest.mark.parametrize(
    ("line", "what", "remedy"),
    [
        ("", "quotes words that the document does not have", "Quote a line"),
        (
            "- No tile ever moves in a storm\n- No tile ever moves in a storm",
            "quotes what several lines say",
            "Quote more",
        ),
        (
            "- No tiles ever move in a storm",
            "quotes other words than line",
            "Read the requirement again",
        ),
    ],
)
def test_lint_tells_what_has_become_of_a_quote(house, line, what, remedy):
    house.change(
        "plan.yaml",
        "title: Every tile lies.",
        'title: Every tile lies.\n            quote: "No tile ever moves in a storm"',
    )
    house.change("roadmap.md", "### Success", f"{line}\n\n### Success")

    problems = [p for p in lint(load_suite(house.folder)) if what in p.what]

    (problem,) = problems
    assert problem.severity is Severity.ERROR
    assert problem.what.startswith("HOUSE-TILE-1")
    assert problem.where == house.line("plan.yaml", "id: HOUSE-TILE-1")
    assert problem.remedy.startswith(remedy)


def test_a_document_without_any_requirement_is_refused_with_its_line(house):
    (house.folder / "roadmap.md").write_text("# Roadmap\n\nNothing yet.\n")

    with pytest.raises(PlanError) as raised:
        load_suite(house.folder)

    where = (house.folder / "roadmap.md").as_posix()
    assert str(raised.value).startswith(f"{where}:1: asks nothing")
    assert "→ Restore the document" in str(raised.value)


@pytest.mark.parametrize("name", ["a-1", "Ä-1", "A-1; rm", "A_1", "A-1\u202e", "A"])
def test_ids_with_odd_characters_are_refused_with_their_line(house, name):
    line = house.line("plan.yaml", "id: HOUSE-TILE-1")
    house.change("plan.yaml", "id: HOUSE-TILE-1", f'id: "{name}"')

    with pytest.raises(PlanError, match="is not well formed") as raised:
        load_suite(house.folder)

    assert raised.value.where == line
    assert raised.value.remedy.startswith("Write capital letters, digits and dashes")


def test_two_requirements_with_one_id_are_refused_with_both_lines(house):
    line = house.line("plan.yaml", "id: HOUSE-TILE-1")
    first = house.line("plan.yaml", "id: HOUSE-WALL-1").rpartition(":")[2]
    house.change("plan.yaml", "id: HOUSE-TILE-1", "id: HOUSE-WALL-1")

    with pytest.raises(PlanError) as raised:
        load_suite(house.folder)

    assert raised.value.where == line
    assert (
        raised.value.what
        == f"the id HOUSE-WALL-1 is there twice, first in line {first}"
    )
    assert "ids are never used again" in raised.value.remedy
