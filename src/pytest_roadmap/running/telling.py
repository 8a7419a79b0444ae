"""What the terminal says at the end of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

    from pytest_roadmap.model import Scorecard
    from pytest_roadmap.running.keeping import Keeper


def tell(card: Scorecard, keeper: Keeper, terminal: pytest.TerminalReporter) -> None:
    """Print the scorecard, and where the reports are."""
    terminal.section(f"roadmap: {card.decision.value}")
    for phase in card.phases:
        terminal.write_line(f"{phase.suite} phase {phase.number}: {phase.arithmetic}")
    for reason in card.reasons:
        terminal.write_line(reason)
    if keeper.problem:
        terminal.write_line(f"not everything could be written: {keeper.problem}")
    terminal.write_line(f"reports: {keeper.folder}")
