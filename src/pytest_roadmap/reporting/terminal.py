"""The screen at the end of a run: what blocks, the phases, the decision.

It fits 80 columns.  The decision is the last line because that is where a
reader of a terminal looks first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich import box
from rich.table import Table
from rich.text import Text

from pytest_roadmap.model import Decision, Verdict
from pytest_roadmap.reporting import background
from pytest_roadmap.reporting.reading import (
    DECISION_SIGNS,
    SIGNS,
    Block,
    blocks,
    flip_sentences,
    phase_decision,
    phase_name,
    share,
    why,
    word,
)
from pytest_roadmap.reporting.text import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from pytest_roadmap.model import PhaseScore, Scorecard
    from pytest_roadmap.reporting.background import Background

_MOST_BLOCKS = 10
_LEAST_LINE = 60  # columns for what blocks, before anything stands behind it
Row = tuple[str | Text, ...]
_STYLES = {
    Decision.GO: "bold green",
    Decision.CONDITIONAL: "bold yellow",
    Decision.INDETERMINATE: "bold magenta",
    Decision.NO_GO: "bold red",
}


def show(scorecard: Scorecard, console: Console, folder: str = "") -> None:
    """Print a scorecard.

    Args:
        scorecard: What to print.
        console: Where to; it knows width, colours and whether it is a terminal.
        folder: The run's folder, named as the place of the reports.
    """
    _show_blocks(scorecard, console)
    console.print(_table(scorecard))
    console.print()
    for note in scorecard.notes[:_MOST_BLOCKS]:
        _print(console, Text(one_line(note), style="dim"))
    for sentence in flip_sentences(scorecard, shown=3):
        _print(console, Text(one_line(sentence, 400)))
    if folder:
        _print(console, Text(f"Reports: {folder}", style="dim"))
    _show_decision(scorecard, console)


def _show_blocks(scorecard: Scorecard, console: Console) -> None:
    """Print what holds the release up, at most ten reasons."""
    found = blocks(scorecard)
    if not found:
        return
    _print(console, Text("What blocks the release", style="bold"))
    width = max(len(word(block.first.verdict)) for block in found[:_MOST_BLOCKS])
    behind = background.of(scorecard)
    for block in found[:_MOST_BLOCKS]:
        line = _block(block, console.width, width)
        _print(console, _with_background(line, behind, block, console.width))
    if len(found) > _MOST_BLOCKS:
        left = sum(len(block.results) for block in found[_MOST_BLOCKS:])
        _print(console, Text(f"… {left} more requirements, see summary.md"))
    console.print()


def _block(block: Block, columns: int, width: int) -> Text:
    """Return one reason as one line of the screen."""
    result = block.first
    style = "red" if result.verdict is Verdict.FAILED else "magenta"
    line = Text(f"{SIGNS[result.verdict]} ", style=style)
    line.append(f"{word(result.verdict):{width}} ", style=style)
    line.append(result.requirement.id, style="bold")
    if len(block.results) > 1:
        line.append(f" +{len(block.results) - 1}", style="bold")
    if block.must_hold:
        line.append(" (must hold)", style="bold")
    line.append(f" {one_line(why(result), columns)}")
    line.truncate(columns, overflow="ellipsis")
    return line


def _with_background(line: Text, behind: Background, block: Block, room: int) -> Text:
    """Return the line of a block, with beginning and owner where there is room."""
    row = behind.since(block)
    parts = (row and background.short(row), behind.owner(block))
    told = ", ".join(part for part in parts if part)
    left = room - len(told) - 3
    if not told or left < _LEAST_LINE:
        return line
    line.truncate(left, overflow="ellipsis")
    line.append(f" ({told})", style="dim")
    return line


def _table(scorecard: Scorecard) -> Table:
    """Return the phases as a table that fits the screen."""
    table = Table(
        box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0)
    )
    table.add_column("Phase", overflow="fold")
    for name in _counted(scorecard):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("rate", justify="right", no_wrap=True)
    table.add_column("asked", justify="right", no_wrap=True)
    table.add_column("decision", no_wrap=True)
    several = len(scorecard.roadmaps) > 1
    for phase in scorecard.phases:
        table.add_row(*_row(phase, _counted(scorecard), several=several))
    return table


def _counted(scorecard: Scorecard) -> tuple[str, ...]:
    """Return which counts have a column; waivers only where there are any."""
    waived = ("waived",) if any(phase.waived for phase in scorecard.phases) else ()
    return ("passed", "failed", *waived, "unknown")


def _row(phase: PhaseScore, names: Sequence[str], *, several: bool) -> Row:
    """Return one phase as the cells of a row."""
    suite = f"{phase.suite}: " if several else ""
    name = Text(one_line(f"{suite}{phase_name(phase)}", 60))
    style = _STYLES[phase.decision] if phase.required else "dim"
    sign = f"{DECISION_SIGNS[phase.decision]} " if phase.required else ""
    return (
        name,
        *(str(getattr(phase, name)) for name in names),
        share(phase.low),
        share(phase.threshold),
        Text(f"{sign}{phase_decision(phase)}", style=style),
    )


def _show_decision(scorecard: Scorecard, console: Console) -> None:
    """Print the decision with its arithmetic, on the last lines."""
    decision = scorecard.decision
    asked = [phase for phase in scorecard.phases if phase.required]
    total = sum(phase.total for phase in asked)
    passed = sum(phase.passed for phase in asked)
    line = Text(f"{DECISION_SIGNS[decision]} {decision.value}", style=_STYLES[decision])
    line.append(f"  {passed} of {total} requirements passed", style="default")
    for reason in scorecard.reasons[:3]:
        _print(console, Text(one_line(reason, 400)))
    if len(scorecard.reasons) > 3:  # noqa: PLR2004 - as many as are shown
        _print(console, Text(f"… {len(scorecard.reasons) - 3} more reasons"))
    _print(console, line)


def _print(console: Console, text: Text) -> None:
    """Print text as it is: no markup, no emoji, no guessed colours."""
    console.print(text, highlight=False, markup=False, emoji=False, soft_wrap=False)
