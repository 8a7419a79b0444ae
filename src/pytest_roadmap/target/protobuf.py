"""As much of Protocol Buffers as transactions, votes, headers and queries need.

message((1, "text"), (2, b"bytes"), (3, 7), (4, message(…)))
message((2, Fixed64(7)), (5, Present(b"")))
fields(data)[3]                         # every value of field 3
"""

from __future__ import annotations

import struct
from collections import defaultdict
from typing import TypeAlias


class Fixed64(int):
    """A number that takes eight bytes (sfixed64)."""


class Present(bytes):
    """A message that is written even when it is empty, as Go's non-nullable are."""


Value: TypeAlias = int | str | bytes

_VARINT = 0
_FIXED64 = 1
_BYTES = 2
_FIXED32 = 5
_WIDTHS = {_FIXED64: 8, _FIXED32: 4}


def message(*entries: tuple[int, Value]) -> bytes:
    """Return a message with these fields; an empty or zero one is left out."""
    return b"".join(
        _field(number, value)
        for number, value in entries
        if value or isinstance(value, Present)
    )


def delimited(content: bytes) -> bytes:
    """Return a message with its length before it."""
    return _varint(len(content)) + content


def fields(data: bytes) -> dict[int, list[int | bytes]]:
    """Return the fields of a message: numbers, or bytes for everything else.

    Raises:
        ValueError: It is none.
    """
    found: dict[int, list[int | bytes]] = defaultdict(list)
    place = 0
    while place < len(data):
        key, place = _varint_at(data, place)
        number, kind = key >> 3, key & 7
        if kind == _VARINT:
            value, place = _varint_at(data, place)
            found[number].append(value)
            continue
        if kind == _BYTES:
            width, place = _varint_at(data, place)
        elif kind in _WIDTHS:
            width = _WIDTHS[kind]
        else:
            message = f"field {number} is of kind {kind}"
            raise ValueError(message)
        if place + width > len(data):
            message = f"the data end in field {number}"
            raise ValueError(message)
        found[number].append(data[place : place + width])
        place += width
    return dict(found)


def number_of(data: bytes, number: int) -> int:
    """Return a number in a message; 0 where it is left out."""
    found = fields(data).get(number, [0])[-1]
    return found if isinstance(found, int) else int.from_bytes(found, "little")


def bytes_of(data: bytes, number: int) -> bytes:
    """Return the bytes of a field in a message; none where it is left out."""
    found = fields(data).get(number, [b""])[-1]
    return found if isinstance(found, bytes) else b""


def messages(data: bytes, number: int) -> list[bytes]:
    """Return every value of a field that holds bytes."""
    found = fields(data).get(number, ())
    return [value for value in found if isinstance(value, bytes)]


def _field(number: int, value: Value) -> bytes:
    """Return one field."""
    if isinstance(value, Fixed64):
        return _varint(number << 3 | _FIXED64) + struct.pack("<q", value)
    if isinstance(value, int):
        return _varint(number << 3 | _VARINT) + _varint(value)
    data = value.encode() if isinstance(value, str) else value
    return _varint(number << 3 | _BYTES) + delimited(data)


def _varint(value: int) -> bytes:
    """Return a number in groups of seven bits, a negative one as 64 bits."""
    value %= 1 << 64
    groups = bytearray()
    while value > 0x7F:  # noqa: PLR2004 - seven bits
        groups.append(value & 0x7F | 0x80)
        value >>= 7
    groups.append(value)
    return bytes(groups)


def _varint_at(data: bytes, place: int) -> tuple[int, int]:
    """Return the number at a place, and the place behind it.

    Raises:
        ValueError: The data end in it.
    """
    value = shift = 0
    while place < len(data):
        group = data[place]
        value |= (group & 0x7F) << shift
        place += 1
        if not group & 0x80:
            return value, place
        shift += 7
    message = "the data end in a number"
    raise ValueError(message)
