from __future__ import annotations

from fractions import Fraction

from pytest_roadmap.model import Claim
from pytest_roadmap.plan.markdown import read_markdown

DOCUMENT = """\
# Plan

**Status**: 50% Complete

## Tests

### Phase 1: Ground (1,045 tests)

> A quotation.

**Walls**: upright, dry,
plumb/level

Some words, **not a section**.

```text
### Phase 9: Fenced (7 tests)
- [x] no box
```

### Phase 2: Roof

| Phase | Category | Tests |
|-------|----------|-------|
| 1 | Ground | 1,045 |
| **Total** | | **7** |

| Other | Table |
|---|---|
| a | b |

- **99.5%** Phase 1-2 (Ground + Roof)
- 30% of all walls

## Tasks

- [ ] **A-1**: open
  - Location: `x/a.go`
  - [x] inner, done
    - deep
- [X] done
- [~] begun
- [-] dropped
- [y] no box
1. [ ] numbered

[ ] no list
"""


def document():
    return read_markdown(DOCUMENT, "roadmap.md")


def test_phases_have_their_totals_and_sections():
    ground, roof = document().phases

    assert (ground.number, ground.name, ground.total, ground.line) == (
        1,
        "Ground",
        1045,
        7,
    )
    (walls,) = ground.sections
    assert (walls.name, walls.line) == ("Walls", 11)
    assert walls.topics == ("upright", "dry", "plumb/level")
    assert (roof.name, roof.total, roof.sections) == ("Roof", None, ())


def test_rows_know_the_columns_of_their_own_table():
    found = [(row.header, row.cells, row.line) for row in document().rows]

    assert found == [
        (("Phase", "Category", "Tests"), ("1", "Ground", "1,045"), 25),
        (("Phase", "Category", "Tests"), ("Total", "", "7"), 26),
        (("Other", "Table"), ("a", "b"), 30),
    ]


def test_criteria_are_exact_and_know_their_phases():
    (criterion,) = document().criteria

    assert criterion.share == Fraction(199, 200)
    assert (criterion.first, criterion.last) == (1, 2)
    assert criterion.name == "Ground + Roof"
    assert criterion.line == 32


def test_boxes_have_claims_and_what_is_nested_below_them():
    boxes = document().boxes

    assert [box.claim for box in boxes] == [
        Claim.OPEN,
        Claim.DONE,
        Claim.DONE,
        Claim.IN_PROGRESS,
        Claim.DROPPED,
        Claim.OPEN,
    ]
    assert boxes[0].details == ("Location: `x/a.go`", "[x] inner, done", "deep")
    assert boxes[1].details == ("deep",)
    assert boxes[2].details == ()
    assert {box.above for box in boxes} == {("Plan", "Tasks")}
    assert boxes[0].line == 37


def test_an_empty_document_holds_nothing():
    found = read_markdown("", "roadmap.md")

    assert (found.headings, found.phases, found.boxes, found.rows) == ((), (), (), ())
