"""What the terminal says at the end of a run."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from rich.console import Console

from pytest_roadmap.errors import ReportError
from pytest_roadmap.reporting import github
from pytest_roadmap.reporting.terminal import show

if TYPE_CHECKING:
    import pytest
    from _pytest._io import TerminalWriter

    from pytest_roadmap.model import Scorecard
    from pytest_roadmap.running.keeping import Keeper
    from pytest_roadmap.running.sighting import Shown


def tell(card: Scorecard, keeper: Keeper, terminal: pytest.TerminalReporter) -> None:
    """Print the scorecard, and where the reports are."""
    terminal.section("roadmap")
    writer = terminal._tw  # noqa: SLF001 - the one that captures nothing
    terminal.flush()
    show(card, console(writer), str(keeper.folder))
    if keeper.problem:
        terminal.write_line(f"not everything could be written: {keeper.problem}")
    try:
        github.publish(card, os.environ, terminal.write_line)
    except ReportError as error:
        terminal.write_line(f"not everything could be written: {error}")


def tell_shown(shown: tuple[Shown, ...], terminal: pytest.TerminalReporter) -> None:
    """Print what a run on counter-examples has shown."""
    terminal.section("counter-examples")
    for seen in shown:
        sign, colour = ("✓", "green") if seen.recognised else ("✗", "red")
        line = f"{sign} {seen.requirement:<14} {seen.words}"
        terminal.write_line(line, **{colour: True})
    good = sum(seen.recognised for seen in shown)
    terminal.write_line(f"{good} of {len(shown)} probes failed as they must")


def console(writer: TerminalWriter) -> Console:
    """Return a console that writes where `writer` does, in its way."""
    return Console(
        file=writer._file,  # noqa: SLF001 - no public way
        width=writer.fullwidth,
        color_system="auto" if writer.hasmarkup else None,
        force_terminal=writer.hasmarkup,
        no_color=not writer.hasmarkup,
        highlight=False,
        soft_wrap=False,
    )
