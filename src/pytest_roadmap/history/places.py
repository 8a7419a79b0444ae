"""Where a history lies: a file (SQLite), a URL (PostgreSQL), or nowhere."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from pytest_roadmap.errors import HistoryError

FILE = "history.sqlite"
VARIABLE = "ROADMAP_HISTORY"
NOWHERE = "none"

_SQLITE = "sqlite:///"
_POSTGRESQL = re.compile(r"(?:postgres|postgresql|postgresql\+psycopg)://")
_PASSWORDS = re.compile(r"(?<=:)[^:/@]*(?=@)|(?<=password=)[^&]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A history's file, or the URL of its PostgreSQL database."""

    file: Path | None = None
    url: str = ""

    def __str__(self) -> str:
        """Return what an error may show: no password."""
        return str(self.file) if self.file else _PASSWORDS.sub("***", self.url)


def chosen(text: str | None) -> str | None:
    """Return what an option says, else the environment: it may hold a password."""
    return text or os.environ.get(VARIABLE) or None


def named(text: str | Path, base: Path) -> Place | None:
    """Return the place that `text` names, None for `none`.

    Args:
        text: A file, a URL or `none`.
        base: What a relative file is relative to.

    Raises:
        HistoryError: It is a URL of something else.
    """
    text = str(text)
    if text == NOWHERE:
        return None
    if _POSTGRESQL.match(text):
        return Place(url=text)
    text = text.removeprefix(_SQLITE)
    if "://" in text:
        raise HistoryError(
            f"{text.split('://')[0]!r} is no database that a history can be kept in",
            where="the history's place",
            remedy="name a file, a postgresql://user@host/database URL, or none",
        )
    return Place(file=base / Path(text).expanduser())
