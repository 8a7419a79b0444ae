"""The list of requirements: what the script makes rows of, and rows without it.

A row of ten thousand takes the browser longer to read than the rest of the page.
So the script makes the rows that are near the screen, and the others stand in
elements that only a browser without scripts looks into.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from pytest_roadmap.reporting import reading
from pytest_roadmap.reporting.page import data
from pytest_roadmap.reporting.page.words import kind
from pytest_roadmap.reporting.text import one_line

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pytest_roadmap.model import PhaseScore, Result, Scorecard, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A section of a phase: its title, and its rows as text without a script."""

    title: str
    count: int
    rows: Markup


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """The groups by phase, and the data of all their rows in the same order."""

    phases: tuple[tuple[PhaseScore, tuple[Group, ...]], ...]
    data: Markup


def of(scorecard: Scorecard, owners: Mapping[str, str]) -> Listing:
    """Return the list of requirements, each text made harmless only once."""
    excerpts, entries, phases = data.Excerpts(), [], []
    for phase, results in reading.by_phase(scorecard):
        groups = []
        for title, group in _sections(results).items():
            told = [data.entry(result, owners, excerpts) for result in group]
            pairs = zip(group, told, strict=True)
            rows = "\n".join(_row(result.verdict, one) for result, one in pairs)
            marked = Markup(rows)  # noqa: S704 - every text in a row has been escaped
            groups.append(Group(title=title, count=len(group), rows=marked))
            entries += told
        phases.append((phase, tuple(groups)))
    return Listing(phases=tuple(phases), data=data.dumps(entries))


def _sections(results: Sequence[Result]) -> dict[str, list[Result]]:
    """Return a phase's results by section, in the plan's order."""
    found: dict[str, list[Result]] = {}
    for result in results:
        found.setdefault(result.requirement.section, []).append(result)
    return found


def _row(verdict: Verdict, told: data.Entry) -> str:
    """Return a requirement as a row that shows what one can see without opening."""
    flags = "".join(
        f' <i class="flag">{escape(flag.replace("_", " "))}</i>'
        for flag in told.get("flags", ())
    )
    said = told.get("message", "") if verdict.value != "passed" else ""
    if said:
        said = f' <span class="said">{escape(one_line(said, 160))}</span>'
    return (
        f'<p class="row" id="{told["anchor"]}"><span class="verdict {kind(verdict)}">'
        f'<span aria-hidden="true">{reading.SIGNS[verdict]}</span> '
        f'{reading.word(verdict)}</span><span class="what"><b class="id">'
        f"{escape(told['id'])}</b> {escape(told.get('title', ''))}{flags}{said}"
        "</span></p>"
    )
