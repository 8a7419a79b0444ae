"""How the births of one target's instances went, known to all processes of a run.

A target of which no instance has ever come up will not come up for the next
probe either: one process waits for it, and all others say why at once.  After
one success a failure is the failing instance's own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


class Births:
    """The record of a run's births.

    Args:
        folder: The folder that the run's processes share.
        key: What the run, the profile and the overlay are known by.
    """

    def __init__(self, folder: Path, key: str) -> None:
        self._folder = folder
        self._success = folder / f"born-{key}"
        self._failure = folder / f"not-born-{key}"

    def note_success(self) -> None:
        """Say that an instance has come up."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self._success.touch()

    def note_failure(self, cause: str) -> None:
        """Say why an instance has not come up; the first cause stays."""
        self._folder.mkdir(parents=True, exist_ok=True)
        if not self._failure.exists():
            draft = self._failure.with_suffix(".draft")
            draft.write_text(cause, encoding="utf-8")
            draft.replace(self._failure)

    @property
    def hopeless(self) -> str:
        """Why no instance can be had; empty while nobody knows, or one came up."""
        if self._success.exists() or not self._failure.exists():
            return ""
        return self._failure.read_text(encoding="utf-8")
