"""What a watch has seen: versions of objects, and when they arrived."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, TypeVar

from pytest_roadmap.target.objects import Object

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

V = TypeVar("V", bound=Object)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change(Generic[V]):
    """One version of an object, and when it arrived.

    `what` is "added", "modified", "deleted", or "listed" for what was there
    when the watch began (or began again).
    """

    at: float
    what: str
    object: V


@dataclass(frozen=True, slots=True, kw_only=True)
class Flip(Generic[V]):
    """A moment at which the answer to a question about an object changed."""

    at: float
    answer: object
    object: V = field(repr=False)


def chosen(
    changes: Iterable[Change[V]], *, name: str, uid: str, since: float
) -> tuple[Change[V], ...]:
    """Return the changes of one name or uid (empty: of any) since a moment."""
    return tuple(
        change
        for change in changes
        if change.at >= since
        and (not name or change.object.name == name)
        and (not uid or change.object.uid == uid)
    )


def flips_of(
    changes: Iterable[Change[V]], question: Callable[[V], object]
) -> tuple[Flip[V], ...]:
    """Return the changes at which the answer to a question became another one."""
    flips: list[Flip[V]] = []
    for change in changes:
        gone = change.what == "deleted"
        answer = None if gone else question(change.object)
        if not flips or flips[-1].answer != answer:
            flips.append(Flip(at=change.at, answer=answer, object=change.object))
    return tuple(flips)
