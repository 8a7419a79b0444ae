"""What people took out of the count, if it holds today, and why it does not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_roadmap.model import Decided
from pytest_roadmap.scoring.notes import guess

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping

    from pytest_roadmap.model import Disposition, Requirement

SHORTEST_REASON = 20  # characters; less explains nothing


def objection(
    disposition: Disposition, asked: Requirement, day: dt.date, longest: int
) -> str:
    """Return why a disposition does not hold on `day` (UTC), or nothing.

    Every doubt counts against it: the requirement then stays in the count.  One
    that expires more than `longest` days after `day` takes out for good what has
    to be decided again.
    """
    if day > disposition.expires:
        return f"it expired on {disposition.expires.isoformat()}"
    if (disposition.expires - day).days > longest:
        return (
            f"it expires on {disposition.expires.isoformat()}, more than {longest} "
            "days from now (policy: longest_disposition_days)"
        )
    if len(disposition.reason.strip()) < SHORTEST_REASON:
        return f"its reason has less than {SHORTEST_REASON} characters"
    owner, approver = disposition.owner.strip(), disposition.approver.strip()
    if not owner or not approver:
        return f"it has no {'approver' if owner else 'owner'}"
    if owner.casefold() == approver.casefold():
        return f"its owner {disposition.owner} approved it alone"
    due = disposition.until_phase
    if disposition.decided is Decided.DEFERRED and (due is None or due <= asked.phase):
        return "it names no later phase in which it is due"
    return ""


def in_force(
    dispositions: Iterable[Disposition],
    requirements: Mapping[str, Requirement],
    day: dt.date,
    longest: Mapping[str, int],
) -> tuple[dict[str, Disposition], tuple[str, ...]]:
    """Return what holds on `day`, by requirement id, and notes on the rest.

    Of several for one requirement the one that lasts longest is used.  `longest`
    is each suite's `longest_disposition_days`.
    """
    held: dict[str, Disposition] = {}
    notes = []
    for each in sorted(dispositions, key=lambda d: (d.requirement, d.expires, d.line)):
        name, word = each.requirement, each.decided.value.replace("_", " ")
        asked = requirements.get(name)
        if asked is None:
            why = f"no plan has that id{guess(name, tuple(requirements))}"
        else:
            why = objection(each, asked, day, longest[asked.suite])
        if why:
            notes.append(f"{name} is not taken as {word}: {why}.")
        else:
            held[name] = each
    return held, tuple(notes)
