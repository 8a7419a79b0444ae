"""summary.md: one page for a release manager, or a comment on a pull request.

What decides stands first: decision, why, what blocks, what would change it.
The details fill whatever is left of the byte budget.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from pytest_roadmap.model import Verdict
from pytest_roadmap.reporting import background, files
from pytest_roadmap.reporting.chapters import chapters
from pytest_roadmap.reporting.reading import (
    DECISION_SIGNS,
    SIGNS,
    Block,
    blocks,
    by_phase,
    counts,
    duration,
    flip_sentences,
    moment,
    phase_decision,
    phase_name,
    share,
    why,
    word,
)
from pytest_roadmap.reporting.text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from pytest_roadmap.model import PhaseScore, Result, Scorecard
    from pytest_roadmap.reporting.background import Background
    from pytest_roadmap.reporting.chapters import Cell, Chapter

FILE = "summary.md"
BUDGET = 65_535  # what a comment on GitHub may have, in bytes
_MOST_LINES = 30
_MORE = "… {count} more, see report.html."
# An underscore is markup only at a word's edge, the last group only at the start.
_MARKUP = re.compile(
    r"[\\`*\[\]<>|~$&]|(?<![^\W_])_|_(?![^\W_])|^(?:[#+=-]|\d+(?=[.)]))"
)


@pytest.hookimpl
def pytest_roadmap_report(scorecard: Scorecard, folder: Path) -> None:
    """Write summary.md."""
    files.write(folder / FILE, dumps(scorecard))


def dumps(scorecard: Scorecard, budget: int = BUDGET) -> str:
    """Return a scorecard as Markdown of at most `budget` bytes."""
    head = "\n\n".join(filter(None, _head(scorecard))) + "\n"
    head = _cut(head, budget)
    room = budget - len(files.encoded(head))
    return head + _details(scorecard, room)


def _head(scorecard: Scorecard) -> Iterable[str]:
    """Yield what a release manager reads, most important first."""
    decision = scorecard.decision
    yield f"# {DECISION_SIGNS[decision]} {decision.value}"
    yield _about(scorecard)
    yield _list("Why", [safe(reason, 500) for reason in scorecard.reasons])
    behind = background.of(scorecard)
    found = [_block(block, behind) for block in blocks(scorecard)]
    yield _list("What blocks the release", found)
    flips = [safe(sentence, 500) for sentence in flip_sentences(scorecard)]
    yield _list("What would change it", flips)
    yield _table(scorecard)
    yield from map(_chapter, chapters(scorecard))
    yield _list("Notes", [safe(note, 500) for note in scorecard.notes])


def _about(scorecard: Scorecard) -> str:
    """Return which run this is, in one paragraph."""
    run = scorecard.run
    parts = [f"Run {code(run.id)}", moment(run.finished)]
    if run.commit:
        parts.append(f"commit {code(run.commit[:12])}")
    parts.append(f"took {duration(max(0.0, run.finished - run.started))}")
    parts += [f"{safe(key)} {code(value)}" for key, value in run.target[:6]]
    found = counts(scorecard)
    numbers = [f"{n} {word(v)}" for v, n in found.items() if n]
    total = f"{len(scorecard.results)} requirements: {', '.join(numbers) or 'none'}."
    return f"{' · '.join(parts)}\n\n{total}"


def _block(block: Block, behind: Background) -> str:
    """Return one reason that holds the release up."""
    result = block.first
    requirement = result.requirement
    names = f"**{safe(requirement.id)}** {safe(requirement.title, 200)}"
    if len(block.results) > 1:
        others = [safe(r.requirement.id) for r in block.results[1:]]
        listed = ", ".join(others[:8])
        rest = f" and {len(others) - 8} more" if len(others) > 8 else ""  # noqa: PLR2004 - as many as fit a line
        names = f"{names} (and {listed}{rest})"
    must = " **must hold**," if block.must_hold else ""
    sign = f"{SIGNS[result.verdict]} {word(result.verdict).upper()}"
    told = behind.told(block)
    more = f" — {safe(told, 400)}" if told else ""
    phase = f"phase {requirement.phase}"
    return f"{sign},{must} {phase}: {names} — {code(why(result))}{more}"


def _table(scorecard: Scorecard) -> str:
    """Return the phases with the arithmetic of each."""
    if not scorecard.phases:
        return ""
    lines = [
        "## Phases",
        "",
        "| Phase | Decision | Arithmetic | Passed | Failed | Waived | Unknown |",
        "|---|---|---|---:|---:|---:|---:|",
    ]
    several = len(scorecard.roadmaps) > 1
    for phase in scorecard.phases[:_MOST_LINES]:
        suite = f"{phase.suite}: " if several else ""
        name = safe(f"{suite}{phase_name(phase)}", 80)
        sign = f"{DECISION_SIGNS[phase.decision]} " if phase.required else ""
        numbers = (phase.passed, phase.failed, phase.waived, phase.unknown)
        cells = [name, f"{sign}{phase_decision(phase)}", phase.arithmetic]
        lines.append(f"| {' | '.join([*cells, *map(str, numbers)])} |")
    left = len(scorecard.phases) - _MOST_LINES
    if left > 0:
        lines += ["", _MORE.format(count=left)]
    return "\n".join(lines)


def _chapter(chapter: Chapter) -> str:
    """Return a chapter as a table of at most 30 lines."""
    parts = [f"## {safe(chapter.title, 80)}"]
    if chapter.lead:
        parts.append(safe(chapter.lead, 500))
    if chapter.rows:
        lines = [_row([safe(column, 40) for column in chapter.columns])]
        lines.append(_row(["---"] * len(chapter.columns)))
        lines += [_row([_cell(c) for c in row]) for row in chapter.rows[:_MOST_LINES]]
        parts.append("\n".join(lines))
    if len(chapter.rows) > _MOST_LINES:
        parts.append(_MORE.format(count=len(chapter.rows) - _MOST_LINES))
    return "\n\n".join(parts)


def _row(cells: Sequence[str]) -> str:
    """Return cells as a row of a table."""
    return f"| {' | '.join(cells)} |"


def _cell(cell: Cell) -> str:
    """Return a cell; what somebody must mend is bold."""
    text = safe(cell.text, 200)
    if cell.verdict is not None:
        return f"{SIGNS[cell.verdict]} {word(cell.verdict)}: {text}"
    return f"**{text}**" if cell.requirement or (cell.broken and text) else text


def _list(title: str, lines: Sequence[str]) -> str:
    """Return a titled list of at most 30 lines; nothing if it is empty."""
    if not lines:
        return ""
    shown = [f"- {line}" for line in lines[:_MOST_LINES]]
    if len(lines) > _MOST_LINES:
        shown.append(f"- {_MORE.format(count=len(lines) - _MOST_LINES)}")
    return "\n".join([f"## {title}", "", *shown])


def _details(scorecard: Scorecard, room: int) -> str:
    """Return the requirements by phase within `room` bytes.

    Each phase gets an equal share of what the phases before it left over.
    """
    phases = [(phase, results) for phase, results in by_phase(scorecard) if results]
    texts = []
    for place, (phase, results) in enumerate(phases):
        text = _phase(phase, results, room // (len(phases) - place))
        room -= len(files.encoded(text))
        texts.append(text)
    return "".join(texts)


def _phase(phase: PhaseScore, results: Sequence[Result], room: int) -> str:
    """Return a phase's requirements within `room` bytes, passes last."""
    rate = f"{share(phase.low)} certain, {share(phase.high)} possible"
    head = f"\n## Phase {safe(phase_name(phase), 80)}\n\n{rate}\n\n"
    tail = f"\n{_MORE}\n"
    used = len(files.encoded(head)) + len(files.encoded(tail)) + 10
    if used > room:
        return ""
    lines = []
    ordered = sorted(results, key=lambda r: r.verdict is Verdict.PASSED)
    for result in ordered:
        line = _line(result)
        size = len(files.encoded(line))
        if used + size > room:
            break
        used += size
        lines.append(line)
    left = len(results) - len(lines)
    return head + "".join(lines) + (tail.format(count=left) if left else "")


def _line(result: Result) -> str:
    """Return one requirement as a line."""
    requirement = result.requirement
    flags = f" _{', '.join(result.flags).replace('_', ' ')}_" if result.flags else ""
    said = ""
    if result.verdict is not Verdict.PASSED:
        said = f" — {code(why(result), 200)}"
    return (
        f"- {SIGNS[result.verdict]} {word(result.verdict)} **{safe(requirement.id)}** "
        f"{safe(requirement.title, 160)}{flags}{said}\n"
    )


def safe(text: str, longest: int = 300) -> str:
    """Return `text` on one line so that Markdown shows it as it is."""
    line = _MARKUP.sub(_escaped, one_line(text, longest))
    return line.replace("@", "@\N{ZERO WIDTH SPACE}")  # a log must not call people


def _escaped(found: re.Match[str]) -> str:
    """Return a piece of markup as the characters that it is."""
    text = found.group()
    if text == "<":
        return "&lt;"
    return f"{text}\\" if text.isdigit() else f"\\{text}"


def code(text: str, longest: int = 300) -> str:
    """Return `text` as code on one line, whatever ticks it contains."""
    line = one_line(text, longest) or " "
    longest_run = max((len(run) for run in re.findall(r"`+", line)), default=0)
    fence = "`" * (longest_run + 1)
    pad = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{fence}{pad}{line}{pad}{fence}"


def _cut(text: str, budget: int) -> str:
    """Return whole lines of `text` within `budget` bytes, and say what is cut."""
    data = files.encoded(text)
    if len(data) <= budget:
        return text
    note = "\n… the rest is in report.html.\n"
    kept = data[: max(0, budget - len(files.encoded(note)))].decode("utf-8", "ignore")
    return (kept[: kept.rfind("\n") + 1] + note)[:budget]
