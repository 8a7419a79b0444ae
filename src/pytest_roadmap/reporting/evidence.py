"""The evidence store: secrets out, then named by content, then on the disk.

Redaction comes first, so that no secret is ever written, hashed or counted.
Small text stays inside the finding; anything larger becomes a file
`evidence/<sha256>.txt` in the run's folder, written once however often it is
seen.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Protocol

from pytest_roadmap.model import Evidence
from pytest_roadmap.reporting import files

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

FOLDER = "evidence"
INLINE_BYTES = 64 * 1024
FINDING_BYTES = 5 * 1024 * 1024
_GONE = "[redacted]"

_NAMES_OF_SECRETS = (
    r"(?<![a-z])pass(?:wd|phrase)?|password|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|"
    r"priv[_-]?key|client[_-]?secret|credentials?|mnemonic|seed[_-]?phrase"
)
# Each pattern can start only where a word starts and looks a bounded way ahead,
# so that no log can make redaction slow.
_PATTERNS = (
    # a PEM block of a private key, also when its end was cut off
    (
        re.compile(
            r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-----.*?"
            r"(?:-----END (?:[A-Z0-9]+ )*PRIVATE KEY-----|\Z)",
            re.DOTALL,
        ),
        _GONE,
    ),
    # Authorization: Bearer …, Basic …
    (
        re.compile(r"(?i)\b(bearer|basic)(\s+)[A-Za-z0-9._~+/=-]{8,}"),
        rf"\1\2{_GONE}",
    ),
    # a JSON web token, wherever it stands
    (re.compile(r"(?<![\w.-])eyJ[\w-]{5,4096}\.[\w-]{5,4096}\.[\w-]*"), _GONE),
    # https://user:password@host, also when a message was cut within it
    (
        re.compile(
            r"(?i)(?<![a-z0-9+.-])([a-z][a-z0-9+.-]{0,31}://[^\s:/@]{0,256}):"
            r"[^\s/@]{1,256}(@|…\Z)"
        ),
        rf"\1:{_GONE}\2",
    ),
    # "mnemonic": "twelve words …", also as plain text after a name
    (
        re.compile(
            r"(?i)\b((?:mnemonic|seed[_ -]?phrase|recovery[_ -]?phrase)\W{1,4})"
            r"[a-z]{3,8}(?:\s+[a-z]{3,8}){11,23}\b"
        ),
        rf"\1{_GONE}",
    ),
    # an ed25519 or secp256k1 key file of a node: {"type": "…PrivKey…", "value": "…"}
    (
        re.compile(
            r'(?i)("type"\s*:\s*"[^"]*priv_?key[^"]*"\s*,\s*"value"\s*:\s*)"[^"]*"'
        ),
        rf'\1"{_GONE}"',
    ),
    # password=…, token: …, "api_key": "…", also when a message was cut within it
    (
        re.compile(
            rf"(?i)({_NAMES_OF_SECRETS})"
            r"(\"?'?\s{0,3}[:=]\s{0,3})"
            r"(?!\[redacted\])"
            r"(\"(?:[^\"\\\n]|\\.)*(?:\"|\Z)|'[^'\n]*(?:'|\Z)|[^\s\"',;&}\]]+)"
        ),
        rf"\1\2{_GONE}",
    ),
)


class Piece(Protocol):
    """One piece of evidence on its way here: kind, name and text."""

    @property
    def kind(self) -> str:
        """One of request, command, log, event, record, note, timeline."""

    @property
    def name(self) -> str:
        """What the reader sees it called."""

    @property
    def text(self) -> str:
        """The content, not yet redacted."""


def redact(text: str) -> str:
    """Return `text` without the secrets that have a recognisable form."""
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    return text


class EvidenceStore:
    """Keeps the evidence of a run below its folder."""

    def __init__(self, run_folder: Path) -> None:
        self._folder = run_folder

    def keep(self, pieces: Iterable[Piece]) -> tuple[Evidence, ...]:
        """Keep what one finding brings, at most 5 MB of it in all.

        What goes beyond is cut and says so.

        Raises:
            ReportError: It cannot be written.
        """
        kept, room = [], FINDING_BYTES
        for piece in pieces:
            data = _within(files.encoded(redact(piece.text)), room)
            room = max(0, room - len(data))
            kept.append(self._kept(piece, data))
        return tuple(kept)

    def _kept(self, piece: Piece, data: bytes) -> Evidence:
        """Keep one piece: inside the finding if it is small, else as a file."""
        digest = hashlib.sha256(data).hexdigest()
        inline = len(data) <= INLINE_BYTES
        path = "" if inline else f"{FOLDER}/{digest}.txt"
        if path and not (self._folder / path).exists():
            files.write(self._folder / path, data)
        return Evidence(
            kind=piece.kind,
            name=redact(piece.name),
            text=data.decode("utf-8") if inline else "",
            path=path,
            sha256=digest,
            size=len(data),
        )


def _within(data: bytes, room: int) -> bytes:
    """Return `data`, cut to about `room` bytes with a note if it is longer."""
    if len(data) <= room:
        return data
    left_out = len(data) - room
    note = f"\n… {left_out} bytes left out: 5 MB are kept per finding …\n"
    return data[:room].decode("utf-8", "ignore").encode() + note.encode()
