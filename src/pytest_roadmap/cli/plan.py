"""`pytest-roadmap plan`: what is asked, what is wrong with it, what an id means."""

from __future__ import annotations

import importlib
import importlib.util
import json
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_roadmap.cli._plan_drift import add_drift
from pytest_roadmap.errors import PlanError
from pytest_roadmap.model.jsonable import to_json
from pytest_roadmap.plan import (
    Severity,
    find_suites,
    lint,
    load_suite,
    mapping_problems,
)
from pytest_roadmap.plan.explaining import explanation
from pytest_roadmap.plan.listing import listing
from pytest_roadmap.plan.probes_index import by_requirement, index_probes
from pytest_roadmap.plan.suggestions import did_you_mean

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence

    from rich.console import Console, RenderableType

    from pytest_roadmap.plan import Problem, Suite
    from pytest_roadmap.plan.explaining import Explanation
    from pytest_roadmap.plan.listing import Listed

LATEST = Path("reports/runs/latest/scorecard.json")
SEEN = "pytest_roadmap.probes.seen"


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `plan list`, `plan lint`, `plan explain` and `plan drift`."""
    top = commands.add_parser("plan", help="what is asked: list, lint, explain, drift")
    actions = top.add_subparsers(metavar="ACTION", required=True)
    lister = actions.add_parser("list", help="every requirement and its probes")
    lister.add_argument("--phase", type=int, action="append", metavar="N", default=[])
    lister.set_defaults(run=list_plan)
    linter = actions.add_parser("lint", help="hold the plan against its document")
    linter.set_defaults(run=lint_plan)
    explainer = actions.add_parser("explain", help="one requirement in full")
    explainer.add_argument("id", metavar="ID")
    explainer.set_defaults(run=explain)
    add_drift(actions)
    for action in (lister, linter, explainer):
        action.add_argument("--suite", action="append", metavar="SUITE", default=[])
        action.add_argument("--format", choices=("text", "json"), default="text")


def list_plan(options: argparse.Namespace) -> int:
    """Print every requirement with its probes."""
    suites = _suites(options)
    numbers = sorted({phase.number for s in suites for phase in s.roadmap.phases})
    for number in options.phase:
        if number not in numbers:
            raise PlanError(
                f"there is no phase {number}",
                where="--phase",
                remedy=f"There are the phases {', '.join(map(str, numbers))}.",
            )
    entries = [
        entry
        for suite in suites
        for entry in listing(suite, Path.cwd(), _seen)
        if not options.phase or entry.requirement.phase in options.phase
    ]
    if options.format == "json":
        _print_json([_row(entry) for entry in entries])
    else:
        _print_list(suites, entries)
    return 0


def lint_plan(options: argparse.Namespace) -> int:
    """Print the problems of the plans; the exit status is 1 if one is an error."""
    found = [(suite, _problems(suite)) for suite in _suites(options)]
    if options.format == "json":
        _print_json([_report(suite, problems) for suite, problems in found])
    else:
        for suite, problems in found:
            _print_problems(suite, problems)
    errors = [p for _, many in found for p in many if p.severity is Severity.ERROR]
    return 1 if errors else 0


def explain(options: argparse.Namespace) -> int:
    """Print one requirement in full: words, limits, probes, last result, remedy."""
    suites = _suites(options)
    for suite in suites:
        for entry in listing(suite, Path.cwd(), _seen):
            if entry.requirement.id == options.id:
                told = explanation(suite, entry, Path(), LATEST)
                if options.format == "json":
                    _print_json(_told(told))
                else:
                    _print_explanation(told)
                return 0
    known = [entry.id for suite in suites for entry in suite.roadmap.requirements()]
    raise PlanError(
        f"there is no requirement {options.id!r}",
        where="plan explain",
        remedy=did_you_mean(options.id, known) or "See: pytest-roadmap plan list",
    )


def _suites(options: argparse.Namespace) -> list[Suite]:
    """Return the suites that the command line names, or all."""
    return [load_suite(folder) for folder in find_suites(Path(), options.suite)]


def _seen(folder: Path, name: str) -> tuple[bool, bool]:
    """Tell whether an id's probe, as it is now, was seen to pass and to fail."""
    if importlib.util.find_spec(SEEN) is None:
        return False, False
    passing, failing = importlib.import_module(SEEN).seen_state(folder, name)
    return bool(passing), bool(failing)


def _problems(suite: Suite) -> list[Problem]:
    """Return the problems of a plan, and of the ties between it and its probes.

    A requirement without probe is none: a plan is written before its probes.
    """
    index = by_requirement(index_probes(Path.cwd(), suite.folder))
    nodes = {name: [probe.node for probe in probes] for name, probes in index.items()}
    ties = mapping_problems(suite.roadmap, nodes)
    return [*lint(suite), *(tie for tie in ties if tie.severity is Severity.ERROR)]


def _summary(suite: Suite) -> str:
    """Return the size of a suite's plan in words."""
    phases = suite.roadmap.phases
    totals = [sum(1 for _ in phase.requirements()) for phase in phases]
    sections = sum(len(phase.sections) for phase in phases)
    return (
        f"{suite.roadmap.suite}: {sum(totals)} requirements "
        f"({'/'.join(map(str, totals))}) in {sections} sections of {len(phases)} phases"
    )


# --- JSON ---------------------------------------------------------------------------


def _print_json(data: object) -> None:
    """Print plain JSON values."""
    print(json.dumps(data, ensure_ascii=False, indent=2))


def _row(entry: Listed) -> dict[str, object]:
    """Return a requirement and its probes as plain JSON values."""
    fields: dict[str, object] = to_json(entry.requirement)
    return {
        **fields,
        "probes": list(entry.probes),
        "places": list(entry.places),
        "seen_passing": entry.seen_passing,
        "seen_failing": entry.seen_failing,
    }


def _report(suite: Suite, problems: Sequence[Problem]) -> dict[str, object]:
    """Return the problems of a suite as plain JSON values."""
    counts = dict.fromkeys(Severity, 0)
    for problem in problems:
        counts[problem.severity] += 1
    return {
        "suite": suite.roadmap.suite,
        "summary": _summary(suite),
        "errors": counts[Severity.ERROR],
        "notices": counts[Severity.NOTICE],
        "problems": to_json(list(problems)),
    }


def _told(told: Explanation) -> dict[str, object]:
    """Return an explanation as plain JSON values."""
    fields: dict[str, object] = to_json(told)
    fields.pop("listed")
    return {**_row(told.listed), **fields}


# --- text ---------------------------------------------------------------------------


def _console() -> Console:
    """Return a console for plain words, which are never markup."""
    rich = importlib.import_module("rich.console")
    console: Console = rich.Console(markup=False, highlight=False, emoji=False)
    return console


def _columns(rows: Sequence[tuple[str, ...]], *, ratio: int) -> RenderableType:
    """Return rows in columns, of which the one at `ratio` takes the room left."""
    table = importlib.import_module("rich.table")
    text = importlib.import_module("rich.text")
    grid = table.Table.grid(padding=(0, 1))
    for index in range(len(rows[0]) if rows else 0):
        grid.add_column(ratio=1 if index == ratio else None, no_wrap=index != ratio)
    for row in rows:
        grid.add_row(*(text.Text(cell) for cell in row))
    shown: RenderableType = grid
    return shown


def _print_list(suites: Sequence[Suite], entries: Sequence[Listed]) -> None:
    """Print requirements by phase and section, four marks before each."""
    console = _console()
    console.print("p: has a probe   +: seen to pass   -: seen to fail on purpose")
    for suite in suites:
        for phase in suite.roadmap.phases:
            for section in phase.sections:
                ids = {requirement.id for requirement in section.requirements}
                found = [entry for entry in entries if entry.requirement.id in ids]
                rows = [_line(entry) for entry in found]
                if rows:
                    title = f"{phase.number} {phase.name} · {section.name}"
                    console.print(f"\n{title} ({len(rows)})", style="bold")
                    console.print(_columns(rows, ratio=2))
    probed = sum(bool(entry.probes) for entry in entries)
    console.print(f"\n{len(entries)} requirements, {probed} with a probe")


def _line(entry: Listed) -> tuple[str, str, str]:
    """Return a requirement as marks, id and sentence."""
    marks = (
        ("p" if entry.probes else "·")
        + ("+" if entry.seen_passing else "·")
        + ("-" if entry.seen_failing else "·")
    )
    return marks, entry.requirement.id, entry.requirement.title


def _print_problems(suite: Suite, problems: Sequence[Problem]) -> None:
    """Print the problems of a suite, errors first, and its size."""
    console = _console()
    for problem in sorted(problems, key=lambda problem: problem.severity):
        text = f"{problem.severity}: {problem.where}: {problem.what}"
        remedy = f"\n  → {problem.remedy}" if problem.remedy else ""
        console.print(f"{text}{remedy}", soft_wrap=True)
    counts = _report(suite, problems)
    console.print(
        f"{_summary(suite)}; {counts['errors']} errors, {counts['notices']} notices",
        soft_wrap=True,
    )


def _print_explanation(told: Explanation) -> None:
    """Print an explanation as labelled paragraphs."""
    console = _console()
    entry = told.listed.requirement
    console.print(f"{entry.id}  {entry.title}", style="bold")
    console.print(_columns(list(_paragraphs(told)), ratio=1))


def _paragraphs(told: Explanation) -> Iterator[tuple[str, str]]:
    """Yield the labels and texts of an explanation, empty ones left out."""
    entry, listed = told.listed.requirement, told.listed
    limits = "\n".join(f"{limit.name} {limit}" for limit in entry.limits)
    seen = ("was" if listed.seen_passing else "not yet", listed.seen_failing)
    last = told.last
    pairs = [
        ("section", f"{entry.section} (phase {entry.phase}, suite {entry.suite})"),
        ("topic", entry.topic),
        ("given", entry.given),
        ("when", entry.when),
        ("then", entry.then),
        ("limits", limits),
        ("must fail on", entry.counter_example),
        ("", told.counter_example_file),
        ("owner", entry.owner),
        ("strength", f"at least {entry.strength}"),
        ("isolation", entry.isolation.value),
        *(("needs", f"{need.name}: {need.meaning}") for need in told.needs),
        *(("word", f"{word.name}: {word.meaning}") for word in told.words),
        ("fact", f"{told.fact.name}: {told.fact.meaning}" if told.fact else ""),
        ("with", ", ".join(told.shared_with)),
        *(("probe", place) for place in listed.places or ("none",)),
        ("seen to pass", seen[0]),
        ("seen to fail", "was" if seen[1] else "not yet"),
        ("last result", f"{last.verdict}: {last.message}" if last else "none"),
        ("next", told.remedy),
    ]
    yield from (pair for pair in pairs if pair[1])
