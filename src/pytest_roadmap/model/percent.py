"""Exact shares as text: cut off, never rounded up."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fractions import Fraction

_MOST_DIGITS = 6


def percent(share: Fraction, digits: int = 1) -> str:
    """Return `share` as a percentage cut off after `digits` decimals.

    "100 %" means exactly all and "0 %" exactly none, so that nobody reads
    either of them off a share that only comes near.
    """
    scale = 10**digits
    cut = share.numerator * 100 * scale // share.denominator
    whole, rest = divmod(cut, scale)
    if cut == 0 and share > 0:
        return f"<{1 / scale:.{digits}f} %"
    decimals = f"{rest:0{digits}d}" if digits else ""
    if rest == 0 and share * 100 == whole:
        decimals = ""
    return f"{whole}.{decimals} %" if decimals else f"{whole} %"


def percents(*shares: Fraction) -> tuple[str, ...]:
    """Return shares as percentages with as many decimals as tell them apart.

    Without this a reader would meet "66.6 % < 66.6 %".
    """
    for digits in range(1, _MOST_DIGITS):
        texts = tuple(percent(share, digits) for share in shares)
        if len(set(texts)) == len(set(shares)):
            return texts
    return tuple(f"{share.numerator}/{share.denominator}" for share in shares)
