"""A suite's folder → Suite: its plan, criteria, waivers and vocabulary."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_roadmap.errors import PlanError
from pytest_roadmap.model import DocumentText, Phase, Roadmap, Section
from pytest_roadmap.plan.claims import source_of
from pytest_roadmap.plan.criteria import read_criteria
from pytest_roadmap.plan.documents import read_document, read_text
from pytest_roadmap.plan.markdown import read_markdown
from pytest_roadmap.plan.requirements import Place, owner_of, requirement
from pytest_roadmap.plan.suggestions import did_you_mean
from pytest_roadmap.plan.vocabulary import Vocabulary, pairs, phase_vocabulary
from pytest_roadmap.plan.waivers import FILE, read_waivers
from pytest_roadmap.plan.yaml_files import parse_yaml

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_roadmap.model import Criteria, Requirement, Waiver
    from pytest_roadmap.plan.document import Document
    from pytest_roadmap.plan.documents import Text
    from pytest_roadmap.plan.nodes import Node

PLAN = "plan.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """Everything that a suite's folder says before a single probe runs.

    `expected` are the totals per phase that the plan promises; `document` is what the
    user's document says; `notes` are for the report.
    """

    folder: Path
    roadmap: Roadmap
    criteria: Criteria
    waivers: tuple[Waiver, ...]
    document: Document
    expected: tuple[tuple[int, int], ...]
    vocabulary: Vocabulary
    notes: tuple[str, ...] = ()


def find_suites(root: Path, names: Sequence[str] = ()) -> list[Path]:
    """Return the folders of the named suites, of all below `root` without names.

    A name is that of a folder in `root`/suites, or a path to a suite's folder.

    Raises:
        PlanError: There is no such suite, or none at all.
    """
    here = {path.parent.name: path.parent for path in root.glob(f"suites/*/{PLAN}")}
    if not names:
        if not here:
            raise PlanError(
                "there is no suite",
                where=(root / "suites").as_posix(),
                remedy=f"Create suites/<name>/{PLAN}, or run from the project's root.",
            )
        return [here[name] for name in sorted(here)]
    return [_named(root, name, here) for name in dict.fromkeys(names)]


def _named(root: Path, name: str, here: dict[str, Path]) -> Path:
    """Return the folder of one named suite."""
    if name in here:
        return here[name]
    for folder in (Path(name), root / name):
        if (folder / PLAN).is_file():
            return folder
    raise PlanError(
        f"there is no suite {name!r}",
        where=(root / "suites").as_posix(),
        remedy=did_you_mean(name, here) or f"A suite is a folder with a {PLAN}.",
    )


def load_suite(folder: Path, *, waived: bool = True) -> Suite:
    """Read a suite's plan, document, criteria and waivers.

    Args:
        folder: The suite's folder.
        waived: False leaves the waivers out, for who looks at each by itself.

    Raises:
        PlanError: One of the files cannot be used as it is.
    """
    source = read_text(folder / PLAN)
    fields = parse_yaml(source).fields(
        "a plan",
        required=("suite", "title", "document", "expect", "phases"),
        optional=("needs",),
    )
    suite = fields["suite"].text("'suite'")
    _refuse_other_name(fields["suite"], suite, folder)
    nodes = fields["phases"].items("'phases'")
    phases = tuple(_phase(node, suite) for node in nodes)
    roadmap = Roadmap(
        suite=suite,
        title=fields["title"].text("'title'"),
        root=folder.as_posix(),
        digest=source.digest,
        phases=phases,
    )
    _refuse_duplicates(roadmap, source.name)
    text = read_document(folder / fields["document"].text("'document'"))
    document = _document(text)
    behind = source_of(document, text.digest, list(roadmap.requirements()))
    vocabulary = Vocabulary(
        phases=tuple(phase_vocabulary(node) for node in nodes),
        needs=pairs(fields["needs"], "'needs'") if "needs" in fields else (),
    )
    return Suite(
        folder=folder,
        roadmap=replace(_placed(roadmap, document), source=behind),
        criteria=read_criteria(folder / "criteria.yaml", roadmap),
        waivers=read_waivers(folder / FILE, roadmap) if waived else (),
        document=document,
        expected=_expected(fields["expect"], roadmap),
        vocabulary=vocabulary,
        notes=(*source.notes, *text.notes),
    )


def _refuse_other_name(node: Node, suite: str, folder: Path) -> None:
    """Raise a PlanError if the plan and its folder have different names."""
    if suite != folder.resolve().name:
        raise node.error(
            f"the plan calls its suite {suite!r}, its folder {folder.resolve().name!r}",
            "Give both the same name.",
        )


def _document(source: Text) -> Document:
    """Return what a document asks and claims; refuse an empty one."""
    document = read_markdown(source.text, source.name)
    if not document.asks:
        raise PlanError(
            "asks nothing: it has neither phases with sections nor a list",
            where=f"{source.name}:1",
            remedy="Restore the document; a plan without one would judge itself.",
        )
    return document


def _placed(roadmap: Roadmap, document: Document) -> Roadmap:
    """Return the plan with the document's text, and each section with its line."""
    lines = {
        (phase.number, section.name.casefold()): section.line
        for phase in document.phases
        for section in phase.sections
    }
    phases = tuple(
        replace(
            phase,
            sections=tuple(
                replace(s, line=lines.get((phase.number, s.name.casefold()), 0))
                for s in phase.sections
            ),
        )
        for phase in roadmap.phases
    )
    text = DocumentText(name=document.name, text=document.text)
    return replace(roadmap, phases=phases, document=text)


def _phase(node: Node, suite: str) -> Phase:
    """Return one phase with its sections."""
    fields = node.fields(
        "a phase",
        required=("number", "name", "sections"),
        optional=("words", "facts", "owner"),
    )
    number = fields["number"].integer("'number'")
    sections = tuple(
        _section(entry, suite, number, owner_of(fields))
        for entry in fields["sections"].items("'sections'")
    )
    return Phase(number=number, name=fields["name"].text("'name'"), sections=sections)


def _section(node: Node, suite: str, phase: int, owner: str) -> Section:
    """Return one section with its requirements."""
    fields = node.fields(
        "a section", required=("name", "requirements"), optional=("owner",)
    )
    place = Place(
        suite=suite,
        phase=phase,
        section=fields["name"].text("'name'"),
        owner=owner_of(fields, owner),
    )
    entries = fields["requirements"].items("'requirements'")
    if not entries:
        raise fields["requirements"].error(
            f"the section {place.section!r} asks nothing",
            "Write its requirements, or remove the section.",
        )
    return Section(
        name=place.section,
        requirements=tuple(requirement(entry, place) for entry in entries),
    )


def _refuse_duplicates(roadmap: Roadmap, name: str) -> None:
    """Raise a PlanError at the first id, phase or section that is there twice."""
    numbers = [phase.number for phase in roadmap.phases]
    for number in numbers:
        if numbers.count(number) > 1:
            raise PlanError(
                f"phase {number} is there twice", where=name, remedy="Merge."
            )
    seen: dict[str, Requirement] = {}
    for entry in roadmap.requirements():
        if entry.id in seen:
            first = seen[entry.id].line
            raise PlanError(
                f"the id {entry.id} is there twice, first in line {first}",
                where=f"{name}:{entry.line}",
                remedy="Give the later one a new id; ids are never used again.",
            )
        seen[entry.id] = entry
    if not seen:
        raise PlanError(
            "asks nothing: it has no requirement",
            where=name,
            remedy="Write its phases, sections and requirements.",
        )


def _expected(node: Node, roadmap: Roadmap) -> tuple[tuple[int, int], ...]:
    """Return the promised totals, and refuse a plan that does not keep them.

    A requirement that was deleted must not make a phase easier to pass.
    """
    counts = {phase.number: len(list(phase.requirements())) for phase in roadmap.phases}
    totals: dict[int, int] = {}
    for key, value in node.mapping("'expect'").items():
        if not key.isdecimal() or int(key) not in counts:
            raise value.error(
                f"'expect' names the phase {key!r}, which the plan does not have",
                f"The plan has the phases {', '.join(map(str, counts))}.",
            )
        totals[int(key)] = value.integer(f"the total of phase {key}")
        if totals[int(key)] != counts[int(key)]:
            raise value.error(
                f"phase {key} should have {totals[int(key)]} requirements, "
                f"the plan has {counts[int(key)]}",
                "Restore what was deleted, or correct the total with the document's.",
            )
    for number in counts.keys() - totals.keys():
        raise node.error(f"'expect' lacks phase {number}", "Add its total.")
    return tuple(totals.items())
