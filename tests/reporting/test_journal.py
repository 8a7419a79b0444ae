from __future__ import annotations

import json

import pytest

from pytest_roadmap.errors import ReportError
from pytest_roadmap.model.jsonable import to_json
from pytest_roadmap.reporting import journal


def test_a_line_that_was_cut_off_costs_only_itself(card, tmp_path):
    findings = card.results[2].findings
    lines = [json.dumps(to_json(finding)) for finding in findings]
    path = tmp_path / "findings.jsonl"
    path.write_text(f"{lines[0]}\n\n{{}}\n{lines[1]}\n{lines[1][:40]}")

    read, notes = journal.read(path)

    assert read == findings
    assert [note.split(" is no finding")[0] for note in notes] == [
        "findings.jsonl line 3",
        "findings.jsonl line 5",
    ]


def test_a_journal_that_is_not_there_is_told(tmp_path):
    with pytest.raises(ReportError, match=r"findings.jsonl: it cannot be read"):
        journal.read(tmp_path / "findings.jsonl")
