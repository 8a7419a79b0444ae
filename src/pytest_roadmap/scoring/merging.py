"""Archives of shards, joined: several machines or clusters, one plan.

Of what several runs say of one probe the worst stands; only a run that did not
measure gives way.  A waiver or a baseline counts only if all archives have it, and
every phase that one of them asks for is asked for.  So no archive that is added
can hide what another one saw.

Archives of different plans, criteria or commits are refused: together they would
tell of a release that nobody measured.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from pytest_roadmap.errors import ReportError
from pytest_roadmap.model import Basis, Roadmap, Run, Scorecard
from pytest_roadmap.scoring import score

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from pytest_roadmap.model import Finding

COMMAND = ("pytest-roadmap", "merge")
T = TypeVar("T")


def merged(
    archives: Mapping[str, Scorecard], at: dt.datetime | None = None
) -> Scorecard:
    """Return the scorecard of several shards.

    Args:
        archives: The shards, by what the reader calls them.
        at: The time of judging; without it the latest one of the shards.

    Raises:
        ReportError: They do not belong together; says which and why.
    """
    _check(archives)
    cards = [archives[name] for name in sorted(archives)]
    cards.sort(key=lambda card: (card.run.id, card.run.started))
    bases = [_basis(card) for card in cards]
    moment = max(basis.at for basis in bases)
    waivers = [w for w in bases[0].waivers if all(w in b.waivers for b in bases)]
    waivers.sort(key=repr)
    words = bases[0].attestations
    words = tuple(w for w in words if all(w in b.attestations for b in bases))
    card = score(
        roadmaps=cards[0].roadmaps,
        mapped=_mapped(cards),
        findings=_findings(cards),
        criteria=dict(bases[0].criteria),
        waivers=waivers,
        attestations=sorted(words, key=repr),
        run=_run(cards),
        now=at or dt.datetime.fromtimestamp(moment, tz=dt.UTC),
        phases=_gate(bases),
        baseline=_same(basis.baseline for basis in bases),
    )
    return replace(card, notes=(*card.notes, *_notes(cards, bases, len(waivers))))


def _basis(card: Scorecard) -> Basis:
    """Return what a card was judged by."""
    return card.basis or Basis(at=card.run.finished)


def _check(archives: Mapping[str, Scorecard]) -> None:
    """Refuse archives that do not belong together.

    Raises:
        ReportError: There are none, or two of them differ.
    """
    if not archives:
        remedy = "name the scorecard.json of each shard"
        raise ReportError("no archive is named", where="merge", remedy=remedy)
    plans = "merge the shards of one plan; `pytest-roadmap diff` compares two plans"
    criteria = "judge them by the same ones first: pytest-roadmap score --criteria FILE"
    commits = "measure one commit with all shards"
    _alike(archives, _plans, "were made with different plans", plans)
    _alike(archives, lambda c: _basis(c).criteria, "have different criteria", criteria)
    _alike(archives, lambda c: c.run.commit, "measured different commits", commits)


def _alike(
    archives: Mapping[str, Scorecard],
    look: Callable[[Scorecard], object],
    differs: str,
    remedy: str,
) -> None:
    """Refuse archives that differ in what `look` returns.

    Raises:
        ReportError: Two of them do.
    """
    (first, card), *others = archives.items()
    for name, other in others:
        if look(other) != look(card):
            raise ReportError(
                f"{first} and {name} {differs}", where=name, remedy=remedy
            )


def _plans(card: Scorecard) -> tuple[Roadmap, ...]:
    """Return a card's plans, wherever their folders were."""
    return tuple(replace(roadmap, root="") for roadmap in card.roadmaps)


def _mapped(cards: Sequence[Scorecard]) -> dict[str, tuple[str, ...]]:
    """Return the probes of each requirement that any shard knows."""
    found: dict[str, set[str]] = {}
    for card in cards:
        for result in card.results:
            found.setdefault(result.requirement.id, set()).update(result.probes)
    return {name: tuple(sorted(probes)) for name, probes in found.items() if probes}


def _findings(cards: Sequence[Scorecard]) -> list[Finding]:
    """Return what all shards saw, each finding once and with its run's name."""
    found: dict[Finding, None] = {}
    for card in cards:
        strays = card.basis.strays if card.basis else ()
        for seen in (*(f for r in card.results for f in r.findings), *strays):
            found[seen if seen.run else replace(seen, run=card.run.id)] = None
    return list(found)


def _run(cards: Sequence[Scorecard]) -> Run:
    """Return the description of all shards as one run."""
    names = sorted({name for card in cards for name in sources(card.run)})
    digest = hashlib.sha256("\n".join(names).encode("utf-8", "backslashreplace"))
    shared = [pair for pair in cards[0].run.target if _all(cards, pair)]
    return Run(
        id=f"merged-{digest.hexdigest()[:12]}",
        started=min(card.run.started for card in cards),
        finished=max(card.run.finished for card in cards),
        version=max(card.run.version for card in cards),
        command=(*COMMAND, *names),
        target=tuple(sorted(shared)),
        commit=cards[0].run.commit,
        complete=all(card.run.complete for card in cards),
    )


def sources(run: Run) -> tuple[str, ...]:
    """Return the runs that a run was merged from; itself if it was not."""
    many = run.command[: len(COMMAND)] == COMMAND
    return run.command[len(COMMAND) :] if many else (run.id,)


def _all(cards: Sequence[Scorecard], pair: tuple[str, str]) -> bool:
    """Tell whether all shards measured a target with this property."""
    return all(pair in card.run.target for card in cards)


def _gate(bases: Sequence[Basis]) -> frozenset[tuple[str, int]] | None:
    """Return every phase that a shard asks for; None for all."""
    asked: set[tuple[str, int]] = set()
    for basis in bases:
        if basis.gate is None:
            return None
        asked.update(basis.gate)
    return frozenset(asked)


def _same(values: Iterable[T | None]) -> T | None:
    """Return what all have in common, or nothing."""
    first, *others = values
    return first if all(other == first for other in others) else None


def _notes(
    cards: Sequence[Scorecard], bases: Sequence[Basis], kept: int
) -> tuple[str, ...]:
    """Return what a reader must know of the merge."""
    names = sorted({name for card in cards for name in sources(card.run)})
    notes = [
        f"Merged from the runs {', '.join(names)}; of each probe the worst stands."
    ]
    lost = len({waiver for basis in bases for waiver in basis.waivers}) - kept
    if lost:
        notes.append(f"Waivers that not every shard has do not count: {lost}.")
    return tuple(notes)
