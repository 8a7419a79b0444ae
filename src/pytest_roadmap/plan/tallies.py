"""Where the marks of a document contradict each other: its counts, signs and ids.

`contradictions` compares what a document promises; this compares what it ticks.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_roadmap.model import Claim
from pytest_roadmap.plan.marks import heading_claim
from pytest_roadmap.plan.problems import error, notice

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_roadmap.plan.document import Document
    from pytest_roadmap.plan.outline import Entry
    from pytest_roadmap.plan.problems import Problem

_COUNT = re.compile(
    r"(\d+)/(\d+)\s+(?:\w+\s+)?(?:marked|ticked|done|completed?|finished)\b",
    re.IGNORECASE,
)
_PHASES = re.compile(
    r"(\d+) of (\d+) phases (?:done|completed?|finished)", re.IGNORECASE
)
_NUMBERED = re.compile(r"Phase \d+[A-Z]?:")
_PARTIAL = re.compile(r"\bpartial(ly)?\b|in progress", re.IGNORECASE)
_NOT_YET = frozenset({Claim.OPEN, Claim.IN_PROGRESS})
_UNDONE = re.compile(
    r"\b(?:not production-ready|lacks?|needs?|missing|not (?:yet )?implemented)\b"
)


def tallies(document: Document) -> list[Problem]:
    """Return where the marks of a document contradict each other."""
    return [
        *_counts(document),
        *_signs(document),
        *_phases(document),
        *_statuses(document),
        *_ids(document),
    ]


def _boxes(document: Document, path: tuple[str, ...]) -> list[Claim]:
    """Return the claims of the boxes below a heading."""
    return [box.claim for box in document.boxes if box.above[: len(path)] == path]


def _counts(document: Document) -> Iterator[Problem]:
    """Yield counts that are not those of the boxes below: "0/1 marked".

    A heading speaks for what is below it, a line for what its heading is over.
    """
    boxes = {box.line for box in document.boxes}
    texts = [(h.text, h.line, (*h.above, h.text)) for h in document.headings]
    texts += [
        (p.text, p.line, p.above) for p in document.paragraphs if p.line not in boxes
    ]
    for text, line, path in texts:
        match = _COUNT.search(text)
        claims = _boxes(document, path) if match else []
        if match is None or not claims:
            continue
        ticked = claims.count(Claim.DONE)
        if (ticked, len(claims)) != (int(match[1]), int(match[2])):
            yield notice(
                document.where(line),
                f"says {match[0]!r}, but {ticked} of its {len(claims)} boxes are "
                "ticked",
                "Correct the figure; it is not used for any score.",
            )


def _signs(document: Document) -> Iterator[Problem]:
    """Yield headings whose sign is not that of their boxes, in either direction."""
    for heading in document.headings:
        claims = _boxes(document, (*heading.above, heading.text))
        undone = [claim for claim in claims if claim in _NOT_YET]
        if undone and heading_claim(heading.text) is Claim.DONE:
            yield notice(
                document.where(heading.line),
                f"claims to be done, but {len(undone)} of its {len(claims)} boxes are "
                "not ticked",
            )
        elif set(claims) == {Claim.DONE} and heading_claim(heading.text) in _NOT_YET:
            yield notice(
                document.where(heading.line),
                f"is marked as not done yet, but all of its {len(claims)} boxes are "
                "ticked",
            )


def _phases(document: Document) -> Iterator[Problem]:
    """Yield phases that are said to be partly done, and are not; and their number."""
    asked: dict[str, list[Entry]] = {}
    for entry in document.outline.requirements:
        asked.setdefault(entry.phase, []).append(entry)
    done = [p for p, many in asked.items() if all(e.claim is Claim.DONE for e in many)]
    for phase in done:
        if _PARTIAL.search(phase):
            yield notice(
                document.where(asked[phase][0].line),
                f"{phase!r} is said to be partly done, but all of its "
                f"{len(asked[phase])} lines are marked as done",
            )
    total = sum(_NUMBERED.match(phase) is not None for phase in asked)
    finished = sum(_NUMBERED.match(phase) is not None for phase in done)
    for paragraph in document.paragraphs:
        match = _PHASES.search(paragraph.text)
        if match and (int(match[1]), int(match[2])) != (finished, total):
            yield notice(
                document.where(paragraph.line),
                f"says {match[0]!r}, but all lines of {finished} of {total} phases are "
                "marked as done",
            )


def _statuses(document: Document) -> Iterator[Problem]:
    """Yield lines that are claimed done in words that say they are not."""
    for entry in document.outline.requirements:
        match = _UNDONE.search(entry.text)
        if match and entry.claim is Claim.DONE and not entry.box:
            yield notice(
                document.where(entry.line),
                f"is claimed to be done, but says {match[0]!r}",
            )


def _ids(document: Document) -> Iterator[Problem]:
    """Yield the ids that the document gives to two lines."""
    first: dict[str, int] = {}
    for entry in document.outline.entries:
        name = entry.own_id
        if name and name in first:
            yield error(
                document.where(entry.line),
                f"the id {name} is there twice, first in line {first[name]}",
                "Give the later one a new id; nobody can tell which one is ticked.",
            )
        elif name:
            first[name] = entry.line
