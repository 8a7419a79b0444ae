"""Holds a suite against its document: is everything asked, once, and as it says?"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import TYPE_CHECKING

from pytest_roadmap.model import WaiverState, Wording
from pytest_roadmap.plan.contradictions import contradictions
from pytest_roadmap.plan.figures import figures
from pytest_roadmap.plan.markdown import plain
from pytest_roadmap.plan.problems import error, notice
from pytest_roadmap.plan.suggestions import did_you_mean
from pytest_roadmap.plan.tallies import tallies
from pytest_roadmap.plan.waiver_ledger import HOLDS, ledger

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_roadmap.model import Phase, Requirement, Section
    from pytest_roadmap.plan.document import Document, PhaseText, SectionText
    from pytest_roadmap.plan.problems import Problem
    from pytest_roadmap.plan.suite import Suite

_SENTENCES = ("topic", "given", "when", "then", "counter_example")


def lint(suite: Suite, today: dt.date | None = None) -> list[Problem]:
    """Return what is wrong with a suite, and where its document contradicts itself.

    Args:
        suite: The suite to hold against its document.
        today: The day (UTC) on which waivers are looked at; today without it.
    """
    document = suite.document
    day = today or dt.datetime.now(dt.UTC).date()
    return [
        *_totals(suite, document),
        *_sections(suite, document),
        *_sentences(suite),
        *_repetitions(suite),
        *_vocabulary(suite),
        *_criteria(suite, document),
        *_waivers(suite, day),
        *_words(suite),
        *contradictions(document),
        *tallies(document),
        *figures(document),
    ]


def _plan(suite: Suite, line: int = 0) -> str:
    """Return a place in the plan file."""
    name = (suite.folder / "plan.yaml").as_posix()
    return f"{name}:{line}" if line else name


def _totals(suite: Suite, document: Document) -> Iterator[Problem]:
    """Yield phases whose number of requirements is not what the document promises.

    A document in which fewer phases or tests are recognised than the plan expects was
    reformatted or emptied; it must not pass for a document that asks for less.
    """
    if not document.phases:
        yield error(
            document.name,
            f"no phase was recognised, {len(suite.expected)} are expected",
            "Write phases as headings such as '### Phase 1: Name (45 tests)'.",
        )
        return
    found = {phase.number: phase for phase in document.phases}
    for number, expected in suite.expected:
        phase = found.pop(number, None)
        if phase is None:
            yield error(
                document.name,
                f"phase {number} was not recognised, {expected} requirements expect it",
                "Restore its heading, or remove the phase from the plan.",
            )
        elif phase.total is None:
            yield notice(
                document.where(phase.line), f"phase {number} promises no total"
            )
        elif phase.total != expected:
            yield error(
                document.where(phase.line),
                f"phase {number} promises {phase.total} tests, the plan has {expected}",
                "Write the missing requirements, or correct the document.",
            )
    for phase in found.values():
        yield error(
            document.where(phase.line),
            f"phase {phase.number} is not in the plan",
            "Add it to the plan.",
        )


def _sections(suite: Suite, document: Document) -> Iterator[Problem]:
    """Yield sections and topics that only one of plan and document has."""
    plans = {phase.number: phase for phase in suite.roadmap.phases}
    for text in document.phases:
        phase = plans.get(text.number)
        if phase is None:
            continue
        if phase.name != text.name:
            yield error(
                _plan(suite),
                f"phase {phase.number} is {phase.name!r}, "
                f"in the document {text.name!r}",
                "Name it as the document does.",
            )
        yield from _sections_of(suite, document, phase, text)


def _sections_of(
    suite: Suite, document: Document, phase: Phase, text: PhaseText
) -> Iterator[Problem]:
    """Yield the differences between one phase of the plan and of the document."""
    plans = {section.name: section for section in phase.sections}
    texts = {section.name: section for section in text.sections}
    for name, twice in Counter(section.name for section in phase.sections).items():
        if twice > 1:
            yield error(
                _plan(suite), f"the section {name!r} is there {twice} times", "Merge."
            )
    for name in plans.keys() - texts.keys():
        line = plans[name].requirements[0].line
        yield error(
            _plan(suite, line),
            f"the document's phase {phase.number} has no section {name!r}",
            did_you_mean(name, texts),
        )
    for name, section in texts.items():
        if name in plans:
            yield from _topics(suite, document, plans[name], section)
        else:
            yield error(
                document.where(section.line),
                f"the section {name!r} is not in the plan",
                "Write its requirements.",
            )


def _topics(
    suite: Suite, document: Document, section: Section, text: SectionText
) -> Iterator[Problem]:
    """Yield topics that no requirement covers, and covered ones that nobody asked."""
    known = {topic.casefold(): topic for topic in text.topics}
    covered = set()
    for requirement in section.requirements:
        for topic in filter(None, map(str.strip, requirement.topic.split(";"))):
            covered.add(topic.casefold())
            if topic.casefold() not in known:
                yield error(
                    _plan(suite, requirement.line),
                    f"{requirement.id} covers {topic!r}, which the document's section "
                    f"{section.name!r} does not list",
                    did_you_mean(topic, text.topics),
                )
    for key in known.keys() - covered:
        yield error(
            document.where(text.line),
            f"no requirement covers the topic {known[key]!r} of {section.name!r}",
            "Write a requirement for it.",
        )


def _words(suite: Suite) -> Iterator[Problem]:
    """Yield requirements whose words the document has twice, or has not any more."""
    source = suite.roadmap.source
    lines = {line.requirement: line for line in source.lines} if source else {}
    for requirement in suite.roadmap.requirements():
        line = lines[requirement.id]
        if not requirement.quote or line.wording is Wording.SAME:
            continue
        where = _plan(suite, requirement.line)
        if line.wording is Wording.VANISHED:
            yield error(
                where,
                f"{requirement.id} quotes words that the document does not have",
                "Quote a line of the document, or restore it there.",
            )
        else:
            several = line.wording is Wording.TWICE
            yield error(
                where,
                f"{requirement.id} quotes what several lines say: line {line.line}, …"
                if several
                else f"{requirement.id} quotes other words than line {line.line} has",
                "Quote more of the line."
                if several
                else "Read the requirement again, then quote the new words.",
            )


def _sentences(suite: Suite) -> Iterator[Problem]:
    """Yield requirements that do not say how they are found out."""
    for requirement in suite.roadmap.requirements():
        if requirement.manual:
            continue
        missing = [key for key in _SENTENCES if not getattr(requirement, key)]
        if missing:
            yield error(
                _plan(suite, requirement.line),
                f"{requirement.id} lacks {', '.join(missing)}",
                "Without them nobody can tell whether its probe measures it.",
            )


def _repetitions(suite: Suite) -> Iterator[Problem]:
    """Yield sentences that two requirements have in common."""
    for key in ("title", "then", "counter_example"):
        first: dict[str, Requirement] = {}
        for requirement in suite.roadmap.requirements():
            sentence = " ".join(getattr(requirement, key).casefold().split())
            other = first.setdefault(sentence, requirement)
            if sentence and other is not requirement:
                yield error(
                    _plan(suite, requirement.line),
                    f"{requirement.id} has the same {key} as {other.id}",
                    "Two requirements that can only pass or fail together are one.",
                )


def _vocabulary(suite: Suite) -> Iterator[Problem]:
    """Yield facts and components that are used and not defined, or never used."""
    words = suite.vocabulary
    facts = {fact.name for phase in words.phases for fact in phase.facts}
    needs = {need.name for need in words.needs}
    requirements = list(suite.roadmap.requirements())
    for requirement in requirements:
        used = [("need", name, needs) for name in requirement.needs]
        if requirement.shares:
            used.append(("fact", requirement.shares, facts))
        for kind, name, known in used:
            if name not in known:
                yield error(
                    _plan(suite, requirement.line),
                    f"{requirement.id} uses the {kind} {name!r}, which is not defined",
                    did_you_mean(name, known) or f"Define it among the {kind}s.",
                )
    yield from _unused(suite, "fact", facts, (r.shares for r in requirements))
    yield from _unused(suite, "need", needs, (n for r in requirements for n in r.needs))


def _unused(
    suite: Suite, kind: str, known: set[str], used: Iterable[str]
) -> Iterator[Problem]:
    """Yield what is defined and never used."""
    for name in sorted(known - set(used)):
        yield notice(_plan(suite), f"the {kind} {name!r} is used by no requirement")


def _criteria(suite: Suite, document: Document) -> Iterator[Problem]:
    """Yield phases whose criterion is missing or not the document's."""
    file = (suite.folder / "criteria.yaml").as_posix()
    asked = {
        number: sentence
        for sentence in document.criteria
        for number in range(sentence.first, sentence.last + 1)
    }
    text = plain(suite.document.text)
    for phase in suite.roadmap.phases:
        criterion = suite.criteria.of(phase.number)
        if criterion is None:
            yield error(file, f"phase {phase.number} has no criterion", "Add one.")
            continue
        if criterion.sentence and plain(criterion.sentence) not in text:
            yield error(
                file,
                f"the sentence of phase {phase.number} is not in the document",
                "Quote the document's own words.",
            )
        sentence = asked.get(phase.number)
        if sentence and sentence.share != criterion.threshold:
            yield error(
                file,
                f"phase {phase.number} asks {float(criterion.threshold):.4%}, the "
                f"document {sentence.text!r} (line {sentence.line})",
                "Take the document's share, or change the document first.",
            )


def _waivers(suite: Suite, day: dt.date) -> Iterator[Problem]:
    """Yield waivers that do not hold, and those that do not say since when."""
    for entry in ledger(suite, day):
        if entry.state is WaiverState.EXPIRED:
            yield notice(entry.where, entry.what, entry.remedy)
        elif entry.state not in HOLDS:
            yield error(entry.where, entry.what, entry.remedy)
        elif entry.waiver is not None and entry.waiver.issued is None:
            yield notice(
                entry.where,
                f"the waiver of {entry.waiver.requirement} does not say when it was "
                "issued, so nobody can tell how long it lasts",
                f"Add its day, such as issued: {day}",
            )
