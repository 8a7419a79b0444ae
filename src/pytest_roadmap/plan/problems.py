"""A problem: what is wrong with a plan, or with the document itself."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """Who has to act."""

    ERROR = "error"  # the plan is wrong: its author acts, and the exit status is 1
    NOTICE = "notice"  # the document contradicts itself: worth knowing


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Something that is wrong, where it stands, and what to do next."""

    severity: Severity
    where: str
    what: str
    remedy: str = ""


def error(where: str, what: str, remedy: str = "") -> Problem:
    """Return a fault of the plan."""
    return Problem(severity=Severity.ERROR, where=where, what=what, remedy=remedy)


def notice(where: str, what: str, remedy: str = "") -> Problem:
    """Return something worth knowing that is no fault of the plan."""
    return Problem(severity=Severity.NOTICE, where=where, what=what, remedy=remedy)
