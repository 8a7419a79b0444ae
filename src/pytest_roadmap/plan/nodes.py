"""Typed access to the nodes of a YAML file: every surprise is a PlanError."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from pytest_roadmap.errors import PlanError
from pytest_roadmap.model.days import iso_day
from pytest_roadmap.plan.suggestions import did_you_mean

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable
    from enum import StrEnum

    E = TypeVar("E", bound=StrEnum)

Value: TypeAlias = "str | int | float | bool | list[Node] | dict[str, Node] | None"

_KINDS = {
    bool: "true or false",
    int: "a number",
    float: "a number",
    str: "text",
    list: "a list",
    dict: "a mapping",
    type(None): "nothing",
}


@dataclass(frozen=True, slots=True)
class Node:
    """A value of a YAML file, with the line in which it (or its key) stands."""

    value: Value
    file: str
    line: int

    @property
    def where(self) -> str:
        """The place as `file:line`."""
        return f"{self.file}:{self.line}"

    def error(self, what: str, remedy: str = "") -> PlanError:
        """Return a PlanError about this node."""
        return PlanError(what, where=self.where, remedy=remedy)

    def _unexpected(self, what: str, wanted: str) -> PlanError:
        """Return the error for a value of another kind than `wanted`."""
        found = _KINDS[type(self.value)]
        shown = (
            f" ({self.value!r})" if isinstance(self.value, (str, int, float)) else ""
        )
        return self.error(
            f"{what} must be {wanted}, here it is {found}{shown}", f"Write {wanted}."
        )

    def mapping(self, what: str) -> dict[str, Node]:
        """Return the pairs of a mapping with free keys."""
        if not isinstance(self.value, dict):
            raise self._unexpected(what, "a mapping")
        return self.value

    def fields(
        self, what: str, *, required: Iterable[str] = (), optional: Iterable[str] = ()
    ) -> dict[str, Node]:
        """Return the pairs of a mapping whose keys are known."""
        pairs = self.mapping(what)
        required = tuple(required)
        known = (*required, *optional)
        for key, node in pairs.items():
            if key not in known:
                raise node.error(f"{what} has no {key!r}", did_you_mean(key, known))
        for key in required:
            if key not in pairs:
                raise self.error(f"{what} lacks {key!r}", f"Add the line '{key}: …'.")
        return pairs

    def items(self, what: str) -> list[Node]:
        """Return the nodes of a list."""
        if not isinstance(self.value, list):
            raise self._unexpected(what, "a list")
        return self.value

    def day(self, what: str) -> dt.date:
        """Return an ISO date.

        Raises:
            PlanError: It is none, or no day of the calendar.
        """
        try:
            return iso_day(self.text(what))
        except ValueError as error:
            remedy = "Write year-month-day, such as 2026-03-31."
            raise self.error(str(error), remedy) from error

    def text(self, what: str) -> str:
        """Return text that is not empty."""
        if not isinstance(self.value, str):
            raise self._unexpected(what, "text")
        stripped = self.value.strip()
        if not stripped:
            raise self.error(f"{what} is empty", "Write a sentence.")
        return stripped

    def words(self, what: str) -> tuple[str, ...]:
        """Return a list of words."""
        return tuple(item.text(f"an entry of {what}") for item in self.items(what))

    def number(self, what: str) -> float:
        """Return a finite number."""
        value = self.value
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise self._unexpected(what, "a number")
        if not math.isfinite(value):
            raise self.error(f"{what} is no finite number", "Write a finite number.")
        return float(value)

    def integer(self, what: str) -> int:
        """Return a whole number."""
        if isinstance(self.value, bool) or not isinstance(self.value, int):
            raise self._unexpected(what, "a whole number")
        return self.value

    def flag(self, what: str) -> bool:
        """Return a truth value."""
        if not isinstance(self.value, bool):
            raise self._unexpected(what, "true or false")
        return self.value

    def one_of(self, what: str, words: type[E]) -> E:
        """Return the member of `words` that is named here."""
        text = self.text(what)
        try:
            return words(text)
        except ValueError:
            known = [word.value for word in words]
            raise self.error(
                f"{what} {text!r} is unknown", did_you_mean(text, known)
            ) from None
