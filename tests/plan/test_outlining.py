"""The five documents, line by line, and each notation by itself."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_roadmap.model import Claim
from pytest_roadmap.plan.documents import read_document
from pytest_roadmap.plan.markdown import read_markdown
from pytest_roadmap.plan.outline import Outline, Role

SUITES = Path(__file__).parents[2] / "suites"

# Counted by hand.  `kubernetes` is the PAW roadmap: these are its tasks; the 330 tests
# of its Kubernetes chapter have a table of their own below.
COUNTED = {
    "hashperp": (8, 55, {"open": 167, "done": 3}),
    "kubernetes": (6, 14, {"open": 89, "done": 4}),
    "timecoin-checklist": (13, 34, {"open": 117, "done": 41, "in_progress": 1}),
    "timecoin-roadmap": (12, 33, {"open": 78, "done": 31, "in_progress": 4}),
    "tipping-platform": (4, 13, {"open": 43}),
}

# The lines that a person who read the documents takes for requirements.
DECOMPOSED = {
    "hashperp": {
        Claim.OPEN: (
            "17-19 24-26 31-33 40-42 47-49 54-56 63-65 70-72 77-79 86-88 93-95 "
            "100-102 109-111 116-118 123-125 130 132-134 137 139-141 144 "
            "146-148 155-157 160 162-164 167 169-171 178-180 185-187 192-194 "
            "199-201 206-208 213-215 220-222 227-229 234-236 241-243 248-250 "
            "255-257 262-264 269-271 276-278 283-285 290-292 297-299 304-306 "
            "311-313 318-320 325-327 332-334 339-341 346-348 353-355 360-362 "
            "367-369 374-376 381-383 388-390 395-397 402-404"
        ),
        Claim.DONE: ("8-10"),
    },
    "kubernetes": {
        Claim.OPEN: (
            "9-13 169 171 174 176-177 180 182-183 187 191 193 197 199 203 207 "
            "211 213 217 225 228-229 231 234-235 237 240 244 248 250 254 258 "
            "262 264 268 276-278 281 284 287 290 293 297 299 302 305 311 314 "
            "319 325 328 330 333 337 340 342 345 347 349 358-363 371-374 "
            "378-383 391-400 418"
        ),
        Claim.DONE: ("367-370"),
    },
    "timecoin-checklist": {
        Claim.OPEN: (
            "47-61 64-79 82-94 97-121 124-142 156-160 163-167 170-174 198-203 "
            "206-209 212-215 248"
        ),
        Claim.DONE: ("6-11 14-20 23-27 30-34 37-40 149-153 237 255-259"),
        Claim.IN_PROGRESS: ("260"),
    },
    "timecoin-roadmap": {
        Claim.OPEN: (
            "41-44 46-49 51-54 63-66 69-72 75-78 81-84 93-96 99-102 105-108 115 "
            "145-146 148-149 156-160 163-167 170-173 176-180 214-216 220 228 "
            "233 235"
        ),
        Claim.DONE: ("7-10 13-16 19-22 25-30 190 193 197-198 202 205-207"),
        Claim.IN_PROGRESS: ("121 127 133 147"),
    },
    "tipping-platform": {
        Claim.OPEN: (
            "17-20 32-33 50 52 54-55 67 69-70 83 85-86 99-103 116-117 119-120 "
            "133-136 148 150-152 162-170"
        ),
    },
}

# Where that person judged by what a line means, which no notation tells.
JUDGED_IN = {
    "kubernetes": {
        297: "a remark that says what would do instead",
        418: "a gate in the last words of the verdict",
    },
    "timecoin-checklist": {248: "a known limitation that no other line asks to mend"},
}
JUDGED_OUT = {
    "timecoin-checklist": dict.fromkeys(
        (234, 235, 236), "says again what a quality gate says"
    ),
    "timecoin-roadmap": {
        **dict.fromkeys((187, 188, 189, 194, 201), "says again what phase 4 says"),
        219: "says again what the first bug asks",
        **dict.fromkeys((223, 224, 225), "says again what phase 4B asks"),
        **dict.fromkeys((229, 230), "says again what phase 5 asks"),
        234: "says again what phase 6 asks",
    },
    "tipping-platform": {34: "names choices, none of which has to hold"},
}


def outline_of(name: str) -> Outline:
    source = read_document(SUITES / name / "roadmap.md")
    return read_markdown(source.text, source.name).outline


def lines(ranges: str) -> set[int]:
    found: set[int] = set()
    for part in ranges.split():
        first, _, last = part.partition("-")
        found |= set(range(int(first), int(last or first) + 1))
    return found


@pytest.mark.parametrize("name", COUNTED)
def test_phases_sections_and_requirements_by_claim_are_those_counted_by_hand(name):
    found = outline_of(name)

    claims = {claim.value: count for claim, count in found.claims().items()}
    assert (len(found.phases), len(found.sections), claims) == COUNTED[name]


@pytest.mark.parametrize("name", DECOMPOSED)
def test_every_line_that_a_person_took_for_a_requirement_is_one(name):
    found = outline_of(name).requirements
    expected = {
        line: claim for claim, text in DECOMPOSED[name].items() for line in lines(text)
    }

    read = {entry.line: entry.claim for entry in found}
    more, less = JUDGED_OUT.get(name, {}), JUDGED_IN.get(name, {})
    assert len(read) == len(found), "two entries of one line"
    assert read.keys() - expected.keys() == more.keys()
    assert expected.keys() - read.keys() == less.keys()
    assert {n: c for n, c in read.items() if n in expected and c != expected[n]} == {}


def test_the_kubernetes_chapter_promises_330_tests_in_49_sections_of_6_phases():
    source = read_document(SUITES / "kubernetes" / "roadmap.md")
    phases = read_markdown(source.text, source.name).phases

    assert [phase.total for phase in phases] == [45, 55, 65, 70, 80, 15]
    assert [len(phase.sections) for phase in phases] == [7, 8, 9, 11, 11, 3]


def test_priorities_of_a_table_are_the_phases_of_the_sections_that_it_names():
    found = outline_of("tipping-platform")

    assert found.phases == ("P0", "P1", "P2", "P3")
    assert ("P1", "Minting Pipeline — Task Queue") in found.sections
    assert ("P2", "Non-Idempotent Contract Deployment") in found.sections
    assert ("P3", "Priority Order") in found.sections


def test_gates_are_criteria_and_not_requirements():
    found = [
        (name, entry.line)
        for name in COUNTED
        for entry in outline_of(name).entries
        if entry.role is Role.CRITERION
    ]

    assert found == [
        *(("kubernetes", line) for line in (154, 155, 156, 157, 417)),
        ("timecoin-checklist", 195),
        ("tipping-platform", 3),
    ]


def read(text: str) -> list[tuple[str, str, str]]:
    """Return role, claim and words of each entry."""
    found = read_markdown(textwrap.dedent(text), "roadmap.md").outline
    return [(e.role.value, e.claim.value, e.text) for e in found.entries]


@pytest.mark.parametrize(
    ("line", "claim"),
    [
        ("[ ] a", "open"),
        ("[x] a", "done"),
        ("[X] a", "done"),
        ("[~] a", "in_progress"),
        ("[-] a", "dropped"),
        ("✅ a", "done"),
        ("✔️ a", "done"),
        ("🚧 a", "in_progress"),
        ("⏳ a", "in_progress"),
        ("❌ a", "open"),
        ("~~a~~", "dropped"),
        ("[ ] ~~a~~", "dropped"),
        ("[x] ~~a~~ (see b)", "dropped"),
        ("[ ] ✅ a", "open"),
        ("a", "open"),
    ],
)
def test_each_mark_claims_what_people_mean_by_it(line, claim):
    assert read(f"- {line}\n") == [("requirement", claim, "a")]
    assert read(f"1. {line}\n") == [("requirement", claim, "a")]


@pytest.mark.parametrize(
    ("words", "claim"),
    [
        ("Fixed, Untested", "done"),
        ("✅ Fixed", "done"),
        ("**Done**", "done"),
        ("Implemented", "done"),
        ("Implemented - untested", "in_progress"),
        ("Code exists but needs testing", "in_progress"),
        ("⏳ Testing Phase", "in_progress"),
        ("In progress", "in_progress"),
        ("Placeholder implementation - needs real peer queries", "open"),
        ("Unknown - needs testing", "open"),
        ("Not done", "open"),
        ("Won't do", "dropped"),
    ],
)
def test_a_status_speaks_for_the_task_before_it(words, claim):
    text = f"""\
        1. **Walls**
           - build them
        2. **Roof**
           - close it
           - **Files**: `roof.c`

        Status: {words}

        3. **Door**
           - hang it
        """

    found = [entry for entry in read(text) if entry[0] == "requirement"]

    assert found == [
        ("requirement", "open", "build them"),
        ("requirement", claim, "close it"),
        ("requirement", "open", "hang it"),
    ]


def test_a_status_that_nobody_can_tell_changes_nothing():
    assert read("1. a\n\nStatus: purple\n")[0] == ("requirement", "open", "a")
    assert read("Status: done\n") == [("narrative", "none", "Status: done")]


def test_a_numbered_heading_with_a_status_is_itself_what_is_asked():
    found = read("""\
        ### 1. Doors do not close
        **Location**: `door.c`
        **Status**: Code exists but needs testing

        ### 2. About windows
        They are nice.
        """)

    assert found == [
        ("requirement", "in_progress", "1. Doors do not close"),
        ("detail", "none", "**Location**: `door.c`"),
        ("status", "none", "**Status**: Code exists but needs testing"),
        ("title", "open", "2. About windows"),
        ("narrative", "none", "They are nice."),
    ]


def test_lines_below_a_box_ask_only_where_they_order_something():
    found = read("""\
        - [ ] **S-1**: Close the door
          - Location: `door.c`
          - The door is open today
          - Add a lock
          - Mainnet: Increase the price
          - Keys should be made of steel
          - [x] oil it
        """)

    assert [(role, words) for role, _, words in found] == [
        ("requirement", "**S-1**: Close the door"),
        ("detail", "Location: `door.c`"),
        ("detail", "The door is open today"),
        ("requirement", "Add a lock"),
        ("requirement", "Mainnet: Increase the price"),
        ("requirement", "Keys should be made of steel"),
        ("requirement", "oil it"),
    ]
    assert found[3][1] == "open"


def test_a_list_that_lost_its_indent_still_belongs_to_its_number():
    found = read("""\
        10. **Walls**
           - build them
        11. **Roof**
           - close it

        - not below the roof
        """)

    assert [(role, words) for role, _, words in found] == [
        ("title", "**Walls**"),
        ("requirement", "build them"),
        ("title", "**Roof**"),
        ("requirement", "close it"),
        ("requirement", "not below the roof"),
    ]


def test_code_asks_nothing_unless_it_is_a_list_of_what_is_to_be_done():
    found = read("""\
        ```text
        - [ ] shown
        ```

        ```
        TODO:
        1. Build the house
           - walls
        ```

            - [ ] indented code
        """)

    assert found == [
        ("requirement", "open", "Build the house"),
        ("requirement", "open", "walls"),
    ]


def test_lines_inherit_what_the_nearest_title_claims():
    found = read("""\
        # House
        ## Status
        - it looks good
        ### Completed
        - walls

        ✅ **Phase 2: Roof**
        - tiles

        ⏳ **Phase 3: Door**
        - hinge
        - ✅ lock
        """)

    assert found == [
        ("narrative", "none", "it looks good"),
        ("requirement", "done", "walls"),
        ("requirement", "done", "tiles"),
        ("requirement", "in_progress", "hinge"),
        ("requirement", "done", "lock"),
    ]


def test_rows_ask_where_their_table_has_a_status_or_a_priority():
    found = read("""\
        | Risk | Status |
        |---|---|
        | fire | ✅ Fixed |
        | flood | unknown |

        | Priority | Task |
        |---|---|
        | P0 | a roof |

        | Phase | Tests |
        |---|---|
        | 1 | 45 |
        """)

    assert found == [
        ("requirement", "done", "fire | ✅ Fixed"),
        ("requirement", "open", "flood | unknown"),
        ("requirement", "open", "P0 | a roof"),
        ("narrative", "none", "1 | 45"),
    ]


def test_times_and_sums_ask_nothing():
    assert read("""\
        ## Summary
        - **Overall**: 50% done
        - a remark
        ## Plan
        1. Walls: 2-3 weeks
        """) == [
        ("narrative", "none", "**Overall**: 50% done"),
        ("narrative", "none", "a remark"),
        ("narrative", "none", "Walls: 2-3 weeks"),
    ]


def test_an_entry_knows_the_id_that_the_document_gives_it():
    found = read_markdown("- [ ] **P1-SEC-1**: a\n- [ ] b\n", "roadmap.md").outline

    assert [entry.own_id for entry in found.entries] == ["P1-SEC-1", ""]


NOTATIONS = "# |## Phase 1: a~|- |- [ ] |1. |12. **a**~|   - |~|```~|TODO:~|**a**~|> |"
MORE = "Status: done~|**Files**: |a|[x] |✅ |---~|(P1)|P0"
TABLES = ["| a | Status |\n|--|--|\n", "| b | ✅ |\n", "\r\n", "\t"]
PIECES = st.sampled_from(
    [*(NOTATIONS + MORE).replace("~", "\n").split("|"), *TABLES, "~~a~~"]
)


@settings(deadline=None)
@given(st.lists(PIECES | st.text(max_size=5)).map("".join))
def test_no_text_is_too_odd_to_be_read(text):
    document = read_markdown(text, "roadmap.md")

    found = document.outline.requirements
    assert len(document.boxes) <= len(found)
    last = len(text.splitlines()) + 1
    assert all(1 <= entry.line <= last and entry.text for entry in found)
