"""How the page names things."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_roadmap.model import Verdict

_ODD = re.compile(r"[^A-Za-z0-9.-]")


def anchor(requirement: str) -> str:
    """Return the id that links to a requirement; different ids stay different."""
    return "req-" + _ODD.sub(lambda match: f"_{ord(match[0]):x}_", requirement)


def kind(verdict: Verdict) -> str:
    """Return which of five kinds a verdict is; each has a colour and a pattern."""
    if not verdict.in_scope:
        return "outside"
    if verdict.unknown:
        return "unknown"
    return verdict.value


def size(count: int) -> str:
    """Return a number of bytes as a reader says it."""
    if count < 1024:  # noqa: PLR2004 - a KiB
        return f"{count} B"
    kib = count / 1024
    return f"{kib:.1f} KiB" if kib < 1024 else f"{kib / 1024:.1f} MiB"  # noqa: PLR2004 - KiB in a MiB
