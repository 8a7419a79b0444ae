"""`@probe`: ties a test function to the requirements that it answers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest

from pytest_roadmap.errors import PlanError
from pytest_roadmap.model import Strength

if TYPE_CHECKING:
    from collections.abc import Iterable

MARK = "probe"
COUNTEREXAMPLE = "counterexample"  # the fixture that names it


def probe(*ids: str, strength: str = "exercised") -> pytest.MarkDecorator:
    """Register the decorated test as the probe of the requirements `ids`.

    Args:
        ids: The requirements that one run of this probe answers.
        strength: How it tests them: stated, exists, configured, observed or
            exercised.
    """
    if not ids or not all(ids):
        raise PlanError(
            "@probe names no requirement",
            remedy='name the ids it answers: @probe("INFRA-PDB-3")',
        )
    known = [step.value for step in Strength if step is not Strength.ATTESTED]
    if strength not in known:
        raise PlanError(
            f'@probe("{ids[0]}") has the unknown strength "{strength}"',
            remedy=f"use one of {', '.join(known)}",
        )
    return getattr(pytest.mark, MARK)(*ids, strength=strength)  # type: ignore[no-any-return]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tie:
    """What a collected test says of itself: the ids it answers, and how well."""

    ids: tuple[str, ...]
    strength: Strength


def tie_of(marks: Iterable[pytest.Mark]) -> Tie | None:
    """Return the tie that `marks` (of one test) make, or None for a plain test."""
    ids: list[str] = []
    strength = Strength.EXERCISED
    for mark in marks:
        ids += [name for name in mark.args if name not in ids]
        strength = Strength(mark.kwargs.get("strength", strength))
    return Tie(ids=tuple(ids), strength=strength) if ids else None


def tie_of_item(item: pytest.Item) -> Tie | None:
    """Return the tie of a collected test.

    On a counter-example a probe answers only the requirement that the
    counter-example is about.
    """
    tie = tie_of(item.iter_markers(MARK))
    parameters = getattr(getattr(item, "callspec", None), "params", {})
    name = parameters.get(COUNTEREXAMPLE)
    return tie if tie is None or name is None else replace(tie, ids=(name,))
