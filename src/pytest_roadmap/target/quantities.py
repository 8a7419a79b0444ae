"""Kubernetes quantities ("500m", "1Gi") as exact numbers."""

from __future__ import annotations

import re
from fractions import Fraction

_SUFFIXES = {
    "": Fraction(1),
    "n": Fraction(1, 10**9),
    "u": Fraction(1, 10**6),
    "m": Fraction(1, 1000),
    "k": Fraction(1000),
    **{s: Fraction(1000 ** (n + 2)) for n, s in enumerate("MGTPE")},
    **{f"{s}i": Fraction(1024 ** (n + 1)) for n, s in enumerate("KMGTPE")},
}
_QUANTITY = re.compile(r"([+-]?[0-9.]+)(?:([eE][+-]?[0-9]+)|([a-zA-Z]*))")


def quantity(text: str | float) -> Fraction:
    """Return a quantity in its base unit (bytes, cores, pieces).

    Raises:
        ValueError: It is none.
    """
    match = _QUANTITY.fullmatch(str(text))
    suffix = match.group(3) or "" if match else "?"
    if match is None or suffix not in _SUFFIXES:
        message = f"not a quantity: {text!r}"
        raise ValueError(message)
    number, exponent, _ = match.groups()
    return Fraction(number + (exponent or "")) * _SUFFIXES[suffix]
