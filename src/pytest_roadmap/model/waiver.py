"""What people accepted: a failure, by whom, until when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiver:
    """An accepted failure.

    `expires` is the last day (UTC) on which it holds; `approver` differs from
    `owner`; `line` is the 1-based line in the waiver file.
    """

    requirement: str
    reason: str
    owner: str
    approver: str
    expires: dt.date
    scope: str = ""
    line: int = 0

    def active(self, day: dt.date) -> bool:
        """Tell whether the waiver holds on `day` (UTC)."""
        return day <= self.expires
