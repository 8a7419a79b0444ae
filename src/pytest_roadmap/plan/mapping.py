"""Probes against plans: ids that nobody asked for, requirements that nobody probes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_roadmap.plan.problems import error, notice
from pytest_roadmap.plan.suggestions import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pytest_roadmap.model import Roadmap
    from pytest_roadmap.plan.problems import Problem


def mapping_problems(
    roadmap: Roadmap, mapped: Mapping[str, Sequence[str]]
) -> list[Problem]:
    """Return the ids that the plan does not have, and the requirements without probe.

    Args:
        roadmap: The plan.
        mapped: The probes (node ids) of each requirement id, as collected.
    """
    requirements = {
        requirement.id: requirement for requirement in roadmap.requirements()
    }
    unknown = [
        error(
            ", ".join(nodes),
            f"answers {name}, which the plan {roadmap.suite!r} does not ask",
            did_you_mean(name, requirements),
        )
        for name, nodes in mapped.items()
        if name not in requirements
    ]
    unmapped = [
        notice(
            f"{roadmap.root}/plan.yaml:{requirement.line}",
            f"{name} has no probe",
            "Write one; suites/README.md says how.",
        )
        for name, requirement in requirements.items()
        if not mapped.get(name)
        and requirement.script is None
        and not requirement.manual
    ]
    return unknown + unmapped
