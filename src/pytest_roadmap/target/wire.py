"""As much of the protobuf wire format as votes and transactions need."""

from __future__ import annotations

import struct
from typing import Final

_VARINT: Final = 0
_FIXED64: Final = 1
_BYTES: Final = 2
_MORE: Final = 0x80


def varint(number: int) -> bytes:
    """Return an unsigned number in seven bits per byte."""
    found = bytearray()
    while number >= _MORE:
        found.append(number % _MORE | _MORE)
        number //= _MORE
    found.append(number)
    return bytes(found)


def number(field: int, value: int) -> bytes:
    """Return a field with a number; nothing for zero, which is the default."""
    return varint(field << 3 | _VARINT) + varint(value) if value else b""


def fixed(field: int, value: int) -> bytes:
    """Return a field with a number of eight bytes; nothing for zero."""
    return varint(field << 3 | _FIXED64) + struct.pack("<q", value) if value else b""


def text(field: int, value: str | bytes) -> bytes:
    """Return a field with a text or bytes; nothing for none."""
    return message(field, value.encode() if isinstance(value, str) else value, b"")


def message(field: int, content: bytes, empty: bytes | None = None) -> bytes:
    """Return a field with a message, which may be empty.

    Args:
        field: Its number.
        content: The message.
        empty: What to return for an empty one; None for the field itself.
    """
    if not content and empty is not None:
        return empty
    return varint(field << 3 | _BYTES) + varint(len(content)) + content


def delimited(content: bytes) -> bytes:
    """Return a message with its length before it."""
    return varint(len(content)) + content
