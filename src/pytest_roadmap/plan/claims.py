"""Requirements against their document: which line says it, and what does it claim?

A requirement finds its line by its quote, else by the id that the document itself gives
a line (`**P1-SEC-1**: …`), else by its section and topic.  Words that changed are found
again by the line's own id, or by being nearly the same.
"""

from __future__ import annotations

import difflib
import re
from bisect import bisect_left
from collections import Counter
from typing import TYPE_CHECKING

from pytest_roadmap.model import Claim, Remark, Source, SourceLine, Wording
from pytest_roadmap.plan.contradictions import contradictions
from pytest_roadmap.plan.figures import figures
from pytest_roadmap.plan.markdown import plain
from pytest_roadmap.plan.marks import marked
from pytest_roadmap.plan.outline import own_id
from pytest_roadmap.plan.tallies import tallies

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pytest_roadmap.model import Requirement
    from pytest_roadmap.plan.document import Document, SectionText
    from pytest_roadmap.plan.outline import Entry

_ALIKE = 0.75  # from where on two lines are one in other words
_MOST_OF_A_WORD = 100  # lines that are looked at because of one word
_MOST_CANDIDATES = 20  # lines that are compared letter by letter
_WORD = re.compile(r"\w+")
_SHORTEST_QUOTE = 12  # letters of a quote that may be the beginning of a line only


def source_of(
    document: Document, digest: str, requirements: Iterable[Requirement]
) -> Source:
    """Return the document behind a plan: a line per requirement, and its remarks."""
    index = Index(document)
    problems = [*contradictions(document), *tallies(document), *figures(document)]
    return Source(
        file=document.name,
        digest=digest,
        lines=tuple(index.line_of(requirement) for requirement in requirements),
        remarks=tuple(
            Remark(line=int(problem.where.rpartition(":")[2]), text=problem.what)
            for problem in problems
        ),
    )


class Index:
    """The lines of a document by their words and by their own ids."""

    def __init__(self, document: Document) -> None:
        self.by_text: dict[str, list[Entry]] = {}
        self.by_id: dict[str, list[Entry]] = {}
        for entry in document.outline.entries:
            self.by_text.setdefault(_key(entry.text), []).append(entry)
            if entry.own_id:
                self.by_id.setdefault(entry.own_id, []).append(entry)
        self.texts = sorted(self.by_text)
        self.by_word: dict[str, list[str]] = {}
        self.sections: dict[tuple[int, str], SectionText] = {
            (phase.number, section.name): section
            for phase in document.phases
            for section in phase.sections
        }

    def line_of(self, requirement: Requirement) -> SourceLine:
        """Return what the document says of a requirement."""
        if requirement.quote:
            return self._quoted(requirement)
        if requirement.id in self.by_id:
            return _found(requirement, self.by_id[requirement.id])
        key = requirement.phase, requirement.section
        if key in self.sections:
            return _listed(requirement, self.sections[key])
        return SourceLine(
            requirement=requirement.id, wording=Wording.NONE, claim=requirement.claim
        )

    def _quoted(self, requirement: Requirement) -> SourceLine:
        """Return the line that a requirement quotes, or what has become of it."""
        words = marked(requirement.quote).text
        entries = self._same(_key(words))
        if entries:
            return _found(requirement, entries)
        entries = self.by_id.get(own_id(words), [])
        if not entries:
            near = difflib.get_close_matches(_key(words), self._near(words), 1, _ALIKE)
            entries = self.by_text[near[0]] if near else []
        if not entries:
            return SourceLine(
                requirement=requirement.id, wording=Wording.VANISHED, claim=Claim.NONE
            )
        return _found(requirement, entries, Wording.CHANGED)

    def _near(self, words: str) -> list[str]:
        """Return the lines that share most words with a quote: few, to be compared."""
        if not self.by_word:
            for text in self.texts:
                for word in set(_WORD.findall(text.casefold())):
                    self.by_word.setdefault(word, []).append(text)
        found: Counter[str] = Counter()
        for word in set(_WORD.findall(words.casefold())):
            found.update(self.by_word.get(word, [])[:_MOST_OF_A_WORD])
        return [text for text, _ in found.most_common(_MOST_CANDIDATES)]

    def _same(self, key: str) -> list[Entry]:
        """Return the lines with exactly these words, else those that begin so."""
        if key in self.by_text:
            return self.by_text[key]
        if len(key) < _SHORTEST_QUOTE:
            return []
        found: list[Entry] = []
        for text in self.texts[bisect_left(self.texts, key) :]:
            if not text.startswith(key):
                break
            found += self.by_text[text]
        return found


def _found(
    requirement: Requirement, entries: list[Entry], wording: Wording = Wording.SAME
) -> SourceLine:
    """Return the one line among `entries`, that of the requirement's section first."""
    if len(entries) > 1:
        near = [e for e in entries if e.section == requirement.section]
        entries = near if len(near) == 1 else entries
    first = entries[0]
    return SourceLine(
        requirement=requirement.id,
        wording=wording if len(entries) == 1 else Wording.TWICE,
        claim=first.claim,
        line=first.line,
        text=_key(first.text),
        box=first.box and not first.fenced,
    )


def _listed(requirement: Requirement, section: SectionText) -> SourceLine:
    """Return the line of a section that lists a requirement's topics."""
    known = {topic.casefold() for topic in section.topics}
    topics = filter(None, map(str.strip, requirement.topic.split(";")))
    kept = all(topic.casefold() in known for topic in topics)
    return SourceLine(
        requirement=requirement.id,
        wording=Wording.SAME if kept else Wording.CHANGED,
        claim=requirement.claim,
        line=section.line,
        text=f"{section.name}: {', '.join(section.topics)}",
    )


def _key(text: str) -> str:
    """Return words as they are compared: without emphasis and doubled spaces."""
    return plain(text)
