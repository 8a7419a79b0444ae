"""Which accepted failures count today, and why the others do not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_roadmap.scoring.notes import guess

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Sequence

    from pytest_roadmap.model import Run, Waiver


def objection(waiver: Waiver, day: dt.date, run: Run) -> str:
    """Return why `waiver` does not hold on `day` (UTC), or nothing.

    Every doubt counts against the waiver: the failure then shows.
    """
    if not waiver.active(day):
        return f"it expired on {waiver.expires.isoformat()}"
    for name in ("reason", "owner", "approver"):
        if not getattr(waiver, name).strip():
            return f"it has no {name}"
    if waiver.owner.strip().casefold() == waiver.approver.strip().casefold():
        return f"its owner {waiver.owner} approved it alone"
    if missing := _outside(waiver.scope, run):
        return f"its scope {missing} is not what was measured"
    return ""


def _outside(scope: str, run: Run) -> str:
    """Return the first `key=value` of a scope that the run does not match."""
    known = {f"{key}={value}" for key, value in run.target} | {f"commit={run.commit}"}
    parts = scope.replace(",", " ").split()
    return next((part for part in parts if part not in known), "")


def valid(
    waivers: Iterable[Waiver], ids: Sequence[str], day: dt.date, run: Run
) -> tuple[dict[str, Waiver], tuple[str, ...]]:
    """Return the waivers that hold, by requirement id, and notes on the others.

    Of several that hold for one requirement the one that lasts longest is used.
    """
    held: dict[str, Waiver] = {}
    notes = []
    known = frozenset(ids)
    for waiver in sorted(waivers, key=lambda w: (w.requirement, w.expires, w.line)):
        if waiver.requirement not in known:
            name = waiver.requirement
            why = f"no plan has that id{guess(name, ids)}"
            notes.append(f"The waiver of {name} is ignored: {why}.")
        elif why := objection(waiver, day, run):
            notes.append(f"The waiver of {waiver.requirement} is ignored: {why}.")
        else:
            held[waiver.requirement] = waiver
    return held, tuple(notes)
