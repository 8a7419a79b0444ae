"""findings.jsonl: what a run had seen when it ended, however it ended."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from pytest_roadmap.errors import ReportError
from pytest_roadmap.model import Finding
from pytest_roadmap.model.jsonable import from_json

if TYPE_CHECKING:
    from pathlib import Path

FILE = "findings.jsonl"


def read(path: Path) -> tuple[tuple[Finding, ...], tuple[str, ...]]:
    """Return the findings of a journal, and notes on lines that are none.

    A line that a killed run did not finish costs that line and no other.

    Raises:
        ReportError: The file cannot be read at all.
    """
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise ReportError(
            f"it cannot be read: {error.strerror or error}",
            where=str(path),
            remedy="name the folder of a run, for example reports/runs/latest",
        ) from error
    findings, notes = [], []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            findings.append(from_json(Finding, json.loads(line)))
        except (ValueError, TypeError, RecursionError) as error:
            notes.append(
                f"{FILE} line {number} is no finding and is left out: {error}."
            )
    return tuple(findings), tuple(notes)
