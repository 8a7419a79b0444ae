"""What people accepted: a failure, by whom, until when."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt


class WaiverState(StrEnum):
    """What a waiver is worth on a given day."""

    ACTIVE = "active"
    EXPIRING = "expiring"  # active, and its last day is near
    EXPIRED = "expired"
    TOO_LONG = "too long"  # it lasts longer than the policy lets any waiver last
    UNUSED = "unused"  # active, but what it waives passed
    CHANGED = "changed"  # the requirement's text is no longer the one that was waived
    UNKNOWN = "unknown"  # no plan has its id
    BROKEN = "broken"  # the entry cannot be used as it is


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiver:
    """An accepted failure.

    `expires` is the last day (UTC) on which it holds; `approver` differs from
    `owner`; `fingerprint` (which may be shortened) is that of the text that was
    waived; `line` is the 1-based line in the waiver file; `issued` is the day (UTC)
    on which the failure was accepted, None where nobody wrote it down.
    """

    requirement: str
    reason: str
    owner: str
    approver: str
    expires: dt.date
    scope: str = ""
    fingerprint: str = ""
    line: int = 0
    issued: dt.date | None = None

    def excess(self, day: dt.date, longest: int) -> str:
        """Return how the waiver lasts too long, or nothing.

        A waiver without a date of issue counts from `day` on, and so does one
        that claims to be issued later: neither may last longer for it.

        Args:
            day: The day (UTC) on which it is judged.
            longest: How many days a waiver may last.
        """
        dated = self.issued is not None and self.issued <= day
        begin = self.issued if dated and self.issued else day
        days = (self.expires - begin).days
        if days <= longest:
            return ""
        span = f"issued on {begin} for {days} days"
        if not dated:
            span = f"{days} more days, and no day of issue before today"
        return f"{span}; {longest} are allowed"

    def active(self, day: dt.date) -> bool:
        """Tell whether the waiver holds on `day` (UTC)."""
        return day <= self.expires
