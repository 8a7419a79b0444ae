from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_roadmap.errors import PlanError
from pytest_roadmap.model import Outcome, Requirement, Result, Verdict
from pytest_roadmap.plan import ticking
from pytest_roadmap.plan.ticking import apply, writing

if TYPE_CHECKING:
    from pathlib import Path

TWICE = "â†\u2019"  # an arrow, encoded twice
DOCUMENT = """\
# House

| a | b |
|---|---|
| [ ] | walls |

- [ ] Build the walls\x20\x20
* [~] **R-1**: Close the roof
  - [ ] Lay the tiles of the roof
- [x] Hang the doors
> 1. [ ] Paint the fence

```
- [ ] Build the walls in a fence
TODO
```

```
TODO:
- [ ] Dig the well
```

✅ Sweep the yard
"""


def result(quote: str, verdict: Verdict = Verdict.PASSED, name: str = "") -> Result:
    asked = Requirement(
        id=name or "H-" + re.sub(r"\W+", "-", quote).strip("-").upper(),
        suite="house",
        phase=1,
        section="-",
        topic="",
        title=quote,
        quote=quote,
    )
    return Result(
        requirement=asked, verdict=verdict, outcome=Outcome.PASSED, message=""
    )


@pytest.fixture
def file(tmp_path) -> Path:
    path = tmp_path / "roadmap.md"
    path.write_bytes(DOCUMENT.encode())
    return path


def changed(before: bytes, after: bytes) -> list[tuple[str, str]]:
    """Return the lines that differ."""
    pairs = zip(before.decode().split("\n"), after.decode().split("\n"), strict=True)
    return [(a, b) for a, b in pairs if a != b]


def test_what_passed_is_ticked_and_nothing_else_changes(file):
    found = writing(
        file,
        [
            result("Build the walls"),
            result("**R-1**: Close the roof"),
            result("Lay the tiles of the roof", Verdict.FAILED),
            result("Paint the fence"),
            result("Hang the doors"),
        ],
    )

    assert found.before == file.read_bytes()
    assert changed(found.before, found.after) == [
        ("- [ ] Build the walls  ", "- [x] Build the walls  "),
        ("* [~] **R-1**: Close the roof", "* [x] **R-1**: Close the roof"),
        ("> 1. [ ] Paint the fence", "> 1. [x] Paint the fence"),
    ]
    assert [(t.line, t.requirements) for t in found.ticks] == [
        (7, ("H-BUILD-THE-WALLS",)),
        (8, ("H-R-1-CLOSE-THE-ROOF",)),
        (11, ("H-PAINT-THE-FENCE",)),
    ]
    assert found.skipped == ()


@pytest.mark.parametrize(
    "verdict", [v for v in Verdict if v not in {Verdict.PASSED, Verdict.FAILED}]
)
def test_only_a_pass_ticks(file, verdict):
    found = writing(file, [result("Build the walls", verdict)], untick=False)

    assert (found.ticks, found.after) == ((), found.before)


def test_a_box_is_opened_again_only_when_asked_for(file):
    failed = [result("Hang the doors", Verdict.FAILED)]

    assert writing(file, failed).ticks == ()
    found = writing(file, failed, untick=True)
    assert changed(found.before, found.after) == [
        ("- [x] Hang the doors", "- [ ] Hang the doors")
    ]


@pytest.mark.parametrize(
    ("quote", "reason"),
    [
        ("Dig the well", "its line has no checkbox"),
        ("Build the walls quickly", "its words changed since it was mapped"),
    ],
)
def test_what_cannot_be_ticked_is_named_with_its_reason(file, quote, reason):
    found = writing(file, [result(quote)])

    (left,) = found.skipped
    assert left.reason == reason
    assert found.after == found.before


def test_two_lines_with_the_same_words_are_left_alone(file):
    file.write_text("- [ ] Build the walls\n- [ ] Build the walls\n")

    found = writing(file, [result("Build the walls")])

    assert [left.reason for left in found.skipped] == ["several lines have its words"]
    assert found.after == found.before


def test_a_line_is_ticked_only_if_all_that_stands_for_it_passed(file):
    both = [
        result("Build the walls", name="H-1"),
        result("Build the walls", Verdict.NOT_RUN, name="H-2"),
    ]

    found = writing(file, both)

    assert found.ticks == ()
    assert [(s.requirement, s.reason) for s in found.skipped] == [
        ("H-1", "H-2 of the same line did not pass")
    ]
    again = writing(file, [both[0], result("Build the walls", name="H-2")])
    assert [t.requirements for t in again.ticks] == [("H-1", "H-2")]


def test_a_link_to_the_evidence_stands_before_the_trailing_spaces(file):
    found = writing(
        file, [result("Build the walls", name="H-1")], link="https://r/#{id}"
    )

    assert changed(found.before, found.after) == [
        (
            "- [ ] Build the walls  ",
            "- [x] Build the walls ([evidence](https://r/#H-1))  ",
        )
    ]


@pytest.mark.parametrize("link", ["a b", "x)\n- [x] all", "<script>", 'a"b', "a(b"])
def test_a_link_that_would_break_the_line_is_refused(file, link):
    with pytest.raises(PlanError) as raised:
        writing(file, [result("Build the walls")], link=link)

    assert raised.value.where == "--link"
    assert "cannot stand in a document" in raised.value.what
    assert raised.value.remedy.startswith("Write an address without spaces")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("last", [True, False])
@pytest.mark.parametrize(
    ("mark", "codec"),
    [
        (b"", "utf-8"),
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ],
)
def test_line_ends_marks_and_encodings_stay(file, end, last, mark, codec):
    text = DOCUMENT.replace("\n", end)
    text = text if last else text.rstrip("\r\n")
    file.write_bytes(mark + text.encode(codec))

    apply(writing(file, [result("Build the walls")]), file)

    ticked = text.replace(
        f"- [ ] Build the walls  {end}", f"- [x] Build the walls  {end}"
    )
    assert ticked != text
    assert file.read_bytes() == mark + ticked.encode(codec)


def test_twice_encoded_characters_stay_as_they_are(file):
    file.write_bytes(f"- [ ] Export{TWICE}Import âœ“\n".encode())

    found = writing(file, [result("Export→Import")])

    assert found.after == f"- [x] Export{TWICE}Import âœ“\n".encode()


def test_an_edit_by_somebody_else_is_not_lost(file):
    found = writing(file, [result("Build the walls")])
    theirs = DOCUMENT.replace("House", "Our house").encode()
    file.write_bytes(theirs)

    with pytest.raises(PlanError) as raised:
        apply(found, file)

    assert "was changed by somebody else" in raised.value.what
    assert raised.value.where == file.as_posix()
    assert raised.value.remedy.startswith("Nothing was written.")
    assert file.read_bytes() == theirs
    assert [path.name for path in file.parent.iterdir()] == ["roadmap.md"]


def test_an_edit_in_the_last_moment_is_not_lost(file, monkeypatch):
    found = writing(file, [result("Build the walls")])
    copy = ticking.shutil.copymode

    def edit_first(*paths):
        file.write_text("theirs\n")
        copy(*paths)

    monkeypatch.setattr(ticking.shutil, "copymode", edit_first)

    with pytest.raises(PlanError, match="was changed by somebody else"):
        apply(found, file)
    assert file.read_text() == "theirs\n"


def test_a_link_and_the_permissions_of_a_file_stay(file, tmp_path):
    file.chmod(0o640)
    link = tmp_path / "link.md"
    link.symlink_to(file)

    apply(writing(link, [result("Build the walls")]), link)

    assert link.is_symlink()
    assert "[x] Build the walls" in file.read_text()
    assert file.stat().st_mode & 0o777 == 0o640


def test_a_document_that_is_gone_is_told(tmp_path):
    with pytest.raises(PlanError, match="cannot be read: No such file") as raised:
        writing(tmp_path / "roadmap.md", [])

    assert raised.value.remedy.startswith("Create the file")


def test_a_folder_that_cannot_be_written_is_told(file, monkeypatch):
    found = writing(file, [result("Build the walls")])

    def full(**_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(ticking.tempfile, "mkstemp", full)

    with pytest.raises(PlanError, match="cannot be written: No space left"):
        apply(found, file)
    assert file.read_bytes() == DOCUMENT.encode()


# --- properties ---------------------------------------------------------------------

PLAIN = st.text(
    st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("\n\r\t"),
    max_size=40,
)
LINES = st.lists(
    st.sampled_from(
        [
            "- [{m}] task {n} of the house",
            "  - [{m}] task {n} of the house",
            "12. [{m}] ~task~ {n} of the house",
            "> - [{m}] task {n} of the house",
            "* [{m}] **A-{n}**: task {n} of the house [ ] [x]",
            "```",
            "| [ ] | [x] |",
            "",
            "# Heading [ ] {n}",
            "words [ ] {n}",
            "    - [ ] indented {n}",
            f"- {TWICE} wrong {{n}}",
        ]
    ),
    max_size=12,
)
ENDS = st.sampled_from(["\n", "\r\n", "\r"])
MARKS = st.sampled_from(
    [(b"", "utf-8"), (codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le")]
)


@st.composite
def documents(draw) -> tuple[str, bytes, str, list[Result]]:
    """Draw a document's text, its byte order mark, its encoding, and what passed."""
    end, (mark, codec) = draw(ENDS), draw(MARKS)
    lines = [
        line.format(m=draw(st.sampled_from(" ~xX-")), n=number)
        for number, line in enumerate(draw(LINES))
    ]
    passed = [
        result(re.sub(r"^.*?\[.\] ", "", line), name=f"H-{number}")
        for number, line in enumerate(lines)
        if "of the house" in line and draw(st.booleans())
    ]
    text = end.join(lines) + draw(st.sampled_from(["", end]))
    return text, mark, codec, passed


@settings(deadline=None)
@given(PLAIN, MARKS)
def test_ticking_nothing_changes_no_byte(tmp_path_factory, text, mark):
    path = tmp_path_factory.getbasetemp() / "any.md"
    data = mark[0] + text.encode(mark[1])
    path.write_bytes(data)

    found = writing(path, [result("something else entirely")])

    assert found.before == found.after == data


@settings(deadline=None)
@given(documents())
def test_ticking_changes_exactly_the_marks(tmp_path_factory, document):
    text, mark, codec, passed = document
    path = tmp_path_factory.getbasetemp() / "marks.md"
    path.write_bytes(mark + text.encode(codec))

    found = writing(path, passed)

    after = found.after.removeprefix(mark).decode(codec)
    places = [n for n, (a, b) in enumerate(zip(text, after, strict=True)) if a != b]
    assert found.after.startswith(mark)
    assert len(places) == len(found.ticks)
    assert all(text[n - 1] + text[n + 1] == "[]" and text[n] in " ~" for n in places)
    assert all(after[n] == "x" for n in places)
    ticked = {name for tick in found.ticks for name in tick.requirements}
    left = {skipped.requirement for skipped in found.skipped}
    assert ticked | left <= {asked.requirement.id for asked in passed}
    assert not ticked & left
