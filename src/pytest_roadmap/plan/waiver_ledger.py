"""All waivers of a suite and what each is worth today, broken ones included."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pytest_roadmap.errors import PlanError
from pytest_roadmap.model import Waiver, WaiverState
from pytest_roadmap.model.fingerprint import fingerprint, same_text
from pytest_roadmap.plan.documents import read_text
from pytest_roadmap.plan.waivers import FILE, SHOWN, waiver_entries

if TYPE_CHECKING:
    from collections.abc import Collection

    from pytest_roadmap.model import Policy
    from pytest_roadmap.plan.suite import Suite

HOLDS: Final = frozenset({WaiverState.ACTIVE, WaiverState.EXPIRING, WaiverState.UNUSED})
_NO_ID = "the plan has no requirement"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One waiver with its state; `waiver` is None where it cannot be used.

    `what` and `remedy` are empty where nobody has to do anything.
    """

    suite: str
    where: str
    state: WaiverState
    waiver: Waiver | None = None
    what: str = ""
    remedy: str = ""


def ledger(
    suite: Suite, day: dt.date, passed: Collection[str] = ()
) -> tuple[Entry, ...]:
    """Return every entry of a suite's waiver file, in the file's order.

    Args:
        suite: The suite; its own waivers are not looked at.
        day: The day (UTC) on which they are judged.
        passed: The requirements that passed when they were last measured.

    Raises:
        PlanError: The file itself cannot be read.
    """
    path = suite.folder / FILE
    if not path.exists():
        return ()
    entries = waiver_entries(read_text(path), suite.roadmap)
    return tuple(
        _broken(suite, entry)
        if isinstance(entry, PlanError)
        else _entry(suite, entry, day, passed)
        for entry in entries
    )


def _broken(suite: Suite, error: PlanError) -> Entry:
    """Return the entry of a waiver that cannot be used."""
    unknown = error.what.startswith(_NO_ID)
    return Entry(
        suite=suite.roadmap.suite,
        where=error.where,
        state=WaiverState.UNKNOWN if unknown else WaiverState.BROKEN,
        what=error.what,
        remedy=error.remedy,
    )


def _entry(
    suite: Suite, waiver: Waiver, day: dt.date, passed: Collection[str]
) -> Entry:
    """Return the entry of a waiver that is well formed."""
    state, what, remedy = _state(suite, waiver, day, passed)
    return Entry(
        suite=suite.roadmap.suite,
        where=f"{(suite.folder / FILE).as_posix()}:{waiver.line}",
        state=state,
        waiver=waiver,
        what=what,
        remedy=remedy,
    )


def _state(
    suite: Suite, waiver: Waiver, day: dt.date, passed: Collection[str]
) -> tuple[WaiverState, str, str]:
    """Return a waiver's state, what is to be said of it, and what to do next."""
    name, until = waiver.requirement, waiver.expires.isoformat()
    asked = next(r for r in suite.roadmap.requirements() if r.id == name)
    again = f"{waiver.owner} mends it, or {waiver.approver} decides again."
    if not waiver.active(day):
        return WaiverState.EXPIRED, f"the waiver of {name} expired on {until}", again
    if not same_text(waiver.fingerprint, asked):
        short = fingerprint(asked)[:SHOWN]
        return (
            WaiverState.CHANGED,
            f"the text of {name} has changed since it was waived",
            f"Decide again; if it still holds, write fingerprint: '{short}'",
        )
    policy = suite.criteria.policy
    if excess := waiver.excess(day, policy.longest_waiver_days):
        what = f"the waiver of {name} lasts too long: {excess}"
        return WaiverState.TOO_LONG, what, f"{_nearer(waiver, day, policy)} {again}"
    if name in passed:
        what = f"the waiver of {name} is not used: it passed"
        return WaiverState.UNUSED, what, "Remove it: what holds needs no waiver."
    left = (waiver.expires - day).days
    if left <= policy.waiver_warning_days:
        days = "today" if left == 0 else f"in {left} days" if left > 1 else "tomorrow"
        what = f"the waiver of {name} ends {days}, on {until}"
        return WaiverState.EXPIRING, what, again
    if waiver.issued is None:
        what = f"the waiver of {name} does not say when it was issued"
        return WaiverState.ACTIVE, what, f"Add its day, such as issued: {day}"
    return WaiverState.ACTIVE, "", ""


def _nearer(waiver: Waiver, day: dt.date, policy: Policy) -> str:
    """Return which last day a waiver that lasts too long may have."""
    begin = min(waiver.issued or day, day)
    last = begin + dt.timedelta(days=policy.longest_waiver_days)
    return f"It may last until {last} (policy: longest_waiver_days)."
