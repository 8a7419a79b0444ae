"""Writing a report: whole or not at all, and a clear error when it cannot be."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from pytest_roadmap.errors import ReportError


def write(path: Path, content: str | bytes) -> None:
    """Write `content` to `path` so that a reader never meets half of it.

    Text is written as UTF-8; a lone surrogate becomes its escape.

    Raises:
        ReportError: The file system refuses, for example because it is full.
    """
    data = content if isinstance(content, bytes) else encoded(content)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _replace(path, data)
    except OSError as error:
        reason = error.strerror or str(error)
        raise ReportError(
            f"it could not be written: {reason}",
            where=str(path),
            remedy="make room or rights there, then run `pytest-roadmap report` on "
            "the run's folder",
        ) from error


def _replace(path: Path, data: bytes) -> None:
    """Write `data` beside `path` and move it there once it is on the disk."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    fresh = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        fresh.chmod(0o644)
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)  # it is there only if it was not moved


def encoded(text: str) -> bytes:
    """Return `text` as UTF-8, lone surrogates as their escapes."""
    return text.encode("utf-8", "backslashreplace")


def portable(text: str) -> str:
    """Return `text` as every encoding of Unicode can carry it."""
    return text if text.isascii() else encoded(text).decode("utf-8")
