"""Probes against plans: unknown ids, ids with two probes, requirements with none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_roadmap.plan.problems import error, notice
from pytest_roadmap.plan.suggestions import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pytest_roadmap.model import Roadmap
    from pytest_roadmap.plan.problems import Problem

    Mapped = Mapping[str, Sequence[str]]


def mapping_problems(roadmap: Roadmap, mapped: Mapped) -> list[Problem]:
    """Return what is wrong with the ties between probes and a plan.

    An id that the plan does not ask, and one that two probes answer, are errors; a
    requirement without probe is a notice.

    Args:
        roadmap: The plan.
        mapped: The probes (node ids) of each requirement id, as collected.
    """
    return [
        *_unknown(roadmap, mapped),
        *_twice(roadmap, mapped),
        *_unmapped(roadmap, mapped),
    ]


def _unknown(roadmap: Roadmap, mapped: Mapped) -> Iterator[Problem]:
    """Yield the ids that the plan does not have."""
    known = [entry.id for entry in roadmap.requirements()]
    for name in sorted(mapped.keys() - set(known)):
        yield error(
            ", ".join(mapped[name]),
            f"answers {name}, which the plan {roadmap.suite!r} does not ask",
            did_you_mean(name, known),
        )


def _twice(roadmap: Roadmap, mapped: Mapped) -> Iterator[Problem]:
    """Yield the requirements that two functions answer (parameters do not count)."""
    for entry in roadmap.requirements():
        functions = {node.partition("[")[0] for node in mapped.get(entry.id, ())}
        if entry.script is not None:
            functions.add(f"the script {entry.script.command[0]}")
        if len(functions) > 1:
            yield error(
                f"{roadmap.root}/plan.yaml:{entry.line}",
                f"{entry.id} is answered by {' and by '.join(sorted(functions))}",
                "Let one probe answer it, or split the requirement.",
            )


def _unmapped(roadmap: Roadmap, mapped: Mapped) -> Iterator[Problem]:
    """Yield the requirements that nothing answers."""
    for entry in roadmap.requirements():
        if not (mapped.get(entry.id) or entry.script or entry.manual):
            yield notice(
                f"{roadmap.root}/plan.yaml:{entry.line}",
                f"{entry.id} has no probe",
                "Write one; suites/README.md says how.",
            )
