"""A plan in the archive: its outline, for its requirements stand there already."""

from __future__ import annotations

from typing import Any

from pytest_roadmap.model import (
    DocumentText,
    Phase,
    Requirement,
    Roadmap,
    Section,
    Source,
)
from pytest_roadmap.model.jsonable import from_json, to_json, to_lean_json

_Json = dict[str, Any]  # JSON is untyped; only the archive sees it


def outline(roadmap: Roadmap) -> _Json:
    """Return a plan's outline; its requirements stand in `requirements`."""
    phases = [
        {
            "number": phase.number,
            "name": phase.name,
            "sections": [
                {
                    "name": s.name,
                    "line": s.line,
                    "requirements": [r.id for r in s.requirements],
                }
                for s in phase.sections
            ],
        }
        for phase in roadmap.phases
    ]
    plain = {"suite": roadmap.suite, "title": roadmap.title, "root": roadmap.root}
    more = {"source": _source(roadmap.source), "document": to_json(roadmap.document)}
    return plain | {"digest": roadmap.digest, "phases": phases} | more


def _source(source: Source | None) -> _Json | None:
    """Return what the document says; of most lines that is little."""
    if source is None:
        return None
    return {
        "file": source.file,
        "digest": source.digest,
        "lines": [to_lean_json(line) for line in source.lines],
        "remarks": to_json(source.remarks),
    }


def roadmap_of(entry: _Json, known: dict[str, Requirement]) -> Roadmap:
    """Return the plan whose outline is `entry`."""
    phases = []
    for phase in entry["phases"]:
        sections = tuple(
            Section(
                name=s["name"],
                line=s.get("line", 0),
                requirements=tuple(known[i] for i in s["requirements"]),
            )
            for s in phase["sections"]
        )
        phases.append(
            Phase(number=phase["number"], name=phase["name"], sections=sections)
        )
    plain = {name: entry[name] for name in ("suite", "title", "root", "digest")}
    source = entry.get("source") and from_json(Source, entry["source"])
    document = entry.get("document")
    text = None if document is None else from_json(DocumentText, document)
    return Roadmap(phases=tuple(phases), source=source, document=text, **plain)
