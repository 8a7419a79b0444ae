"""The last runs side by side: a column per run, a strip per requirement."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from pytest_roadmap.model.history import ABSENT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_roadmap.history.sheet import Sheet


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The runs that are looked at, the oldest first.

    `names` are the requirements of the last run; a column has a letter per name
    and a strip a letter per run.  `more` says that there are older runs.
    """

    sheets: tuple[Sheet, ...]
    names: tuple[str, ...]
    columns: tuple[str, ...]
    strips: tuple[str, ...]
    more: bool

    @classmethod
    def of(cls, sheets: Sequence[Sheet], *, more: bool = False) -> Self:
        """Return the window of these runs."""
        names = tuple(sheets[-1].letters) if sheets else ()
        columns = tuple(
            "".join([sheet.letters.get(name, ABSENT) for name in names])
            for sheet in sheets
        )
        return cls(
            sheets=tuple(sheets),
            names=names,
            columns=columns,
            strips=tuple(map("".join, zip(*columns, strict=True))),
            more=more,
        )
