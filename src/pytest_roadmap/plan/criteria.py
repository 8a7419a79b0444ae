"""criteria.yaml → Criteria: which share of each phase must pass.

Thresholds are exact: `95 %` is 19/20.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING

from pytest_roadmap.model import Criteria, Criterion, Policy
from pytest_roadmap.plan.suggestions import did_you_mean
from pytest_roadmap.plan.yaml_files import read_yaml

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_roadmap.model import Roadmap
    from pytest_roadmap.plan.nodes import Node

_PERCENT = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)\s*%", re.ASCII)


def read_criteria(path: Path, roadmap: Roadmap) -> Criteria:
    """Read the criteria of a suite.

    Raises:
        PlanError: A phase or an id is unknown, a threshold is no share, …
    """
    root = read_yaml(path)
    fields = root.fields("a criteria file", required=("phases",), optional=("policy",))
    found: dict[int, Criterion] = {}
    for node in fields["phases"].items("'phases'"):
        criterion = _criterion(node, roadmap)
        if criterion.phase in found:
            raise node.error(
                f"phase {criterion.phase} has a criterion already", "Keep one of them."
            )
        found[criterion.phase] = criterion
    policy = _policy(fields["policy"]) if "policy" in fields else Policy()
    return Criteria(phases=tuple(found.values()), policy=policy)


def _criterion(node: Node, roadmap: Roadmap) -> Criterion:
    """Return the criterion of one phase."""
    fields = node.fields(
        "a criterion",
        required=("phase", "threshold"),
        optional=("sentence", "must_hold"),
    )
    number = fields["phase"].integer("'phase'")
    phases = [phase.number for phase in roadmap.phases]
    if number not in phases:
        raise fields["phase"].error(
            f"there is no phase {number}",
            f"The plan has the phases {', '.join(map(str, phases))}.",
        )
    return Criterion(
        phase=number,
        threshold=share(fields["threshold"]),
        sentence=fields["sentence"].text("'sentence'") if "sentence" in fields else "",
        must_hold=_ids(fields["must_hold"], roadmap)
        if "must_hold" in fields
        else frozenset(),
    )


def share(node: Node) -> Fraction:
    """Return the exact share that a text such as `95 %` or `99.9 %` names."""
    remedy = "Write a percentage such as '95 %'."
    if not isinstance(node.value, str):
        raise node.error(
            f"the threshold {node.value!r} could be a share or a percentage"
            if isinstance(node.value, (int, float))
            else "the threshold is no percentage",
            remedy,
        )
    match = _PERCENT.fullmatch(node.value.strip())
    if match is None:
        raise node.error(f"the threshold {node.value!r} is no percentage", remedy)
    value = Fraction(match[1]) / 100
    if value > 1:
        raise node.error(
            f"the threshold {node.value!r} is over 100 %",
            "Nothing can reach it; write at most '100 %'.",
        )
    return value


def _ids(node: Node, roadmap: Roadmap) -> frozenset[str]:
    """Return the listed requirement ids, all of which the plan has."""
    known = [requirement.id for requirement in roadmap.requirements()]
    for item in node.items("'must_hold'"):
        text = item.text("an entry of 'must_hold'")
        if text not in known:
            raise item.error(
                f"the plan has no requirement {text!r}", did_you_mean(text, known)
            )
    return frozenset(node.words("'must_hold'"))


def _policy(node: Node) -> Policy:
    """Return what the suite decides about waivers."""
    fields = node.fields("'policy'", optional=("waivers_count", "waiver_warning_days"))
    default = Policy()
    count, days = fields.get("waivers_count"), fields.get("waiver_warning_days")
    warning = days.integer("'waiver_warning_days'") if days else None
    if days and warning is not None and warning < 0:
        raise days.error("'waiver_warning_days' is negative", "Write 0 or more days.")
    return Policy(
        waivers_count=count.flag("'waivers_count'") if count else default.waivers_count,
        waiver_warning_days=default.waiver_warning_days if warning is None else warning,
    )
