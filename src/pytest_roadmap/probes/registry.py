"""Which probe answers which requirement: derived from the collected tests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_roadmap.model import Strength
from pytest_roadmap.plan.suggestions import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pytest_roadmap.model import Requirement


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """A collected probe.

    `node` is its pytest node id; `function` names the code, which several
    nodes share where it is parametrised; `runs` is false for what the command
    line leaves out.
    """

    node: str
    function: str
    ids: tuple[str, ...]
    strength: Strength = Strength.OBSERVED
    runs: bool = True


def mapping_of(probes: Iterable[Registered]) -> dict[str, tuple[str, ...]]:
    """Return the node ids of the probes of each requirement."""
    found: dict[str, list[str]] = {}
    for entry in probes:
        for name in entry.ids:
            found.setdefault(name, []).append(entry.node)
    return {name: tuple(nodes) for name, nodes in found.items()}


def problems_of(
    probes: Iterable[Registered], requirements: Mapping[str, Requirement]
) -> tuple[str, ...]:
    """Return what is wrong with the ties between probes and plans, in words."""
    problems: list[str] = []
    owners: dict[str, str] = {}
    for entry in probes:
        for name in entry.ids:
            if name not in requirements:
                problems.append(_unknown(entry, name, requirements))
            elif owners.setdefault(name, entry.function) != entry.function:
                problems.append(_twice(entry, name, owners[name]))
    return tuple(dict.fromkeys(problems))


def _unknown(entry: Registered, name: str, known: Iterable[str]) -> str:
    """Return the sentence about an id that no plan has."""
    remedy = did_you_mean(name, known) or "See: pytest-roadmap plan list"
    return f"{entry.function} answers {name}, which no plan asks for. {remedy}"


def _twice(entry: Registered, name: str, first: str) -> str:
    """Return the sentence about an id with two probes."""
    return (
        f"{entry.function} answers {name}, which {first} answers already. "
        "Let one probe answer it, or split the requirement in the plan."
    )
