"""The suites of a run, and what the options select of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from pytest_roadmap.errors import PlanError
from pytest_roadmap.model import Isolation
from pytest_roadmap.plan import find_suites, load_suite
from pytest_roadmap.plan.suggestions import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from pytest_roadmap.model import Requirement, Roadmap
    from pytest_roadmap.plan import Suite
    from pytest_roadmap.running.options import Options


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """All requirements of the run (`requirements`), and which are to be run.

    `gate` holds the (suite, phase) pairs that are judged; None means all.
    """

    suites: tuple[Suite, ...]
    requirements: dict[str, Requirement]
    wanted: frozenset[str]
    gate: frozenset[tuple[str, int]] | None

    @property
    def roadmaps(self) -> tuple[Roadmap, ...]:
        """The plans of the suites."""
        return tuple(suite.roadmap for suite in self.suites)

    def folder_of(self, requirement: str) -> Path:
        """Return the folder of the suite that asks for `requirement`."""
        name = self.requirements[requirement].suite
        return next(s.folder for s in self.suites if s.roadmap.suite == name)

    def needs_cluster(self, ids: Iterable[str]) -> bool:
        """Tell whether a probe of these requirements needs a cluster."""
        return any(
            self.requirements[name].isolation is not Isolation.STATIC for name in ids
        )


def ask(root: Path, options: Options) -> Asked:
    """Load the suites that `options` name and select from them.

    Raises:
        PlanError: A suite cannot be used.
        pytest.UsageError: An option names what no plan has.
    """
    suites = tuple(load_suite(folder) for folder in find_suites(root, options.suites))
    requirements = _by_id(suites)
    gate = _gate(suites, options.phases)
    _refuse_unknown(requirements, options)
    wanted = frozenset(
        name
        for name, requirement in requirements.items()
        if _selected(requirement, gate, options)
    )
    if not wanted:
        raise pytest.UsageError(
            "no requirement is left by --roadmap-phase, --roadmap-section and "
            "--roadmap-id together\n  → leave one of them out"
        )
    return Asked(suites=suites, requirements=requirements, wanted=wanted, gate=gate)


def _by_id(suites: Iterable[Suite]) -> dict[str, Requirement]:
    """Return the requirements of all suites by id, each id once."""
    found: dict[str, Requirement] = {}
    for suite in suites:
        for requirement in suite.roadmap.requirements():
            first = found.setdefault(requirement.id, requirement)
            if first is not requirement:
                raise PlanError(
                    f"{requirement.id} is asked by two suites: {first.suite} and "
                    f"{requirement.suite}",
                    where=f"{suite.folder / 'plan.yaml'}:{requirement.line}",
                    remedy="give one of them another id",
                )
    return found


def _gate(
    suites: tuple[Suite, ...], numbers: frozenset[int]
) -> frozenset[tuple[str, int]] | None:
    """Return the phases that are judged, by suite and number."""
    if not numbers:
        return None
    pairs = {
        (suite.roadmap.suite, phase.number)
        for suite in suites
        for phase in suite.roadmap.phases
    }
    for number in sorted(numbers):
        if not any(number == known for _, known in pairs):
            known = ", ".join(str(n) for n in sorted({n for _, n in pairs}))
            message = f"--roadmap-phase: no suite has a phase {number}"
            raise pytest.UsageError(f"{message}\n  → use one of {known}")
    return frozenset(pair for pair in pairs if pair[1] in numbers)


def _refuse_unknown(requirements: dict[str, Requirement], options: Options) -> None:
    """Raise a UsageError for ids and sections that no plan has."""
    sections = {r.section.casefold(): r.section for r in requirements.values()}
    for name in options.ids:
        if name not in requirements:
            raise _unknown("--roadmap-id", name, requirements)
    for name in options.sections:
        if name.casefold() not in sections:
            raise _unknown("--roadmap-section", name, sections.values())


def _unknown(option: str, name: str, known: Iterable[str]) -> pytest.UsageError:
    """Return the error about `name`, with what was probably meant."""
    remedy = did_you_mean(name, known) or "see: pytest-roadmap plan list"
    return pytest.UsageError(f"{option}: no plan has {name!r}\n  → {remedy}")


def _selected(
    requirement: Requirement,
    gate: frozenset[tuple[str, int]] | None,
    options: Options,
) -> bool:
    """Tell whether the options leave `requirement` among those to run."""
    if gate is not None and (requirement.suite, requirement.phase) not in gate:
        return False
    names = {name.casefold() for name in options.sections}
    if names and requirement.section.casefold() not in names:
        return False
    return not options.ids or requirement.id in options.ids
