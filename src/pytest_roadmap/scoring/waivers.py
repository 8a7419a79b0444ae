"""Which accepted failures count today, and why the others do not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_roadmap.model.fingerprint import same_text
from pytest_roadmap.scoring.notes import guess

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping

    from pytest_roadmap.model import Requirement, Run, Waiver


def objection(
    waiver: Waiver, requirement: Requirement, day: dt.date, run: Run, longest: int
) -> str:
    """Return why `waiver` does not hold on `day` (UTC), or nothing.

    No waiver may last longer than `longest` days.

    Every doubt counts against the waiver: the failure then shows.  One without a
    fingerprint can only come out of an archive from before there were any: the
    waiver file is not read without.
    """
    if not waiver.active(day):
        return f"it expired on {waiver.expires.isoformat()}"
    if excess := waiver.excess(day, longest):
        return f"it lasts too long ({excess})"
    for name in ("reason", "owner", "approver"):
        if not getattr(waiver, name).strip():
            return f"it has no {name}"
    if waiver.owner.strip().casefold() == waiver.approver.strip().casefold():
        return f"its owner {waiver.owner} approved it alone"
    if waiver.fingerprint and not same_text(waiver.fingerprint, requirement):
        return "the requirement's text has changed since it was waived"
    if missing := _outside(waiver.scope, run):
        return f"its scope {missing} is not what was measured"
    return ""


def _outside(scope: str, run: Run) -> str:
    """Return the first `key=value` of a scope that the run does not match."""
    known = {f"{key}={value}" for key, value in run.target} | {f"commit={run.commit}"}
    parts = scope.replace(",", " ").split()
    return next((part for part in parts if part not in known), "")


def valid(
    waivers: Iterable[Waiver],
    requirements: Mapping[str, Requirement],
    day: dt.date,
    run: Run,
    longest: Mapping[str, int],
) -> tuple[dict[str, Waiver], tuple[str, ...]]:
    """Return the waivers that hold, by requirement id, and notes on the others.

    `longest` is how many days a waiver of each suite may last.

    Of several that hold for one requirement the one that lasts longest is used.
    """
    held: dict[str, Waiver] = {}
    notes = []
    for waiver in sorted(waivers, key=lambda w: (w.requirement, w.expires, w.line)):
        name = waiver.requirement
        if name not in requirements:
            why = f"no plan has that id{guess(name, tuple(requirements))}"
            notes.append(f"The waiver of {name} is ignored: {why}.")
            continue
        asked = requirements[name]
        if why := objection(waiver, asked, day, run, longest[asked.suite]):
            notes.append(f"The waiver of {name} is ignored: {why}.")
        else:
            held[name] = waiver
    return held, tuple(notes)
