"""Where a document contradicts itself.  These are notices: the words are the user's."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_roadmap.model import Claim
from pytest_roadmap.plan.markdown import plain
from pytest_roadmap.plan.problems import notice

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_roadmap.plan.document import Box, Document, Heading, Paragraph
    from pytest_roadmap.plan.problems import Problem

_COMPLETE = re.compile(r"(\d+(?:\.\d+)?)\s*% complete", re.IGNORECASE)
_REMAIN = re.compile(r"\bonly (.+?) remain", re.IGNORECASE)
_TOTAL = re.compile(r"\((\d[\d,]*) tests?\)")
_AMOUNT = re.compile(r"~([\d,]+) ([A-Z]{2,})\b")
_DELETE = re.compile(r"Delete:\s*(.+)")
_PATH = re.compile(r"`([\w./*-]+\.\w+)(?::[\d\s,:-]*)?`")
_SHORTEST_WORD = 4  # letters of a word that tells one heading from another


def contradictions(document: Document) -> list[Problem]:
    """Return every contradiction that can be found without knowing the subject."""
    return [
        *_shares(document),
        *_remainders(document),
        *_totals(document),
        *_rows(document),
        *_names(document),
        *_amounts(document),
        *_deletions(document),
    ]


def _texts(document: Document) -> Iterator[tuple[Heading | Paragraph, tuple[str, ...]]]:
    """Yield headings and paragraphs, each with the headings that it speaks for."""
    for heading in document.headings:
        yield heading, (*heading.above, heading.text)
    for paragraph in document.paragraphs:
        yield paragraph, paragraph.above


def _words(texts: Iterable[str]) -> set[str]:
    """Return the words of texts that tell one heading from another."""
    found = re.findall(r"[\w-]+", " ".join(texts).casefold())
    return {word for word in found if len(word) >= _SHORTEST_WORD}


def _below(document: Document, path: tuple[str, ...]) -> list[Box]:
    """Return the boxes below a heading."""
    return [box for box in document.boxes if box.above[: len(path)] == path]


def _spoken_for(document: Document, path: tuple[str, ...]) -> list[Box]:
    """Return the boxes below a heading; a status without any speaks for them all."""
    found = _below(document, path)
    status = any("status" in title.casefold() for title in path)
    return list(document.boxes) if status and not found else found


def _shares(document: Document) -> Iterator[Problem]:
    """Yield the stated shares of completion that the boxes do not bear out."""
    for entry, path in _texts(document):
        match = _COMPLETE.search(plain(entry.text))
        boxes = _spoken_for(document, path) if match else []
        if match is None or not boxes:
            continue
        ticked = sum(box.claim is Claim.DONE for box in boxes)
        if abs(100 * ticked / len(boxes) - float(match[1])) > 1:
            yield notice(
                document.where(entry.line),
                f"says {match[0]!r}, but {ticked} of its {len(boxes)} boxes are ticked "
                f"({100 * ticked // len(boxes)} %)",
                "Correct the figure; it is not used for any score.",
            )


def _remainders(document: Document) -> Iterator[Problem]:
    """Yield "only X and Y remain" where open boxes lie outside X and Y."""
    for entry, path in _texts(document):
        match = _REMAIN.search(plain(entry.text))
        if match is None:
            continue
        words = _words([match[1]])
        still = [box for box in _below(document, path) if box.claim is Claim.OPEN]
        outside = [box for box in still if not words & _words(box.above[1:])]
        if outside:
            yield notice(
                document.where(entry.line),
                f"says that only {match[1]} remain, but {len(outside)} of the "
                f"{len(still)} open boxes lie elsewhere, the first in line "
                f"{outside[0].line}",
            )


def _totals(document: Document) -> Iterator[Problem]:
    """Yield headings whose total is not the sum of the phases below."""
    for heading in document.headings:
        match = _TOTAL.search(heading.text)
        path = (*heading.above, heading.text)
        lines = {h.line for h in document.headings if h.above[: len(path)] == path}
        inside = [phase for phase in document.phases if phase.line in lines]
        if match and inside:
            total = sum(phase.total or 0 for phase in inside)
            if total != int(match[1].replace(",", "")):
                yield notice(
                    document.where(heading.line),
                    f"promises {match[1]} tests, its phases add up to {total}",
                )


def _rows(document: Document) -> Iterator[Problem]:
    """Yield rows of a table of phases whose totals are not those of the headings."""
    totals = {phase.number: phase.total for phase in document.phases}
    known = [total for total in totals.values() if total is not None]
    for row in document.rows:
        first, last = row.cells[0], row.cells[-1].replace(",", "")
        if not last.isdecimal():
            continue
        if first.isdecimal():
            stated = totals.get(int(first))
            if stated is not None and stated != int(last):
                yield notice(
                    document.where(row.line),
                    f"gives phase {first} {last} tests, its heading {stated}",
                )
        elif first.casefold() == "total" and known and sum(known) != int(last):
            yield notice(
                document.where(row.line),
                f"gives {last} as the total, the phases add up to {sum(known)}",
            )


def _names(document: Document) -> Iterator[Problem]:
    """Yield phases that the document calls by two names."""
    names = {phase.number: phase for phase in document.phases}
    others = [
        (int(row.cells[0]), row.cells[1], row.line)
        for row in document.rows
        if len(row.cells) > 1 and row.cells[0].isdecimal()
    ]
    others += [
        (criterion.first + index, name.strip(), criterion.line)
        for criterion in document.criteria
        for index, name in enumerate(criterion.name.split("+"))
        if name.strip()
    ]
    for number, name, line in others:
        phase = names.get(number)
        if phase and phase.name.casefold() != name.casefold():
            yield notice(
                document.where(line),
                f"calls phase {number} {name!r}, its heading in line {phase.line} "
                f"{phase.name!r}",
            )


def _amounts(document: Document) -> Iterator[Problem]:
    """Yield headings with an amount that the entries below do not add up to."""
    for heading in document.headings:
        match = _AMOUNT.search(heading.text)
        if match is None:
            continue
        path = (*heading.above, heading.text)
        found = [
            int(amount[1].replace(",", ""))
            for box in _below(document, path)
            for detail in box.details
            if plain(detail).startswith("Impact")
            and (amount := _AMOUNT.search(plain(detail)))
            and amount[2] == match[2]
        ]
        stated = int(match[1].replace(",", ""))
        if found and sum(found) != stated:
            yield notice(
                document.where(heading.line),
                f"promises ~{stated:,} {match[2]}, the impacts below add up to "
                f"{sum(found):,}",
            )


def _deletions(document: Document) -> Iterator[Problem]:
    """Yield files that one box deletes and another one changes."""
    for box in document.boxes:
        gone = [
            path
            for detail in box.details
            if (match := _DELETE.match(detail))
            for path in _paths(match[1])
        ]
        for path in gone:
            others = [
                _label(other)
                for other in document.boxes
                if other is not box
                and any(path in _paths(detail) for detail in other.details)
            ]
            if others:
                yield notice(
                    document.where(box.line),
                    f"{_label(box)} deletes {path}, which {', '.join(others)} "
                    f"change{'s' if len(others) == 1 else ''}",
                )


def _paths(text: str) -> list[str]:
    """Return the file names of a text, those without folder in the one before."""
    folder = ""
    found = []
    for name in _PATH.findall(text):
        if "/" in name:
            folder = name.rpartition("/")[0]
        found.append(name if "/" in name or not folder else f"{folder}/{name}")
    return found


def _label(box: Box) -> str:
    """Return what a reader knows a box by: its own id, or its first words."""
    match = re.match(r"\*\*([\w-]+)\*\*", box.text)
    return match[1] if match else plain(box.text)[:40]
