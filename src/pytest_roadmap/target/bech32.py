"""Addresses of accounts and validators as text (BIP 173)."""

from __future__ import annotations

from typing import Final

_LETTERS: Final = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_GENERATOR: Final = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_CHECKSUM: Final = 6


def encode(prefix: str, content: bytes) -> str:
    """Return bytes as text with a prefix."""
    data = _regrouped(content, 8, 5)
    sums = _checksum([*_expanded(prefix), *data, *[0] * _CHECKSUM]) ^ 1
    tail = [sums >> 5 * (5 - place) & 31 for place in range(_CHECKSUM)]
    return f"{prefix}1{''.join(_LETTERS[five] for five in [*data, *tail])}"


def decode(address: str) -> tuple[str, bytes]:
    """Return the prefix and the bytes of an address.

    Raises:
        ValueError: It is none, or its checksum is wrong.
    """
    prefix, one, rest = address.rpartition("1")
    data = [_LETTERS.index(letter) for letter in rest]
    if not one or _checksum([*_expanded(prefix), *data]) != 1:
        message = f"{address!r} is no address"
        raise ValueError(message)
    return prefix, bytes(_regrouped(bytes(data[:-_CHECKSUM]), 5, 8))


def _regrouped(values: bytes, size: int, wanted: int) -> list[int]:
    """Return bits in groups of another size; what is left over from 8 is dropped."""
    bits = "".join(f"{value:0{size}b}" for value in values)
    if wanted > size:
        bits = bits[: len(bits) // wanted * wanted]
    groups = [bits[at : at + wanted] for at in range(0, len(bits), wanted)]
    return [int(group.ljust(wanted, "0"), 2) for group in groups]


def _expanded(prefix: str) -> list[int]:
    """Return a prefix as the checksum takes it."""
    return [*(ord(c) >> 5 for c in prefix), 0, *(ord(c) & 31 for c in prefix)]


def _checksum(values: list[int]) -> int:
    """Return the checksum of five-bit groups."""
    found = 1
    for value in values:
        top = found >> 25
        found = (found & 0x1FFFFFF) << 5 ^ value
        for place, generator in enumerate(_GENERATOR):
            found ^= generator if top >> place & 1 else 0
    return found
