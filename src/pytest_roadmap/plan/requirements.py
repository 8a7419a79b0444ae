"""One entry of a plan's requirement list → Requirement."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from pytest_roadmap.model import Claim, Isolation, Limit, Requirement, Script, Strength

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_roadmap.plan.nodes import Node

W = TypeVar("W", Strength, Isolation, Claim)

ID = re.compile(r"[A-Z][A-Z0-9]*(-[A-Z0-9]+)+", re.ASCII)

_REQUIRED = ("id", "title")
_SENTENCES = ("topic", "given", "when", "then", "counter_example", "shares")
_OPTIONAL = (
    *_SENTENCES,
    "limits",
    "strength",
    "isolation",
    "needs",
    "seconds",
    "claim",
    "manual",
    "script",
    "quote",
    "owner",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where in the plan an entry stands, and who owns what stands there."""

    suite: str
    phase: int
    section: str
    owner: str = ""


def requirement(node: Node, place: Place) -> Requirement:
    """Return the Requirement that an entry of the plan describes.

    Raises:
        PlanError: A field is missing, unknown or of another kind.
    """
    fields = node.fields("a requirement", required=_REQUIRED, optional=_OPTIONAL)
    name = _id(fields["id"])
    manual = fields["manual"].flag("'manual'") if "manual" in fields else False
    sentences = {
        key: fields[key].text(f"{key!r} of {name}")
        for key in _SENTENCES
        if key in fields
    }
    return Requirement(
        id=name,
        suite=place.suite,
        phase=place.phase,
        section=place.section,
        topic=sentences.get("topic", ""),
        title=fields["title"].text(f"'title' of {name}"),
        given=sentences.get("given", ""),
        when=sentences.get("when", ""),
        then=sentences.get("then", ""),
        counter_example=sentences.get("counter_example", ""),
        shares=sentences.get("shares", ""),
        limits=_limits(fields["limits"]) if "limits" in fields else (),
        strength=_strength(fields, manual=manual),
        isolation=_word(fields, "isolation", Isolation.READ),
        needs=fields["needs"].words("'needs'") if "needs" in fields else (),
        seconds=_seconds(fields["seconds"], "seconds") if "seconds" in fields else 0.0,
        claim=_word(fields, "claim", Claim.NONE),
        manual=manual,
        script=_script(fields["script"]) if "script" in fields else None,
        quote=fields["quote"].text(f"'quote' of {name}") if "quote" in fields else "",
        owner=owner_of(fields, place.owner),
        line=fields["id"].line,
    )


def owner_of(fields: Mapping[str, Node], above: str = "") -> str:
    """Return who owns a part of the plan: who is named there, else who is above."""
    return fields["owner"].text("'owner'") if "owner" in fields else above


def _id(node: Node) -> str:
    """Return a well-formed id."""
    text = node.text("'id'")
    if not ID.fullmatch(text):
        raise node.error(
            f"the id {text!r} is not well formed",
            "Write capital letters, digits and dashes, such as INFRA-PDB-3.",
        )
    return text


def _word(fields: dict[str, Node], key: str, default: W) -> W:
    """Return a field that is one of an enum's words."""
    return fields[key].one_of(key, type(default)) if key in fields else default


def _strength(fields: dict[str, Node], *, manual: bool) -> Strength:
    """Return how strongly the requirement must be tested.

    People's words are as strong as `attested`; what is stronger needs a probe,
    and what a probe finds out is never an attestation.
    """
    default = Strength.ATTESTED if manual else Strength.OBSERVED
    strength = _word(fields, "strength", default)
    if strength is Strength.ATTESTED and not manual:
        raise fields["strength"].error(
            "only a manual requirement is attested", "Add 'manual: true'."
        )
    return strength


def _seconds(node: Node, what: str) -> float:
    """Return a duration that is not negative."""
    value = node.number(f"{what!r}")
    if value < 0:
        raise node.error(f"{what!r} is negative", "Write a duration in seconds.")
    return value


def _limits(node: Node) -> tuple[Limit, ...]:
    """Return the bounds of each limited number."""
    return tuple(_limit(name, n) for name, n in node.mapping("'limits'").items())


def _limit(name: str, node: Node) -> Limit:
    """Return the bounds of one number, which must leave something between them."""
    what = f"the limit {name!r}"
    fields = node.fields(what, optional=("at_least", "at_most"))
    if not fields:
        raise node.error(f"{what} bounds nothing", "Write at_least, at_most or both.")
    low, high = (
        fields[key].number(f"{key} of {name!r}") if key in fields else None
        for key in ("at_least", "at_most")
    )
    if low is not None and high is not None and low > high:
        raise node.error(
            f"{what} admits no value: at_least {low:g} is above at_most {high:g}",
            "Exchange the two numbers.",
        )
    return Limit(name=name, at_least=low, at_most=high)


def _script(node: Node) -> Script:
    """Return the executable that serves as the requirement's probe."""
    fields = node.fields(
        "'script'", required=("command",), optional=("timeout_seconds",)
    )
    command = fields["command"]
    if isinstance(command.value, str):
        words = _split(command)
    else:
        words = command.words("'command'")
    if not words:
        raise command.error("'command' is empty", "Name the executable.")
    if "timeout_seconds" not in fields:
        return Script(command=words)
    timeout = _seconds(fields["timeout_seconds"], "timeout_seconds")
    return Script(command=words, timeout_s=timeout)


def _split(node: Node) -> tuple[str, ...]:
    """Return a command line's words, quoted as in a shell."""
    try:
        return tuple(shlex.split(node.text("'command'")))
    except ValueError as error:
        raise node.error(f"'command' cannot be split: {error}", "Close it.") from error
