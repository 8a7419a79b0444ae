"""JSON for programs that a person can still read: one entry of a long list a line.

Python's encoder is fast only where it lays nothing out, so the lines are made
around it.
"""

from __future__ import annotations

import json
from typing import Any

_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False)


class Lines(list[Any]):
    """A long list, each of whose entries gets a line of its own."""


def dumps(value: object) -> str:
    """Return `value` as JSON text that ends with a line's end."""
    return f"{_text(value, '')}\n"


def _text(value: object, indent: str) -> str:
    """Return a value; whatever leads to a long list is spread over lines too."""
    if not _leads(value):
        return _ENCODER.encode(value)
    deeper = f"{indent} "
    if isinstance(value, Lines):
        return _block("[]", [_ENCODER.encode(entry) for entry in value], indent)
    if isinstance(value, dict):
        pairs = [f"{_ENCODER.encode(k)}: {_text(v, deeper)}" for k, v in value.items()]
        return _block("{}", pairs, indent)
    items = value if isinstance(value, list) else []
    return _block("[]", [_text(item, deeper) for item in items], indent)


def _block(brackets: str, parts: list[str], indent: str) -> str:
    """Return parts between brackets, each on its line."""
    line = f"\n{indent} "
    return f"{brackets[0]}{line}{f',{line}'.join(parts)}\n{indent}{brackets[1]}"


def _leads(value: object) -> bool:
    """Tell whether a value is, or somewhere holds, a long list with entries."""
    if isinstance(value, Lines):
        return bool(value)
    if isinstance(value, dict):
        return any(map(_leads, value.values()))
    return isinstance(value, list) and any(map(_leads, value))
