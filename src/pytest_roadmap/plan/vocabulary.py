"""The words of a plan: what its requirements mean by them.

A phase defines `words` (what *recovered* or *delivered* means there) and `facts`
(what is recorded once and judged by several probes); the plan defines `needs` (the
components that a target may offer).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_roadmap.model import Requirement
    from pytest_roadmap.plan.nodes import Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """A word and its meaning."""

    name: str
    meaning: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseVocabulary:
    """The words and the shared facts that a phase defines."""

    number: int
    words: tuple[Word, ...] = ()
    facts: tuple[Word, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """All that a plan defines."""

    phases: tuple[PhaseVocabulary, ...] = ()
    needs: tuple[Word, ...] = ()

    def words_in(self, requirement: Requirement) -> tuple[Word, ...]:
        """Return the words of the requirement's phase that its sentences use."""
        text = " ".join(
            (
                requirement.title,
                requirement.given,
                requirement.when,
                requirement.then,
                *(limit.name.replace("_", " ") for limit in requirement.limits),
            )
        )
        phase = next((p for p in self.phases if p.number == requirement.phase), None)
        return tuple(word for word in (phase.words if phase else ()) if _in(word, text))

    def fact(self, name: str) -> Word | None:
        """Return the shared fact of that name, of whichever phase."""
        facts = (fact for phase in self.phases for fact in phase.facts)
        return next((fact for fact in facts if fact.name == name), None)

    def needed(self, requirement: Requirement) -> tuple[Word, ...]:
        """Return the components that the requirement needs."""
        return tuple(need for need in self.needs if need.name in requirement.needs)


def _in(word: Word, text: str) -> bool:
    """Tell whether a text uses the word, in any of its written forms."""
    forms = "|".join(re.escape(form.strip()) for form in word.name.split(","))
    return re.search(rf"(?<!\w)({forms})(?!\w)", text, re.IGNORECASE) is not None


def phase_vocabulary(node: Node) -> PhaseVocabulary:
    """Return the words and facts that a phase of the plan defines."""
    fields = node.mapping("a phase")
    return PhaseVocabulary(
        number=fields["number"].integer("'number'"),
        words=pairs(fields["words"], "'words'") if "words" in fields else (),
        facts=pairs(fields["facts"], "'facts'") if "facts" in fields else (),
    )


def pairs(node: Node, what: str) -> tuple[Word, ...]:
    """Return a mapping from words to meanings."""
    return tuple(
        Word(name=name, meaning=entry.text(f"the meaning of {name!r}"))
        for name, entry in node.mapping(what).items()
    )
