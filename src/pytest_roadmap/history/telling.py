"""What a database or a file system refuses, as one clear error."""

from __future__ import annotations

from sqlalchemy.exc import DBAPIError

from pytest_roadmap.errors import HistoryError

_AWAY = "move it away, and begin a new one from the archives that are left: "
_IMPORT = "pytest-roadmap history import reports/runs/*"
# What SQLite says, what it means here, and what to do.
_SQLITE = (
    (
        "is locked",
        "another process has kept it locked for {patience:g} s",
        "end that process (`fuser FILE` names it), or wait for it",
    ),
    (
        "readonly",
        "it may not be written",
        "give the user that runs this the right to write the file and its folder",
    ),
    (
        "unable to open",
        "it cannot be opened",
        "give the user that runs this the right to write the file and its folder",
    ),
    ("not a database", "it is no history, or it is damaged", _AWAY + _IMPORT),
    ("malformed", "it is damaged", _AWAY + _IMPORT),
    ("is full", "there is no room for it", "make room on its disk"),
    ("disk I/O", "its disk refuses", "make room on its disk, or look for its fault"),
)
# What PostgreSQL says by its SQLSTATE, which no locale translates.
_POSTGRESQL = {
    "55P03": (
        "another process has kept it locked for {patience:g} s",
        "end that process (`SELECT * FROM pg_locks` names it), or wait for it",
    ),
    "53100": ("there is no room for it", "make room on the server's disk"),
    "25006": (
        "it may not be written",
        "name the primary server, or turn default_transaction_read_only off there",
    ),
    "42501": (
        "it may not be written",
        "GRANT the URL's user the right to use and to create tables",
    ),
}


def told(error: Exception, where: str, patience_s: float) -> HistoryError:
    """Return the error to raise for `error`, which came from the history at `where`."""
    if isinstance(error, ImportError):
        return HistoryError(
            "its driver is not installed",
            where=where,
            remedy="pip install 'pytest-roadmap[postgresql]'",
        )
    said = _first_line(error)
    for words, what, do in _SQLITE:
        if words in said:
            meant = what.format(patience=patience_s)
            return HistoryError(f"{meant} ({said})", where=where, remedy=do)
    state = getattr(getattr(error, "orig", None), "sqlstate", None)
    if state in _POSTGRESQL:
        what, do = _POSTGRESQL[state]
        meant = what.format(patience=patience_s)
        return HistoryError(f"{meant} ({said})", where=where, remedy=do)
    if isinstance(error, OSError):
        remedy = "make room or rights there, or name another: --roadmap-history"
        what = f"it cannot be used: {error.strerror or said}"
        return HistoryError(what, where=where, remedy=remedy)
    return HistoryError(
        f"the database refuses: {said}",
        where=where,
        remedy="see that the server runs, and that the URL's user may create tables",
    )


def _first_line(error: Exception) -> str:
    """Return the first line of what the driver said, without SQL."""
    cause = error.orig if isinstance(error, DBAPIError) and error.orig else error
    lines = str(cause).strip().splitlines() or [type(cause).__name__]
    return lines[0].strip()
