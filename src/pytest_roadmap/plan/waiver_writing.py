"""A new waiver in waivers.yaml: the rest of the file stays as it is, to the byte.

What is written is read again before it replaces the file, so a form of YAML that
this does not know is refused and never spoilt.
"""

from __future__ import annotations

import codecs
import fcntl
import json
import os
import re
import tempfile
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_roadmap.errors import PlanError
from pytest_roadmap.plan.documents import read_text
from pytest_roadmap.plan.waivers import SHOWN, waiver_entries

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_roadmap.model import Roadmap, Waiver

_KEYS = ("requirement", "reason", "owner", "approver", "issued", "expires", "scope")
_PLAIN = ("requirement", "issued", "expires")  # ids and dates need no quotes
_NONE_YET = re.compile(r"^waivers:([ \t]*\[[ \t]*\])[^\r\n]*(\r?\n|\Z)", re.MULTILINE)
_DASH = re.compile(r"^([ \t]*)-[ \t]+\S", re.MULTILINE)


def add_waiver(path: Path, roadmap: Roadmap, waiver: Waiver) -> str:
    """Add a waiver to a suite's waiver file and return the lines that were added.

    Raises:
        PlanError: The file cannot be read or written, or is of a form in which
            the waiver cannot be added without touching the rest.
    """
    with _alone(path):
        old = path.read_bytes() if path.exists() else b""
        before = _waivers(path, roadmap) if old else []
        new, entry = _joined(path, old, waiver)
        _write(path, new, roadmap, [*before, waiver])
    return entry


def _joined(path: Path, old: bytes, waiver: Waiver) -> tuple[bytes, str]:
    """Return a file's bytes with the waiver, and the lines of the waiver alone."""
    mark = codecs.BOM_UTF8 if old.startswith(codecs.BOM_UTF8) else b""
    try:
        text = old.removeprefix(mark).decode()
    except UnicodeDecodeError as error:
        raise PlanError(
            "is not UTF-8 text", where=path.as_posix(), remedy="Save it as UTF-8."
        ) from error
    end = "\r\n" if "\r\n" in text else "\n"
    if none := _NONE_YET.search(text):
        entry = _entry(waiver, "  ", end)
        head = text[: none.start(1)] + text[none.end(1) : none.start(2)] + end
        return mark + f"{head}{entry}{text[none.end(2) :]}".encode(), entry
    dash = _DASH.search(text)
    entry = _entry(waiver, dash[1] if dash else "  ", end)
    head = text or f"waivers:{end}"
    gap = "" if head.endswith("\n") else end
    return mark + f"{head}{gap}{entry}".encode(), entry


def _entry(waiver: Waiver, indent: str, end: str) -> str:
    """Return a waiver as an entry of a YAML list; every text is in quotes."""
    stated = {key: str(getattr(waiver, key) or "") for key in _KEYS}
    stated["fingerprint"] = waiver.fingerprint[:SHOWN]
    lines = [
        f"{key}: {value if key in _PLAIN else json.dumps(value, ensure_ascii=False)}"
        for key, value in stated.items()
        if value
    ]
    first, *others = lines
    rows = [f"{indent}- {first}", *(f"{indent}  {line}" for line in others)]
    return "".join(f"{row}{end}" for row in rows)


def _write(path: Path, data: bytes, roadmap: Roadmap, wanted: list[Waiver]) -> None:
    """Replace the file if what it will say is what it said, and the new waiver."""
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        fresh = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            _refuse_other(path, fresh, roadmap, wanted)
            fresh.chmod(path.stat().st_mode & 0o777 if path.exists() else 0o644)
            fresh.replace(path)
        finally:
            fresh.unlink(missing_ok=True)
    except OSError as error:
        raise _unwritable(path, error) from error


def _refuse_other(
    path: Path, fresh: Path, roadmap: Roadmap, wanted: list[Waiver]
) -> None:
    """Raise a PlanError unless the fresh file says exactly what is wanted."""
    try:
        found = list(map(_plain, _waivers(fresh, roadmap)))
    except PlanError:
        found = []
    if found != list(map(_plain, wanted)):
        raise PlanError(
            "a waiver cannot be added at its end without touching the rest",
            where=path.as_posix(),
            remedy="Write the list with dashes, one waiver under the other.",
        )


def _plain(waiver: Waiver) -> Waiver:
    """Return a waiver as the file holds it, wherever in the file it stands."""
    return replace(waiver, line=0, fingerprint=waiver.fingerprint[:SHOWN])


def _waivers(path: Path, roadmap: Roadmap) -> list[Waiver]:
    """Return a file's waivers; the first that cannot be used is raised."""
    found = []
    for entry in waiver_entries(read_text(path), roadmap):
        if isinstance(entry, PlanError):
            raise entry
        found.append(entry)
    return found


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Keep others from adding to the same file meanwhile."""
    try:
        handle = os.open(path.parent, os.O_RDONLY)
    except OSError as error:
        raise _unwritable(path, error) from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _unwritable(path: Path, error: OSError) -> PlanError:
    """Return the error for a file that the system does not let us write."""
    return PlanError(
        f"cannot be written: {error.strerror or error}",
        where=path.as_posix(),
        remedy="Make room or rights there; the file is as it was.",
    )
