"""What was asked of the target while a probe ran: requests and commands.

The recording belongs to a context (`contextvars`): what a probe's own thread
asks is recorded, what watches and recorders ask in the background is not.
"""

from __future__ import annotations

import contextlib
import contextvars
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_roadmap.target import clock

if TYPE_CHECKING:
    from collections.abc import Iterator

_ENTRIES = 2_000
_EXCERPT = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One request or command: when, what, how it ended, and how it began to answer."""

    at: float
    kind: str  # "request" or "command"
    asked: str
    answer: str
    seconds: float

    def __str__(self) -> str:
        """Return the entry as one paragraph of a log."""
        head = f"{clock.stamp(self.at)} {self.kind} {self.asked} ({self.seconds:.3f} s)"
        return f"{head}\n{self.answer}" if self.answer else head


class Transcript:
    """The entries of one recording, oldest first; it forgets beyond 2,000."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self.forgotten = 0

    @property
    def entries(self) -> tuple[Entry, ...]:
        """The entries that are kept."""
        return tuple(self._entries)

    def add(self, entry: Entry) -> None:
        """Keep `entry`, unless there are too many."""
        if len(self._entries) >= _ENTRIES:
            self.forgotten += 1
        else:
            self._entries.append(entry)

    def __str__(self) -> str:
        """Return the whole transcript as text."""
        lines = [str(entry) for entry in self._entries]
        if self.forgotten:
            lines.append(f"… and {self.forgotten} more")
        return "\n".join(lines)


_current: contextvars.ContextVar[Transcript | None] = contextvars.ContextVar(
    "transcript", default=None
)


@contextlib.contextmanager
def recording() -> Iterator[Transcript]:
    """Record what this context asks of the target until the block ends."""
    transcript = Transcript()
    token = _current.set(transcript)
    try:
        yield transcript
    finally:
        _current.reset(token)


def record(kind: str, asked: str, answer: str, began: float) -> None:
    """Add what was asked at `began` and has just been answered."""
    transcript = _current.get()
    if transcript is not None:
        transcript.add(
            Entry(
                at=began,
                kind=kind,
                asked=asked,
                answer=answer[:_EXCERPT],
                seconds=clock.now() - began,
            )
        )
