"""Writing evidence back: marks of boxes change, and nothing else.

The document is the user's.  What a tick may change is one character between brackets,
and, if asked for, a link to the evidence at the end of that line; line ends, byte order
mark, encoding and every other byte stay.  A box that is not found exactly where its
words are, or that stands in a code block, is left alone and named.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_roadmap.errors import PlanError
from pytest_roadmap.model import Claim, Verdict, Wording
from pytest_roadmap.plan.claims import Index
from pytest_roadmap.plan.documents import as_document, read_original, repair
from pytest_roadmap.plan.markdown import plain, read_markdown
from pytest_roadmap.plan.marks import BOXES, marked

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pytest_roadmap.model import Result, SourceLine
    from pytest_roadmap.plan.documents import Original

_LINE = re.compile(r"([^\r\n]*)(\r\n|\r|\n|$)")
_BOX = re.compile(r"[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)+\[([ xX~-])\][ \t]+")
_LINK = re.compile(r"[^\s()<>\"'`\\\x00-\x20\x7f]+")
_UNDONE = {Claim.OPEN, Claim.IN_PROGRESS}
_REFUTED = {Verdict.FAILED, Verdict.WAIVED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """One box to mark: where, for which requirements, and with which character."""

    line: int
    requirements: tuple[str, ...]
    mark: str
    text: str
    link: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """A requirement whose box stays as it is, and why."""

    requirement: str
    line: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Writing:
    """A document, what would be written into it, and what would not."""

    original: Original
    ticks: tuple[Tick, ...]
    skipped: tuple[Skipped, ...]

    @property
    def before(self) -> bytes:
        """The document's bytes as they were read."""
        return self.original.with_text(self.original.text)

    @property
    def after(self) -> bytes:
        """The document's bytes with the boxes marked."""
        return self.original.with_text(marked_text(self.original.text, self.ticks))


def writing(
    path: Path, results: Iterable[Result], *, untick: bool = False, link: str = ""
) -> Writing:
    """Return what the evidence of a run would change in a document.

    Args:
        path: The document.
        results: The judged requirements of its suite.
        untick: Whether boxes whose probes fail are opened again.
        link: Where the evidence is; `{id}` stands for the requirement's id.

    Raises:
        PlanError: The document cannot be read, or the link cannot stand in one.
    """
    original = read_original(path)
    text = as_document(original)
    index = Index(read_markdown(text.text, text.name))
    lines: dict[int, list[tuple[Result, SourceLine]]] = {}
    for result in results:
        said = index.line_of(result.requirement)
        lines.setdefault(said.line, []).append((result, said))
    contents = [match[1] for match in _LINE.finditer(original.text)]
    found = [
        entry
        for number, pairs in sorted(lines.items())
        for entry in _one_line(
            pairs, contents[number - 1] if number else "", untick=untick, link=link
        )
    ]
    return Writing(
        original=original,
        ticks=tuple(entry for entry in found if isinstance(entry, Tick)),
        skipped=tuple(entry for entry in found if isinstance(entry, Skipped)),
    )


def _one_line(
    pairs: Sequence[tuple[Result, SourceLine]], content: str, *, untick: bool, link: str
) -> Iterator[Tick | Skipped]:
    """Yield the tick of one line, or why the requirements behind it do not tick it."""
    wishes = {
        result.requirement.id: _wanted(result, said, untick=untick)
        for result, said in pairs
    }
    mark = max(wishes.values())  # "x" for a tick, " " for none any more
    names = tuple(name for name, wish in wishes.items() if wish)
    others = [name for name, wish in wishes.items() if not wish]
    for result, said in pairs:
        reason = _obstacle(said, content)
        if mark == "x" and others and said.line:
            reason = f"{', '.join(others)} of the same line did not pass"
        if reason and result.requirement.id in names:
            yield Skipped(
                requirement=result.requirement.id, line=said.line, reason=reason
            )
            names = tuple(name for name in names if name != result.requirement.id)
    if names:
        yield Tick(
            line=pairs[0][1].line,
            requirements=names,
            mark=mark,
            text=pairs[0][1].text,
            link=_link(link, names[0]) if link and mark == "x" else "",
        )


def _wanted(result: Result, said: SourceLine, *, untick: bool) -> str:
    """Return the mark that the evidence asks for, nothing if it is there already."""
    if result.verdict is Verdict.PASSED and said.claim in _UNDONE:
        return "x"
    if untick and result.verdict in _REFUTED and said.claim is Claim.DONE:
        return " "
    return ""


def _obstacle(said: SourceLine, content: str) -> str:
    """Return why a line cannot be marked, nothing if it can."""
    if said.wording is Wording.TWICE:
        return "several lines have its words"
    if said.wording is Wording.CHANGED:
        return "its words changed since it was mapped"
    if said.line == 0:
        return "the document has no line for it"
    if not said.box:
        return "its line has no checkbox"
    match = _BOX.match(content)
    words = _words(content[match.end() :]) if match else ""
    if match is None or not words or not said.text.startswith(words):
        return "its checkbox is not in the line of its words"
    return "" if BOXES[match[1]] is said.claim else "its mark is not the box's"


def _words(rest: str) -> str:
    """Return the words behind a box as the reader knows them."""
    return plain(marked(repair(rest)[0]).text)


def marked_text(text: str, ticks: Iterable[Tick]) -> str:
    """Return a text with the marks of some boxes changed, and links behind them."""
    wanted = {tick.line: tick for tick in ticks}
    parts = []
    for number, found in enumerate(_LINE.finditer(text), 1):
        content, end = found[1], found[2]
        tick = wanted.get(number)
        match = _BOX.match(content) if tick else None
        if tick and match:
            place = match.start(1)
            content = content[:place] + tick.mark + content[place + 1 :]
            content = _with_link(content, tick.link)
        parts.append(content + end)
    return "".join(parts)


def _with_link(content: str, link: str) -> str:
    """Return a line with a link to its evidence before its trailing spaces."""
    if not link:
        return content
    words = content.rstrip(" \t")
    return f"{words} ([evidence]({link})){content[len(words) :]}"


def _link(template: str, name: str) -> str:
    """Return the address of a requirement's evidence.

    Raises:
        PlanError: It would break the line that it is written into.
    """
    found = template.replace("{id}", name)
    if not _LINK.fullmatch(found):
        raise PlanError(
            f"{template!r} cannot stand in a document",
            where="--link",
            remedy="Write an address without spaces, quotes and brackets, such as "
            "https://reports.example/run-7#{id}.",
        )
    return found


def apply(found: Writing, path: Path) -> None:
    """Write a document, unless somebody changed it since it was read.

    Raises:
        PlanError: It was changed meanwhile, or cannot be written.
    """
    target = path.resolve()
    try:
        handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(found.after)
                file.flush()
                os.fsync(file.fileno())
            shutil.copymode(target, name)
            if hashlib.sha256(target.read_bytes()).hexdigest() != found.original.digest:
                raise PlanError(
                    "was changed by somebody else while it was being marked",
                    where=path.as_posix(),
                    remedy="Nothing was written.  Run the command again.",
                )
            Path(name).replace(target)
        finally:
            Path(name).unlink(missing_ok=True)
    except OSError as error:
        raise PlanError(
            f"cannot be written: {error.strerror or error}",
            where=path.as_posix(),
            remedy="Nothing was written.  Make room or rights there.",
        ) from error
