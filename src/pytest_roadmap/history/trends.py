"""How phases went, since when requirements fail, and clocks that jump."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from pytest_roadmap.model import FailingSince, PhaseTrend
from pytest_roadmap.model.history import ABSENT

if TYPE_CHECKING:
    from pytest_roadmap.history.window import Window

_FAILED = ("f", "w")  # a waiver accepts a failure and does not end it
_UNTRIED = str.maketrans("", "", "nsmradxh-")  # says nothing of the requirement
_SLACK_S = 60  # clocks of several machines differ by less


def trend(window: Window) -> tuple[PhaseTrend, ...]:
    """Return the trend of each phase of the last run, the oldest run first."""
    if not window.sheets:
        return ()
    return tuple(
        PhaseTrend(
            suite=key[0],
            number=key[1],
            name=name,
            points=tuple(s.phases[key] for s in window.sheets if key in s.phases),
        )
        for key, name in window.sheets[-1].names.items()
    )


def failing_since(window: Window) -> tuple[FailingSince, ...]:
    """Return what failed when it was last tried, what began first first.

    A run that could not tell (an error, an unavailable target) does not end a
    failure; only a pass does.
    """
    found = []
    for name, strip in zip(window.names, window.strips, strict=True):
        letters = strip.lower()
        if not letters.translate(_UNTRIED).endswith(_FAILED):
            continue
        since = letters.rfind("p") + 1
        first = min(letters.index(c, since) for c in _FAILED if c in letters[since:])
        run = window.sheets[first].run
        failing = FailingSince(
            requirement=name,
            run=run.id,
            started=run.started,
            runs=sum(letters.count(c, first) for c in _FAILED),
            at_least=window.more and since == 0 and letters[0] != ABSENT,
        )
        found.append((first, failing))
    found.sort(key=lambda pair: pair[0])
    return tuple(one for _, one in found)


def jumps(window: Window) -> tuple[str, ...]:
    """Return a sentence per place where a clock went back.

    The order of runs is that in which they ended and does not suffer, but the
    times that they state do.
    """
    found = [
        f"The clock of run {after.run.id} is behind that of the run before it, "
        f"{before.run.id}: times are as each run stated them."
        for before, after in pairwise(window.sheets)
        if after.run.finished < before.run.finished - _SLACK_S
    ]
    found += [
        f"The clock went back while run {sheet.run.id} ran."
        for sheet in window.sheets
        if sheet.run.finished < sheet.run.started
    ]
    return tuple(found)
