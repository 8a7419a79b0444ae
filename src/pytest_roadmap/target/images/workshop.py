"""One build's place: a folder to work in, a log, and programs that must succeed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_roadmap.target.commands import must

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pytest_roadmap.target.commands import Commands

_REMEDY = "the log has everything"


@dataclass(frozen=True, slots=True, kw_only=True)
class Workshop:
    """Where one recipe is built.

    Args:
        folder: An empty folder.
        log: Gets the output of every program.
        commands: Runs the programs.
    """

    folder: Path
    log: Path
    commands: Commands

    def run(
        self,
        what: str,
        *argv: str,
        remedy: str = _REMEDY,
        environment: Mapping[str, str] | None = None,
        folder: Path | None = None,
    ) -> None:
        """Run a program, called `what` if it fails.

        Raises:
            ProvisionError: It failed; with the end of its output.
        """
        result = self.commands.run(
            argv, environment=environment, folder=folder, log=self.log
        )
        must(result, what, where=str(self.log), remedy=remedy)
