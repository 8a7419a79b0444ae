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
    UNUSED = "unused"  # active, but what it waives passed
    CHANGED = "changed"  # the requirement's text is no longer the one that was waived
    UNKNOWN = "unknown"  # no plan has its id
    BROKEN = "broken"  # the entry cannot be used as it is


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiver:
    """An accepted failure.

    `expires` is the last day (UTC) on which it holds; `approver` differs from
    `owner`; `fingerprint` (which may be shortened) is that of the text that was
    waived; `line` is the 1-based line in the waiver file.
    """

    requirement: str
    reason: str
    owner: str
    approver: str
    expires: dt.date
    scope: str = ""
    fingerprint: str = ""
    line: int = 0

    def active(self, day: dt.date) -> bool:
        """Tell whether the waiver holds on `day` (UTC)."""
        return day <= self.expires
