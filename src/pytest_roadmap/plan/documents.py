"""From the bytes of a file to its text, with every surprise told.

Whatever encoding a file arrives in, the rest of the plan layer sees Unicode
text whose lines end with LF.  What had to be changed on the way is said in notes; what
cannot be read is one PlanError with file and line.

A document that went through the wrong encoding once (`â†”` for `↔`) is repaired,
in memory only: the file stays the user's.
"""

from __future__ import annotations

import codecs
import hashlib
import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_roadmap.errors import PlanError

if TYPE_CHECKING:
    from pathlib import Path

LARGEST_FILE = 64 * 1024 * 1024

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16: its mark begins alike
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SAVE_AS_UTF8 = "Save the file as UTF-8 text."


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A file's text, the SHA-256 of its bytes, and what was done to it."""

    name: str
    text: str
    digest: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Original:
    """A file as it is: its text untouched, with all that turns it into bytes again."""

    name: str
    text: str
    mark: bytes
    encoding: str
    digest: str

    def with_text(self, text: str) -> bytes:
        """Return the bytes of the file with another text."""
        return self.mark + text.encode(self.encoding)


def read_original(path: Path) -> Original:
    """Read a text file of any Unicode encoding, and change nothing in it.

    Raises:
        PlanError: It cannot be opened, is too large, or is no text.
    """
    name = path.as_posix()
    try:
        size = path.stat().st_size
        if size > LARGEST_FILE:
            raise PlanError(
                f"is {size} bytes long; a plan file has at most {LARGEST_FILE}",
                where=name,
                remedy="Is this the right file?",
            )
        data = path.read_bytes()
    except OSError as error:
        raise PlanError(
            f"cannot be read: {error.strerror or error}",
            where=name,
            remedy="Create the file, or correct its name or its permissions.",
        ) from error
    found = [(m, encoding) for m, encoding in _MARKS if data.startswith(m)]
    mark, encoding = found[0] if found else (b"", "utf-8")
    text = _strict(data.removeprefix(mark), encoding, name)
    _refuse_control_characters(text, name)
    digest = hashlib.sha256(data).hexdigest()
    return Original(name=name, text=text, mark=mark, encoding=encoding, digest=digest)


def read_text(path: Path) -> Text:
    """Read a text file of any Unicode encoding and any line ends.

    Raises:
        PlanError: See `read_original`.
    """
    return _as_text(read_original(path))


def _as_text(original: Original) -> Text:
    """Return a file's text with LF at its line ends, and what that changed."""
    name, text, notes = original.name, original.text, []
    if original.mark:
        notes.append(f"{name}: {original.encoding.upper()} with a byte order mark")
    if "\r" in text:
        notes.append(f"{name}: Windows or old Mac line ends were read as line ends")
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return Text(name=name, text=text, digest=original.digest, notes=tuple(notes))


def read_document(path: Path) -> Text:
    """Read a roadmap document, and repair characters that were encoded twice.

    Raises:
        PlanError: See `read_original`.
    """
    return as_document(read_original(path))


def as_document(original: Original) -> Text:
    """Return a document's text, with twice-encoded characters repaired."""
    raw = _as_text(original)
    text, repaired = repair(raw.text)
    notes = raw.notes
    if repaired:
        notes += (f"{raw.name}: {repaired} characters were encoded twice; repaired",)
    return Text(name=raw.name, text=text, digest=raw.digest, notes=notes)


def _strict(data: bytes, encoding: str, name: str) -> str:
    """Return `data` decoded, or raise a PlanError that names the line."""
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise PlanError(
            f"is not {encoding.upper()} text: byte 0x{data[error.start]:02x}",
            where=f"{name}:{line}",
            remedy=_SAVE_AS_UTF8,
        ) from error


def _refuse_control_characters(text: str, name: str) -> None:
    """Raise a PlanError at the first character that no text has, such as NUL."""
    found = re.search("[\x00-\x08\x0b\x0e-\x1f\x7f]", text)
    if found is None:
        return
    line = text.count("\n", 0, found.start()) + 1
    nul = found[0] == "\x00"
    what = "a NUL byte" if nul else f"the control character U+{ord(found[0]):04X}"
    raise PlanError(
        f"holds {what}, which no text file has",
        where=f"{name}:{line}",
        remedy=f"{_SAVE_AS_UTF8} (UTF-16 without a byte order mark looks like this.)"
        if nul
        else "Remove it.",
    )


def repair(text: str) -> tuple[str, int]:
    """Return `text` with twice-encoded characters restored, and how many.

    UTF-8 bytes that were once read as Windows-1252 (or Latin-1, or Mac Roman) show as
    runs such as `âœ“`.  A run is replaced only where its bytes are valid UTF-8 and the
    result is a printable character; everything else stays as it is.
    """
    total = 0
    for table, pattern in _WRONG_READINGS:
        text, count = _repair_reading(text, table, pattern)
        total += count
    return text, total


def _repair_reading(
    text: str, table: dict[str, int], pattern: re.Pattern[str]
) -> tuple[str, int]:
    """Undo one wrong reading and return the text and the number of characters."""
    count = 0

    def restore(match: re.Match[str]) -> str:
        nonlocal count
        try:
            character = bytes(table[char] for char in match[0]).decode()
        except UnicodeDecodeError:
            return match[0]
        if unicodedata.category(character) in {"Cc", "Cn", "Co"}:
            return match[0]
        count += 1
        return character

    return pattern.sub(restore, text), count


def _wrong_reading(
    codec: str, *, shortest: int
) -> tuple[dict[str, int], re.Pattern[str]]:
    """Return a codec's characters as bytes, and the pattern of UTF-8 read with it.

    Sequences of fewer than `shortest` bytes are left alone, where the codec's
    characters stand side by side in ordinary text too (`«Ä` in Mac Roman).
    """
    table = {chr(byte): byte for byte in range(0x80, 0xA0)}  # Latin-1 for the gaps
    for byte in range(0x80, 0x100):
        table[bytes([byte]).decode(codec, "ignore") or chr(byte)] = byte

    def characters(first: int, last: int) -> str:
        chars = (
            re.escape(char) for char, byte in table.items() if first <= byte <= last
        )
        return f"[{''.join(chars)}]"

    follow = characters(0x80, 0xBF)
    forms = {
        4: characters(0xF0, 0xF4) + follow + "{3}",
        3: characters(0xE0, 0xEF) + follow + "{2}",
        2: characters(0xC2, 0xDF) + follow,
    }
    return table, re.compile("|".join(f for n, f in forms.items() if n >= shortest))


_WRONG_READINGS = (
    _wrong_reading("cp1252", shortest=2),
    _wrong_reading("mac_roman", shortest=3),
)
