"""Frozen dataclasses to plain JSON values and back, without loss.

Used for whatever leaves the process: findings on their way from a worker,
the journal of a run, the archive.  Enums travel as their values, fractions as
`"19/20"`, dates as ISO dates, tuples and frozen sets as lists, and the floats
that JSON has no form for as `"nan"`, `"inf"`, `"-inf"`.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
import functools
import math
import types
import typing
from fractions import Fraction

import pytest_roadmap.model as nouns

T = typing.TypeVar("T")


def to_json(value: object) -> typing.Any:  # noqa: ANN401 - JSON is untyped
    """Return `value` (a model object or a part of one) as plain JSON values."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        names = (field.name for field in dataclasses.fields(value))
        return {name: to_json(getattr(value, name)) for name in names}
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, Fraction):
        return f"{value.numerator}/{value.denominator}"
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, frozenset):
        return sorted(to_json(item) for item in value)
    if isinstance(value, (tuple, list)):
        return [to_json(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value


def from_json(kind: type[T], data: object) -> T:
    """Return the `kind` that `to_json` made `data` from.

    Raises:
        TypeError: A field is missing, unknown or of another type.
        ValueError: A value is not one of its enum, or no fraction or date.
    """
    return typing.cast("T", _revive(kind, data))


@functools.cache
def _fields(kind: type) -> dict[str, typing.Any]:
    """Return the resolved field types of a model dataclass."""
    names = {**vars(nouns), "Fraction": Fraction, "dt": dt}
    return typing.get_type_hints(kind, globalns=names, localns=names)


def _revive(kind: typing.Any, data: typing.Any) -> object:  # noqa: ANN401 - any type
    """Return `data` as a value of `kind`, a resolved type annotation."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in (types.UnionType, typing.Union):
        (inner,) = (a for a in arguments if a is not types.NoneType)
        return None if data is None else _revive(inner, data)
    if origin is tuple and arguments[-1] is Ellipsis:
        return tuple(_revive(arguments[0], item) for item in _list(data))
    if origin is tuple:
        items = _list(data)
        return tuple(_revive(a, i) for a, i in zip(arguments, items, strict=True))
    if origin is frozenset:
        return frozenset(_revive(arguments[0], item) for item in _list(data))
    if dataclasses.is_dataclass(kind):
        return _dataclass(typing.cast("type", kind), data)
    if isinstance(kind, type) and issubclass(kind, (enum.Enum, Fraction)):
        return kind(data)
    if kind is dt.date:
        return dt.date.fromisoformat(data)
    if kind is float:
        data = _float(data)
    if not isinstance(data, kind):
        message = f"expected {kind.__name__}, found {data!r}"
        raise TypeError(message)
    return data


def _float(data: object) -> object:
    """Return `data` as a float if it stands for one, else as it is."""
    whole = isinstance(data, int) and not isinstance(data, bool)
    if whole or data in ("nan", "inf", "-inf"):
        return float(typing.cast("str | int", data))
    return data


def _dataclass(kind: type, data: object) -> object:
    """Return a `kind` from a mapping of its fields."""
    if not isinstance(data, dict):
        message = f"expected the fields of a {kind.__name__}, found {data!r}"
        raise TypeError(message)
    hints = _fields(kind)
    if unknown := data.keys() - hints.keys():
        message = f"{kind.__name__} has no field {min(unknown)!r}"
        raise TypeError(message)
    return kind(**{name: _revive(hints[name], value) for name, value in data.items()})


def _list(data: object) -> list[object]:
    """Return `data` if it is a list.

    Raises:
        TypeError: It is not.
    """
    if not isinstance(data, list):
        message = f"expected a list, found {data!r}"
        raise TypeError(message)
    return data
