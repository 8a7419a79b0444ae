"""Where the figures of a document contradict each other: zeros, durations, lines.

Like `contradictions` and `tallies` this knows nothing of the subject: it compares
what stands there twice, or what is the sum of what stands there.
"""

from __future__ import annotations

import re
from itertools import combinations
from typing import TYPE_CHECKING

from pytest_roadmap.model import Claim
from pytest_roadmap.plan.markdown import plain
from pytest_roadmap.plan.problems import notice

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_roadmap.plan.document import Document
    from pytest_roadmap.plan.problems import Problem

_NONE = re.compile(r"([\w -]+?):\s*(?:0|zero|none)\b", re.IGNORECASE)
_NO = re.compile(r"(?:zero|no)\s+([\w -]+)", re.IGNORECASE)
_SPAN = r"(\d+)(?:\s*[-–]\s*(\d+))?\s*(day|week|month)s?\b"  # noqa: RUF001 - a dash
_HEADED = re.compile(rf"Phase (\d+)\b.*\({_SPAN}\)", re.IGNORECASE)
_LISTED = re.compile(rf"Phase (\d+)\b[^:]*:\s*{_SPAN}", re.IGNORECASE)
_TOTAL = re.compile(rf"Total:\s*{_SPAN}", re.IGNORECASE)
_PLACED = re.compile(
    r"`(\w+)` in `([\w./]+)` \(lines? (\d+)\s*[-–]\s*(\d+)\)",  # noqa: RUF001 - a dash
    re.IGNORECASE,
)
_Span = tuple[int, int, str]


def figures(document: Document) -> list[Problem]:
    """Return where the figures of a document contradict each other."""
    return [
        *_zeros(document),
        *_durations(document),
        *_sums(document),
        *_ranges(document),
    ]


def _zeros(document: Document) -> Iterator[Problem]:
    """Yield "X: 0" where a box that asks for no X is open."""
    open_boxes = [box for box in document.boxes if box.claim is Claim.OPEN]
    asked = [
        (_words(match[1]), box)
        for box in open_boxes
        if (match := _NO.match(plain(box.text)))
    ]
    for paragraph in document.paragraphs:
        match = _NONE.match(plain(paragraph.text))
        for words, box in asked if match else ():
            if match and words == _words(match[1]):
                yield notice(
                    document.where(paragraph.line),
                    f"says {match[0]!r}, but the box {plain(box.text)!r} in line "
                    f"{box.line} is open",
                )


def _words(text: str) -> frozenset[str]:
    """Return the words of a text."""
    return frozenset(re.findall(r"\w+", text.casefold()))


def _span(first: str, last: str | None, unit: str) -> _Span:
    """Return a duration: least, most, unit."""
    return int(first), int(last or first), unit.casefold()


def _said(span: _Span) -> str:
    """Return a duration in words."""
    least, most, unit = span
    many = f"{least}" if least == most else f"{least}-{most}"
    return f"{many} {unit}{'' if most == 1 else 's'}"


def _durations(document: Document) -> Iterator[Problem]:
    """Yield phases that a list gives another duration than their heading does."""
    headed = {
        int(match[1]): (_span(*match.groups()[1:]), heading.line)
        for heading in document.headings
        if (match := _HEADED.search(plain(heading.text)))
    }
    for paragraph in document.paragraphs:
        match = _LISTED.match(plain(paragraph.text))
        if match is None or int(match[1]) not in headed:
            continue
        (span, line), listed = headed[int(match[1])], _span(*match.groups()[1:])
        if span != listed:
            yield notice(
                document.where(paragraph.line),
                f"gives phase {match[1]} {_said(listed)}, its heading in line {line} "
                f"{_said(span)}",
            )


def _sums(document: Document) -> Iterator[Problem]:
    """Yield a total of durations that is not the sum of those listed above it.

    One that is the sum although it assumes that work goes on in parallel is none
    either: then nothing would be saved.
    """
    for paragraph in document.paragraphs:
        match = _TOTAL.match(plain(paragraph.text))
        if match is None:
            continue
        stated = _span(*match.groups())
        parts = [
            _span(*each.groups()[1:])
            for other in document.paragraphs
            if other.above == paragraph.above and other.line < paragraph.line
            if (each := _LISTED.match(plain(other.text)))
        ]
        if not parts or {unit for *_, unit in parts} != {stated[2]}:
            continue
        added = (sum(p[0] for p in parts), sum(p[1] for p in parts), stated[2])
        parallel = "parallel" in paragraph.text.casefold()
        if parallel and stated == added and len(parts) > 1:
            what = f"assumes parallel work, but {_said(added)} is all of it in a row"
            yield notice(document.where(paragraph.line), what)
        elif not parallel and stated != added:
            what = f"says {match[0]!r}, the phases above add up to {_said(added)}"
            yield notice(document.where(paragraph.line), what)


def _ranges(document: Document) -> Iterator[Problem]:
    """Yield functions of one file whose lines overlap, neither inside the other."""
    found: dict[tuple[str, str], tuple[int, int, int]] = {}
    for entry in document.outline.entries:
        for name, file, first, last in _PLACED.findall(entry.text):
            found.setdefault((file, name), (int(first), int(last), entry.line))
    for (one, a), (other, b) in combinations(found.items(), 2):
        early, late = sorted((a, b))
        if one[0] == other[0] and early[0] < late[0] <= early[1] < late[1]:
            yield notice(
                document.where(max(a[2], b[2])),
                f"{one[1]} (lines {a[0]}-{a[1]}) and {other[1]} (lines {b[0]}-{b[1]}) "
                f"overlap in {one[0]}",
            )
