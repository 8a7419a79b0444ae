"""waivers.yaml → Waivers: accepted failures, each with owner, reason and expiry.

A waiver names the fingerprint of the text that was waived, so that nobody accepts
today what the plan will say tomorrow.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_roadmap.errors import PlanError
from pytest_roadmap.model import Waiver
from pytest_roadmap.model.fingerprint import SHORTEST, fingerprint
from pytest_roadmap.plan.documents import read_text
from pytest_roadmap.plan.suggestions import did_you_mean
from pytest_roadmap.plan.yaml_files import parse_yaml

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_roadmap.model import Requirement, Roadmap
    from pytest_roadmap.plan.documents import Text
    from pytest_roadmap.plan.nodes import Node

FILE = "waivers.yaml"
SHOWN = 16  # hex digits of a fingerprint that a waiver is written with
_REQUIRED = ("requirement", "reason", "owner", "approver", "expires")
_HEX = frozenset("0123456789abcdef")


def read_waivers(path: Path, roadmap: Roadmap) -> tuple[Waiver, ...]:
    """Read the waivers of a suite; a missing file means that there are none.

    Raises:
        PlanError: A waiver lacks something, or is about an unknown id.
    """
    if not path.exists():
        return ()
    entries = waiver_entries(read_text(path), roadmap)
    for entry in entries:
        if isinstance(entry, PlanError):
            raise entry
    return tuple(entry for entry in entries if isinstance(entry, Waiver))


def waiver_entries(source: Text, roadmap: Roadmap) -> list[Waiver | PlanError]:
    """Return each waiver of a file, or what is wrong with it.

    Raises:
        PlanError: The file itself cannot be used.
    """
    root = parse_yaml(source)
    fields = root.fields("a waiver file", required=("waivers",))
    known = {requirement.id: requirement for requirement in roadmap.requirements()}
    found: dict[tuple[str, str], Waiver] = {}
    entries: list[Waiver | PlanError] = []
    for node in fields["waivers"].items("'waivers'"):
        try:
            waiver = _waiver(node, known)
            key = waiver.requirement, waiver.scope
            if key in found:
                raise node.error(
                    f"{waiver.requirement} is waived already in line {found[key].line}",
                    "Keep one of them.",
                )
        except PlanError as error:
            entries.append(error)
        else:
            found[key] = waiver
            entries.append(waiver)
    return entries


def _waiver(node: Node, known: dict[str, Requirement]) -> Waiver:
    """Return the waiver that an entry describes."""
    name = _id(node, known)
    fields = node.fields(
        "a waiver", required=_REQUIRED, optional=("scope", "fingerprint", "issued")
    )
    if "fingerprint" not in fields:
        short = fingerprint(known[name])[:SHOWN]
        raise node.error(
            "a waiver lacks 'fingerprint': nobody can tell which text was waived",
            f"Read what the plan asks today, and add: fingerprint: '{short}'",
        )
    text = {key: value.text(f"{key!r}") for key, value in fields.items()}
    issued, expires = fields.get("issued"), fields["expires"].day("'expires'")
    began = issued.day("'issued'") if issued else None
    if began and began > expires:
        raise fields["expires"].error(
            f"the waiver ends on {expires}, before it was issued ({began})",
            "Exchange the two days.",
        )
    if text["approver"].casefold() == text["owner"].casefold():
        raise fields["approver"].error(
            f"{text['owner']!r} approves their own waiver",
            "Name somebody else as approver.",
        )
    return Waiver(
        requirement=name,
        reason=text["reason"],
        owner=text["owner"],
        approver=text["approver"],
        expires=expires,
        scope=text.get("scope", ""),
        fingerprint=_digits(fields["fingerprint"]),
        line=fields["requirement"].line,
        issued=began,
    )


def _id(node: Node, known: dict[str, Requirement]) -> str:
    """Return the id of a requirement of the plan."""
    fields = node.mapping("a waiver")
    if "requirement" not in fields:
        raise node.error(
            "a waiver lacks 'requirement'", "Add the line 'requirement: …'."
        )
    name = fields["requirement"].text("'requirement'")
    if name not in known:
        raise fields["requirement"].error(
            f"the plan has no requirement {name!r}", did_you_mean(name, known)
        )
    return name


def _digits(node: Node) -> str:
    """Return the hex digits of a fingerprint."""
    text = node.text("'fingerprint'")
    if len(text) < SHORTEST or not set(text) <= _HEX:
        raise node.error(
            f"{text!r} is no fingerprint",
            f"Write at least {SHORTEST} hex digits of it, in quotes.",
        )
    return text
