"""One fault: in the journal first, seen to be on, healed, seen to be off."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Protocol, Self

from pytest_roadmap.errors import TargetError
from pytest_roadmap.target import clock
from pytest_roadmap.target.pulse import pulse

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from pytest_roadmap.target.faults.deadline import Deadlines
    from pytest_roadmap.target.heal import Healer
    from pytest_roadmap.target.journal import Entry, Journal, Undo

_LOOK = 0.2  # seconds between two looks at a fault that announces nothing


class FaultError(TargetError):
    """A fault could not be seen to be on, or to be off: nothing can be judged."""


class Works(Protocol):
    """How one sort of fault is made and recognised."""

    def what(self) -> str:
        """Return the fault in words."""
        ...

    def undo(self) -> tuple[Undo, ...]:
        """Return the steps that undo it."""
        ...

    def inject(self) -> None:
        """Make it."""
        ...

    def is_on(self) -> str:
        """Return an empty text when it is on, else what is seen instead."""
        ...

    def is_off(self) -> str:
        """Return an empty text when nothing of it is left, else what is."""
        ...


class Fault:
    """A fault as a context manager; `heal` ends it earlier.

    Attributes:
        since: When it was seen to be on.
        injected: When its injection began.
        healed: When its healing began; None while it is on.
        off: When it was seen to be off; None until then.
    """

    def __init__(
        self,
        works: Works,
        journal: Journal,
        healer: Healer,
        *,
        within: float = 15.0,
        deadlines: Deadlines | None = None,
    ) -> None:
        self._works = works
        self._journal = journal
        self._healer = healer
        self._within = within
        self._deadlines = deadlines
        self._entry: Entry | None = None
        self.injected = 0.0
        self.since = 0.0
        self.healed: float | None = None
        self.off: float | None = None

    @property
    def what(self) -> str:
        """The fault in words."""
        return self._works.what()

    def prepare(self) -> None:
        """Write it down ahead of an injection that must not take time; once.

        Raises:
            TargetError: It cannot be written, or a node refuses its deadline.
        """
        if self._entry is None:
            self._entry = self._journal.begin(self._works.what(), self._works.undo())
            if self._deadlines is not None:
                self._deadlines.arm(self._entry)

    def __enter__(self) -> Self:
        """Inject it and see that it is on.

        Raises:
            FaultError: It is not on.
        """
        with contextlib.ExitStack() as on_failure:
            on_failure.callback(self._undo)
            self.prepare()
            self.injected = clock.now()
            self._works.inject()
            self._see(self._works.is_on, "is not on")
            on_failure.pop_all()
        self.since = clock.now()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Heal it, if that was not done."""
        self.heal()

    def heal(self) -> None:
        """Undo it and see that it is off; a second time it does nothing.

        Raises:
            FaultError: Something of it is left; it stays in the journal.
        """
        if self.healed is None:
            self.healed = clock.now()
            self._undo()

    def _undo(self) -> None:
        """Do the undo steps, see that it is off, and close its entry."""
        entry = self._entry
        if entry is None:
            return
        for step in entry.undo:
            self._healer.undo(step)
        self._see(self._works.is_off, "is not off")
        self.off = clock.now()
        if self._deadlines is not None:
            self._deadlines.disarm(entry)
        self._journal.end(entry)
        self._entry = None

    def _see(self, look: Callable[[], str], problem: str) -> None:
        """Look until there is nothing to object to.

        Raises:
            FaultError: There is, still.
        """
        try:
            pulse.ask_until(
                lambda: not look(),
                within=self._within,
                what=self._works.what(),
                every=_LOOK,
            )
        except AssertionError as error:
            raise FaultError(
                f"the fault {self._works.what()} {problem}: {look()}",
                remedy="see whether this machine can make this fault "
                "(`pytest-roadmap doctor`); nothing was judged",
            ) from error
