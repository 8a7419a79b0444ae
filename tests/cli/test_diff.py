from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from pytest_roadmap.cli import main
from pytest_roadmap.reporting import archive
from pytest_roadmap.scoring import score_again

EXAMPLE = Path(__file__).parents[2] / "reports/examples/scorecard.json"


@pytest.fixture
def later(tmp_path):
    """Return the example run after one of its passes got lost."""
    old = archive.read(EXAMPLE)
    results = tuple(
        replace(r, findings=()) if r.requirement.id == "EX-SEC-9" else r
        for r in old.results
    )
    card = replace(old, results=results)
    archive.pytest_roadmap_report(score_again(card), tmp_path)
    return tmp_path


def test_it_says_what_changed_in_words(later, capsys):
    assert main(["diff", str(EXAMPLE), str(later)]) == 0

    out = capsys.readouterr().out
    assert "NO-GO → NO-GO" in out
    assert "phase 2 Security: 12.5 % → 0 % of 8" in out
    assert "became unknown (1)\n  EX-SEC-9  passed → not run" in out
    assert "0 regressed, 1 became unknown, 0 fixed, 0 new, 0 gone" in out.replace(
        "\n", " "
    )
    assert all(len(line) <= 80 for line in out.splitlines())


def test_it_says_what_changed_as_json(later, capsys):
    assert main(["diff", str(EXAMPLE), str(later), "--format", "json"]) == 0

    told = json.loads(capsys.readouterr().out)
    assert told["counts"]["became_unknown"] == 1
    assert told["counts"]["unchanged"] == len(told["requirements"]) - 1
    (moved,) = [m for m in told["requirements"] if m["transition"] != "unchanged"]
    assert (moved["before"], moved["after"]) == ("passed", "not_run")


def test_the_same_run_twice_differs_in_nothing(capsys):
    assert main(["diff", str(EXAMPLE), str(EXAMPLE), "--format", "json"]) == 0

    counts = json.loads(capsys.readouterr().out)["counts"]
    assert {name for name, count in counts.items() if count} == {"unchanged"}


def test_a_file_that_is_no_archive_is_one_clear_error(tmp_path, capsys):
    shutil.copy(EXAMPLE, tmp_path)
    path = tmp_path / "scorecard.json"
    path.write_text(path.read_text()[:-40])

    assert main(["diff", str(EXAMPLE), str(path)]) == 1
    assert f"{path}: it is no complete JSON" in capsys.readouterr().err
