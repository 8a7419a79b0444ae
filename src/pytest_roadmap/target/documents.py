"""Plain JSON of the API, and how one gets at what is in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from pytest_roadmap.target import clock
from pytest_roadmap.target.resources import Resource, known

Document: TypeAlias = Mapping[str, Any]
"""One object's plain JSON."""


def resource(kind: str) -> Resource:
    """Return the resource of a kind of ours."""
    found = known(kind)
    assert found is not None, kind  # noqa: S101 - a view's kind is in the table
    return found


def dig(document: object, *steps: str | int, default: Any = None) -> Any:
    """Return the value at a path of keys and indices, or `default`."""
    for step in steps:
        if isinstance(step, int) and isinstance(document, list):
            document = document[step] if step < len(document) else None
        elif isinstance(document, Mapping):
            document = document.get(str(step))
        else:
            return default
    return default if document is None else document


def moment(document: object, *steps: str | int) -> float | None:
    """Return the time stamp at a path in epoch seconds, or None."""
    value = dig(document, *steps)
    return clock.seconds(value) if value else None


@dataclass(frozen=True, slots=True)
class Condition:
    """One of an object's conditions."""

    type: str
    status: str
    reason: str
    message: str
    since: float | None

    @property
    def holds(self) -> bool:
        """Whether its status is True."""
        return self.status == "True"
