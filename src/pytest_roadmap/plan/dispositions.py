"""The `dispositions` of criteria.yaml: what people took out of the count."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_roadmap.model import Decided, Disposition
from pytest_roadmap.plan.suggestions import did_you_mean

if TYPE_CHECKING:
    from pytest_roadmap.model import Requirement, Roadmap
    from pytest_roadmap.plan.nodes import Node

_REQUIRED = ("requirement", "decided", "reason", "owner", "approver", "expires")
_SHORTEST = 20  # characters of a reason; less explains nothing


def read_dispositions(node: Node, roadmap: Roadmap) -> tuple[Disposition, ...]:
    """Return the dispositions that a list describes.

    Raises:
        PlanError: One lacks something, or is about an unknown id.
    """
    known = {requirement.id: requirement for requirement in roadmap.requirements()}
    found: dict[str, Disposition] = {}
    for item in node.items("'dispositions'"):
        one = _disposition(item, known, [phase.number for phase in roadmap.phases])
        if one.requirement in found:
            line = found[one.requirement].line
            raise item.error(
                f"{one.requirement} is decided already in line {line}", "Keep one."
            )
        found[one.requirement] = one
    return tuple(found.values())


def _disposition(
    node: Node, known: dict[str, Requirement], phases: list[int]
) -> Disposition:
    """Return one disposition."""
    what = "a disposition"
    fields = node.fields(what, required=_REQUIRED, optional=("until_phase",))
    name = fields["requirement"].text("'requirement'")
    if name not in known:
        raise fields["requirement"].error(
            f"the plan has no requirement {name!r}", did_you_mean(name, known)
        )
    decided = fields["decided"].one_of("'decided'", Decided)
    owner, approver = fields["owner"].text("'owner'"), fields["approver"]
    if approver.text("'approver'").casefold() == owner.casefold():
        raise approver.error(
            f"{owner!r} approves what they asked for", "Name somebody else as approver."
        )
    return Disposition(
        requirement=name,
        decided=decided,
        reason=_reason(fields["reason"]),
        owner=owner,
        approver=approver.text("'approver'"),
        expires=fields["expires"].day("'expires'"),
        until_phase=_due(node, fields, decided, known[name], phases),
        line=node.line,
    )


def _reason(node: Node) -> str:
    """Return a reason that explains something."""
    text = node.text("'reason'")
    if len(text) < _SHORTEST:
        raise node.error(
            f"the reason has {len(text)} characters",
            f"Say in at least {_SHORTEST} why it need not hold now.",
        )
    return text


def _due(
    node: Node,
    fields: dict[str, Node],
    decided: Decided,
    asked: Requirement,
    phases: list[int],
) -> int | None:
    """Return the phase in which a deferred requirement is due."""
    stated = fields.get("until_phase")
    if decided is not Decided.DEFERRED:
        if stated is not None:
            raise stated.error(
                f"{asked.id} is {decided.value.replace('_', ' ')} and never due",
                "Remove 'until_phase', or write 'decided: deferred'.",
            )
        return None
    later = [number for number in phases if number > asked.phase]
    number = stated.integer("'until_phase'") if stated else None
    if number not in later:
        names = ", ".join(map(str, later)) or "none"
        raise (stated or node).error(
            f"{asked.id} is of phase {asked.phase} and deferred to no later phase",
            f"Write 'until_phase: …'; later phases of the plan: {names}.",
        )
    return number
