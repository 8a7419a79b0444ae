"""waivers.yaml → Waivers: accepted failures, each with owner, reason and expiry."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING

from pytest_roadmap.model import Waiver
from pytest_roadmap.plan.suggestions import did_you_mean
from pytest_roadmap.plan.yaml_files import read_yaml

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_roadmap.model import Roadmap
    from pytest_roadmap.plan.nodes import Node

_REQUIRED = ("requirement", "reason", "owner", "approver", "expires")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def read_waivers(path: Path, roadmap: Roadmap) -> tuple[Waiver, ...]:
    """Read the waivers of a suite; a missing file means that there are none.

    Raises:
        PlanError: A waiver lacks something, or is about an unknown id.
    """
    if not path.exists():
        return ()
    root = read_yaml(path)
    fields = root.fields("a waiver file", required=("waivers",))
    known = [requirement.id for requirement in roadmap.requirements()]
    found: dict[tuple[str, str], Waiver] = {}
    for node in fields["waivers"].items("'waivers'"):
        waiver = _waiver(node, known)
        key = waiver.requirement, waiver.scope
        if key in found:
            raise node.error(
                f"{waiver.requirement} is waived already in line {found[key].line}",
                "Keep one of them.",
            )
        found[key] = waiver
    return tuple(found.values())


def _waiver(node: Node, known: list[str]) -> Waiver:
    """Return the waiver that an entry describes."""
    fields = node.fields("a waiver", required=_REQUIRED, optional=("scope",))
    text = {key: value.text(f"{key!r}") for key, value in fields.items()}
    name = text["requirement"]
    if name not in known:
        raise fields["requirement"].error(
            f"the plan has no requirement {name!r}", did_you_mean(name, known)
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
        expires=_date(fields["expires"]),
        scope=text.get("scope", ""),
        line=fields["requirement"].line,
    )


def _date(node: Node) -> dt.date:
    """Return an ISO date; other notations mean different days to different readers."""
    text = node.text("'expires'")
    if _DATE.fullmatch(text):
        try:
            return dt.date.fromisoformat(text)
        except ValueError as error:
            raise node.error(
                f"{text!r} is no day of the calendar: {error}", "Correct the date."
            ) from error
    raise node.error(
        f"{text!r} is no ISO date", "Write year-month-day, such as 2026-03-31."
    )
