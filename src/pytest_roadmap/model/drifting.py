"""Where a document and what was measured have drifted apart, in both directions.

A pure function of the scorecard, so that every report says the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from pytest_roadmap.model.roadmap import Claim
from pytest_roadmap.model.scorecard import Verdict
from pytest_roadmap.model.source import Source, SourceLine, Wording

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_roadmap.model.roadmap import Requirement, Roadmap
    from pytest_roadmap.model.scorecard import Result, Scorecard

_LONGEST_MESSAGE = 160
_REFUTED = {Verdict.FAILED, Verdict.WAIVED}
_UNDONE = {Claim.OPEN, Claim.IN_PROGRESS}


class DriftKind(StrEnum):
    """How document and measurement disagree, the gravest first."""

    OVER_CLAIM = "over_claim"  # ticked, and its probe fails
    UNVERIFIED = "unverified"  # ticked, and nobody can say whether it holds
    CONTRADICTION = "contradiction"  # the document disagrees with itself or the plan
    DUPLICATE = "duplicate"  # two lines for one requirement
    VANISHED = "vanished"  # what the plan was made from is gone
    CHANGED = "changed"  # the words are others than those that were mapped or waived
    UNDER_CLAIM = "under_claim"  # open, and its probe passes: offer the tick


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """One disagreement: what about, where in the document, and one sentence.

    `requirement` is empty where the document disagrees with itself; `line` is 0 where
    the document has no such line.
    """

    kind: DriftKind
    suite: str
    requirement: str
    file: str
    line: int
    sentence: str


def drift(scorecard: Scorecard, since: Scorecard | None = None) -> tuple[Drift, ...]:
    """Return every disagreement, the gravest kind first, then in the plan's order.

    Args:
        scorecard: The judged run.
        since: An older one; ids that vanished and words that changed in between are
            told too.
    """
    found = [
        entry
        for roadmap in scorecard.roadmaps
        for entry in (*_claims(roadmap, scorecard), *_remarks(roadmap))
    ]
    if since is not None:
        found += _since(scorecard, since)
    kinds = list(DriftKind)
    return tuple(sorted(found, key=lambda entry: kinds.index(entry.kind)))


def _claims(roadmap: Roadmap, scorecard: Scorecard) -> Iterator[Drift]:
    """Yield the disagreements about single requirements of one suite."""
    source = roadmap.source or Source(file="", digest="")
    lines = {line.requirement: line for line in source.lines}
    for result in scorecard.results:
        asked = result.requirement
        if asked.suite != roadmap.suite:
            continue
        line = lines.get(asked.id) or _unmapped(asked)
        for kind, sentence in (*_wording(line, asked), *_verdict(line, result)):
            yield _drift(kind, asked, source.file, line.line, sentence)


def _drift(
    kind: DriftKind, asked: Requirement, file: str, line: int, sentence: str
) -> Drift:
    """Return a disagreement about a requirement."""
    return Drift(
        kind=kind,
        suite=asked.suite,
        requirement=asked.id,
        file=file,
        line=line,
        sentence=f"{asked.id} {sentence}",
    )


def _unmapped(asked: Requirement) -> SourceLine:
    """Return what is known of a requirement without its document: the plan's claim."""
    return SourceLine(requirement=asked.id, wording=Wording.NONE, claim=asked.claim)


def _wording(line: SourceLine, asked: Requirement) -> Iterator[tuple[DriftKind, str]]:
    """Yield what has become of the words that a requirement was mapped to."""
    match line.wording:
        case Wording.CHANGED:
            yield (
                DriftKind.CHANGED,
                "was mapped to other words than the document has now",
            )
        case Wording.TWICE:
            yield DriftKind.DUPLICATE, "is mapped to words that several lines have"
        case Wording.VANISHED:
            yield DriftKind.VANISHED, "is mapped to words that the document lost"
    if line.claim is Claim.DROPPED and asked.claim is not Claim.DROPPED:
        yield (
            DriftKind.CONTRADICTION,
            "is dropped in the document, the plan still asks for it",
        )


def _verdict(line: SourceLine, result: Result) -> Iterator[tuple[DriftKind, str]]:
    """Yield where a claim and a verdict disagree."""
    verdict = result.verdict
    word = verdict.value.replace("_", " ")
    if line.claim is Claim.DONE and verdict in _REFUTED:
        yield DriftKind.OVER_CLAIM, f"is ticked, but {_told(word, result.message)}"
    elif line.claim is Claim.DONE and verdict.unknown:
        yield (
            DriftKind.UNVERIFIED,
            f"is ticked, but nobody knows: {_told(word, result.message)}",
        )
    elif line.claim in _UNDONE and verdict is Verdict.PASSED:
        state = line.claim.value.replace("_", " ")
        yield DriftKind.UNDER_CLAIM, f"is {state} in the document, and its probe passes"


def _told(word: str, message: str) -> str:
    """Return a verdict with the first line of its message, shortened."""
    first = message.strip().partition("\n")[0]
    if len(first) > _LONGEST_MESSAGE:
        first = f"{first[:_LONGEST_MESSAGE]}…"
    return f"{word}: {first}" if first else word


def _remarks(roadmap: Roadmap) -> Iterator[Drift]:
    """Yield where the document of one suite contradicts itself."""
    for remark in roadmap.source.remarks if roadmap.source else ():
        yield Drift(
            kind=DriftKind.CONTRADICTION,
            suite=roadmap.suite,
            requirement="",
            file=roadmap.source.file if roadmap.source else "",
            line=remark.line,
            sentence=remark.text,
        )


def _since(scorecard: Scorecard, old: Scorecard) -> Iterator[Drift]:
    """Yield the ids that vanished and the words that changed since an older run."""
    now = {result.requirement.id: result for result in scorecard.results}
    sources = [roadmap.source for roadmap in scorecard.roadmaps if roadmap.source]
    files = {r.suite: r.source.file for r in scorecard.roadmaps if r.source}
    lines = {said.requirement: said.line for one in sources for said in one.lines}
    for before in old.results:
        asked = before.requirement
        file = files.get(asked.suite, "")
        after = now.get(asked.id)
        if after is None:
            yield _drift(
                DriftKind.VANISHED,
                asked,
                file,
                0,
                f"was asked by run {old.run.id} and is not any more",
            )
        elif _words(after.requirement) != _words(asked):
            yield _drift(
                DriftKind.CHANGED,
                after.requirement,
                file,
                lines.get(asked.id, 0),
                f"asks for something else than in run {old.run.id}"
                + _waived(before, after),
            )


def _words(asked: Requirement) -> tuple[object, ...]:
    """Return all that a requirement asks, without what is about its probe only."""
    return (
        asked.title,
        asked.topic,
        asked.quote,
        asked.given,
        asked.when,
        asked.then,
        asked.limits,
        asked.strength,
    )


def _waived(before: Result, after: Result) -> str:
    """Return what to add where a waiver was given for the older words."""
    old, new = before.waiver, after.waiver
    if old is None or new is None or (old.owner, old.reason) != (new.owner, new.reason):
        return ""
    return f", and {new.approver} waived the older words"
