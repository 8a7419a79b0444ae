"""What people took out of the count: deferred, or not applicable here."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt


class Decided(StrEnum):
    """What people can decide about a requirement that was not accepted to fail."""

    DEFERRED = "deferred"  # asked for in a later phase
    NOT_APPLICABLE = "not_applicable"  # the system has nothing that it is about


@dataclass(frozen=True, slots=True, kw_only=True)
class Disposition:
    """A requirement that people took out of its phase's count, for a time.

    `expires` is the last day (UTC) on which it holds; `approver` differs from
    `owner`; `until_phase` is where a deferred one is due; `line` is the 1-based
    line in the criteria file.
    """

    requirement: str
    decided: Decided
    reason: str
    owner: str
    approver: str
    expires: dt.date
    until_phase: int | None = None
    line: int = 0
