"""What `pytest-roadmap plan explain` tells of one requirement, beside its fields."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_roadmap.plan.listing import Listed
    from pytest_roadmap.plan.suite import Suite
    from pytest_roadmap.plan.vocabulary import Word


KEYS = "keys.yaml"  # whose signature counts; `signing` reads it


@dataclass(frozen=True, slots=True, kw_only=True)
class LastResult:
    """What the latest archive says of a requirement."""

    verdict: str
    outcome: str
    message: str
    archive: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """A requirement with everything that helps to understand it.

    `remedy` is what to do next; `counter_example_file` is empty where there is none.
    """

    listed: Listed
    words: tuple[Word, ...]
    needs: tuple[Word, ...]
    fact: Word | None
    shared_with: tuple[str, ...]
    counter_example_file: str
    last: LastResult | None
    remedy: str


def explanation(suite: Suite, listed: Listed, root: Path, archive: Path) -> Explanation:
    """Return the explanation of one requirement of a suite.

    Args:
        suite: The requirement's suite.
        listed: The requirement with its probes.
        root: The project's folder.
        archive: The scorecard of the latest run, which need not exist.
    """
    entry = listed.requirement
    file = root / "k8s" / "counterexamples" / f"{entry.id}.yaml"
    last = _last(archive, entry.id)
    return Explanation(
        listed=listed,
        words=suite.vocabulary.words_in(entry),
        needs=suite.vocabulary.needed(entry),
        fact=suite.vocabulary.fact(entry.shares) if entry.shares else None,
        shared_with=tuple(
            other.id
            for other in suite.roadmap.requirements()
            if entry.shares and other.shares == entry.shares and other.id != entry.id
        ),
        counter_example_file=file.as_posix() if file.is_file() else "",
        last=last,
        remedy=_remedy(suite, listed, last),
    )


def _last(archive: Path, name: str) -> LastResult | None:
    """Return what the latest archive says of an id, or None if nothing can be read."""
    try:
        data = json.loads(archive.read_text(encoding="utf-8"))
        results = {entry["id"]: entry for entry in data["requirements"]}
        entry = results[name]
        return LastResult(
            verdict=str(entry["verdict"]),
            outcome=str(entry["outcome"]),
            message=str(entry.get("message", "")),
            archive=archive.as_posix(),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _remedy(suite: Suite, listed: Listed, last: LastResult | None) -> str:
    """Return what to do next about a requirement."""
    name = listed.requirement.id
    run = f"pytest --roadmap --roadmap-id {name}"
    if listed.requirement.manual:
        return _attesting(suite, name)
    if not listed.probes:
        return "Write its probe; suites/README.md says how."
    if last is not None and last.verdict in {"failed", "error", "inconclusive"}:
        return f"Mend what the message names, then run: {run}"
    if last is not None and last.verdict == "unavailable":
        needs = ", ".join(listed.requirement.needs)
        return f"Give the target what it lacks ({needs}), then run: {run}"
    if not listed.seen_passing:
        return f"Run it: {run}"
    if not listed.seen_failing:
        return f"Show that it can fail: {run} --roadmap-counterexamples"
    return "Nothing: its probe was seen to pass and to fail."


def _attesting(suite: Suite, name: str) -> str:
    """Return how people say that a requirement holds: commands to be copied.

    Only the words in capitals are the reader's to fill in.
    """
    folder = suite.folder.as_posix()
    sign = (
        f"pytest-roadmap attest {name} --suite {suite.roadmap.suite} --key KEY "
        '--candidate "$(git rev-parse HEAD)" --expires YEAR-MONTH-DAY'
    )
    if (suite.folder / KEYS).is_file():
        return f"It is for people to decide. Whoever may, signs: {sign}"
    return (
        "It is for people to decide, and the suite trusts nobody's key yet. Make one: "
        f"pytest-roadmap keygen KEY --public {folder}/keys/NAME.pub, name it in "
        f"{folder}/{KEYS} (suites/PEOPLE.md), then: {sign}"
    )
