"""Modules that cannot be imported: their requirements are errors, not unmapped."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_roadmap.model import Finding, Outcome, Strength
from pytest_roadmap.probes.outcomes import LONGEST_MESSAGE

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from pathlib import Path


def findings_of(
    broken: Mapping[str, str],
    root: Path,
    requirements: Iterable[str],
    mapped: Collection[str],
) -> list[Finding]:
    """Return an error for each requirement that a broken module answers.

    Args:
        broken: By node id, pytest's text about what went wrong.
        root: The folder that node ids are relative to.
        requirements: The ids of all plans.
        mapped: Those that have a probe elsewhere.

    The ids are looked for in the module's text, for it has no probes to ask.
    """
    found = []
    names = [name for name in requirements if name not in mapped]
    for node, text in broken.items():
        file = root / node.split("::")[0]
        if not file.is_file():
            continue
        quoted = set(
            re.findall(r"[\"']([^\"'\n]+)[\"']", file.read_text("utf-8", "replace"))
        )
        message = f"its module cannot be used: {reason(text)}"[:LONGEST_MESSAGE]
        found += [error(name, node, message) for name in names if name in quoted]
    return found


def reason(text: str) -> str:
    """Return the line of pytest's text that names the exception."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    named = [line[1:].strip() for line in lines if line.startswith("E ")]
    return (named or lines or ["no reason was given"])[-1]


def error(requirement: str, probe: str, message: str) -> Finding:
    """Return a finding of a probe that could not say anything itself."""
    return Finding(
        requirement=requirement,
        probe=probe,
        outcome=Outcome.ERROR,
        message=message,
        strength=Strength.STATED,
    )
