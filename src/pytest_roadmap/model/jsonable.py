"""Frozen dataclasses to plain JSON values and back, without loss.

Used for whatever leaves the process: findings on their way from a worker,
the journal of a run, the archive.  Enums travel as their values, fractions as
`"19/20"`, dates as ISO dates, tuples and frozen sets as lists, and the floats
that JSON has no form for as `"nan"`, `"inf"`, `"-inf"`.
"""

from __future__ import annotations

import collections.abc
import dataclasses
import datetime as dt
import enum
import functools
import math
import operator
import types
import typing
from fractions import Fraction

import pytest_roadmap.model as nouns

T = typing.TypeVar("T")
Reviver = collections.abc.Callable[[object], object]
_PLAIN = frozenset({str, int, bool, types.NoneType})


def to_json(value: object) -> typing.Any:
    """Return `value` (a model object or a part of one) as plain JSON values."""
    return _writer(type(value))(value)


def _writer_of(kind: type) -> Reviver:
    """Return the function that turns values of exactly this type into JSON values.

    An archive holds the same few types ten thousand times, so each is looked at
    only once.
    """
    if kind in _PLAIN:
        return _itself
    if kind is float:
        return _number
    if issubclass(kind, (tuple, list)):
        return _items
    if dataclasses.is_dataclass(kind):
        return functools.partial(_fields, _names(kind), _values(kind))
    if issubclass(kind, frozenset):
        return lambda value: sorted(_items(value))
    if issubclass(kind, enum.Enum):
        return operator.attrgetter("_value_")  # `value` is a slow way to the same
    return _leaf


_writer: collections.abc.Callable[[type], Reviver] = functools.cache(_writer_of)


def _itself(value: object) -> object:
    """Return `value`, which is plain already."""
    return value


def _items(values: typing.Any) -> list[typing.Any]:
    """Return the items of `values` as plain JSON values."""
    return [v if type(v) in _PLAIN else _writer(type(v))(v) for v in values]


def _fields(
    names: tuple[str, ...],
    values: collections.abc.Callable[[object], tuple[typing.Any, ...]],
    value: object,
) -> dict[str, typing.Any]:
    """Return the named fields of `value` as plain JSON values."""
    return {
        n: v if type(v) in _PLAIN else _writer(type(v))(v)
        for n, v in zip(names, values(value), strict=True)
    }


def to_lean_json(value: typing.Any) -> dict[str, typing.Any]:
    """Return a dataclass as plain JSON values, fields at their default left out.

    `from_json` puts the defaults back.
    """
    kind: typing.Any = type(value)  # of a dataclass, which mypy cannot know
    found = zip(_defaults(kind), _values(kind)(value), strict=True)
    return {
        name: v if type(v) in _PLAIN else _writer(type(v))(v)
        for (name, default), v in found
        if v != default
    }


@functools.cache
def _defaults(kind: type) -> tuple[tuple[str, object], ...]:
    """Return the names of a model dataclass's fields, each with its default."""
    fields = dataclasses.fields(kind)
    return tuple((field.name, field.default) for field in fields)


def _leaf(value: object) -> object:
    """Return a value without parts as a plain JSON value."""
    if isinstance(value, Fraction):
        return f"{value.numerator}/{value.denominator}"
    if isinstance(value, dt.date):
        return value.isoformat()
    return value


def _number(value: typing.Any) -> float | str:
    """Return a float, or the name of one that JSON has no form for."""
    return value if math.isfinite(value) else str(value)


def _values(
    kind: type,
) -> collections.abc.Callable[[object], tuple[typing.Any, ...]]:
    """Return the function that reads all fields of a model dataclass at once."""
    names = _names(kind)
    if len(names) > 1:
        return operator.attrgetter(*names)
    # Of one name it would return the bare value, and of none it cannot be made.
    return lambda value: tuple(getattr(value, name) for name in names)


def from_json(kind: type[T], data: object) -> T:
    """Return the `kind` that `to_json` made `data` from.

    Raises:
        TypeError: A field is missing, unknown or of another type.
        ValueError: A value is not one of its enum, or no fraction or date.
    """
    return typing.cast("T", _reviver(typing.cast("typing.Hashable", kind))(data))


@functools.cache
def _names(kind: type) -> tuple[str, ...]:
    """Return the names of a model dataclass's fields."""
    return tuple(field.name for field in dataclasses.fields(kind))


@functools.cache
def _hints(kind: type) -> dict[str, typing.Any]:
    """Return the resolved field types of a model dataclass."""
    names = {**vars(nouns), "Fraction": Fraction, "dt": dt}
    return typing.get_type_hints(kind, globalns=names, localns=names)


@functools.cache
def _reviver(kind: typing.Any) -> Reviver:
    """Return the function that revives values of `kind`, a resolved annotation.

    An archive holds the same few types ten thousand times, so each annotation
    is taken apart only once.
    """
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in (types.UnionType, typing.Union):
        (inner,) = (_reviver(a) for a in arguments if a is not types.NoneType)
        return lambda data: None if data is None else inner(data)
    if origin is tuple and arguments[-1] is not Ellipsis:
        parts = tuple(_reviver(argument) for argument in arguments)
        return functools.partial(_tuple, parts)
    if origin in (tuple, frozenset):
        each = _reviver(arguments[0])
        return lambda data: origin(each(item) for item in _list(data))
    if dataclasses.is_dataclass(kind):
        return functools.partial(_dataclass, typing.cast("type", kind))
    if isinstance(kind, type) and issubclass(kind, (enum.Enum, Fraction)):
        return kind
    if kind is dt.date:
        return lambda data: dt.date.fromisoformat(typing.cast("str", data))
    return functools.partial(_float if kind is float else _plain, kind)


def _plain(kind: type, data: object) -> object:
    """Return `data` if it is a `kind`.

    Raises:
        TypeError: It is not.
    """
    if not isinstance(data, kind):
        message = f"expected {kind.__name__}, found {data!r}"
        raise TypeError(message)
    return data


def _float(kind: type, data: object) -> object:
    """Return `data` as a float if it stands for one.

    Raises:
        TypeError: It does not.
    """
    whole = isinstance(data, int) and not isinstance(data, bool)
    if whole or data in ("nan", "inf", "-inf"):
        return float(typing.cast("str | int", data))
    return _plain(kind, data)


def _tuple(parts: tuple[Reviver, ...], data: object) -> tuple[object, ...]:
    """Return a tuple whose parts are of different types."""
    pairs = zip(parts, _list(data), strict=True)
    return tuple(revive(item) for revive, item in pairs)


def _dataclass(kind: type, data: object) -> object:
    """Return a `kind` from a mapping of its fields.

    Raises:
        TypeError: It is no mapping, or a field is missing or unknown.
    """
    if not isinstance(data, dict):
        message = f"expected the fields of a {kind.__name__}, found {data!r}"
        raise TypeError(message)
    hints = _hints(kind)
    if unknown := data.keys() - hints.keys():
        message = f"{kind.__name__} has no field {min(unknown)!r}"
        raise TypeError(message)
    return kind(**{n: _reviver(hints[n])(value) for n, value in data.items()})


def _list(data: object) -> list[object]:
    """Return `data` if it is a list.

    Raises:
        TypeError: It is not.
    """
    if not isinstance(data, list):
        message = f"expected a list, found {data!r}"
        raise TypeError(message)
    return data
