"""How the births of one target's instances went, known to all processes of a run.

A target of which no instance has ever come up will not come up for the next
probe either: one process waits for it, and all others say why at once.  After
one success a failure is the failing instance's own.
"""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING

from pytest_roadmap.errors import NeverHappenedError, TargetError, UnavailableError
from pytest_roadmap.target import diagnosis
from pytest_roadmap.target.pulse import pulse

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_roadmap.target.chain import ChainInstance

_LONGEST_SECONDS = 240.0
_KEPT_SECONDS = 86400.0  # longer than any run


class Births:
    """The record of a run's births.

    Args:
        folder: The folder that the run's processes share.
        key: What the run, the profile and the overlay are known by.
        what: The target in words, such as `reference with INFRA-POD-1`.
    """

    def __init__(self, folder: Path, key: str, what: str) -> None:
        self._folder = folder
        self._what = what
        self._success = folder / f"born-{key}"
        self._failure = folder / f"not-born-{key}"

    def note_success(self) -> None:
        """Say that an instance has come up."""
        self._folder.mkdir(parents=True, exist_ok=True)
        for old in self._folder.glob("*born-*"):
            with contextlib.suppress(FileNotFoundError):  # another process was first
                if time.time() - old.stat().st_mtime > _KEPT_SECONDS:
                    old.unlink()
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

    def wait(self, instance: ChainInstance) -> None:
        """Wait until a new instance is steady.

        Raises:
            UnavailableError: It never will be; remembered for the next one.
        """

        def ready_or_hopeless() -> object:
            """Whether all validators are Ready, or never will be."""
            nodes = instance.validators
            ready = bool(nodes) and all(node.ready for node in nodes)
            return ready or self.hopeless or diagnosis.hopeless(instance.space)

        try:
            pulse.until(
                ready_or_hopeless,
                within=_LONGEST_SECONDS,
                what="every validator to be Ready",
            )
            hopeless = not all(node.ready for node in instance.validators)
            instance.until_steady(within=1 if hopeless else _LONGEST_SECONDS / 3)
        except (NeverHappenedError, TargetError) as error:
            root = diagnosis.of_chain(instance)
            cause = self.give_up(f"{str(error).splitlines()[0]}: {root}")
            raise UnavailableError(self.hopeless or cause) from error

    def give_up(self, cause: str) -> str:
        """Remember why an instance has not come up; return the whole sentence."""
        sentence = f"an instance of {self._what} did not come up: {cause}"
        self.note_failure(sentence)
        return sentence
