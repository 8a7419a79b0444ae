"""Versions of Go: which one the recipes need, and which is newer."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_ANY = "1.24"


def newest_go(recipes: Path) -> str:
    """Return the newest Go version that a module below `recipes` asks for."""
    versions = [_ANY]
    for file in recipes.glob("*/go.mod"):
        versions += re.findall(r"^go (\d[\d.]*)", file.read_text("utf-8"), re.MULTILINE)
    return max(versions, key=numbers)


def numbers(version: str) -> tuple[int, ...]:
    """Return a version as numbers that compare."""
    return tuple(int(part) for part in version.strip(".").split("."))
