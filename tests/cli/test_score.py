from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from pytest_roadmap.cli import main
from pytest_roadmap.model.jsonable import to_json
from pytest_roadmap.reporting import archive
from pytest_roadmap.scoring import score_again

EXAMPLES = Path(__file__).parents[2] / "reports/examples"
ARCHIVE = str(EXAMPLES / "scorecard.json")


@pytest.fixture
def run(tmp_path):
    shutil.copy(ARCHIVE, tmp_path)
    return tmp_path


def test_score_says_the_decision_in_words_and_in_its_status(capsys):
    assert main(["score", ARCHIVE]) == 10
    assert capsys.readouterr().out.endswith("NO-GO  4 of 14 requirements passed\n")


def test_score_takes_a_runs_folder_and_prints_json(capsys):
    assert main(["score", str(EXAMPLES), "--format", "json"]) == 10
    assert capsys.readouterr().out == Path(ARCHIVE).read_text()


def test_on_a_later_day_the_waiver_has_expired(capsys):
    main(["score", ARCHIVE, "--at", "2026-03-20"])
    assert "expired" not in capsys.readouterr().out

    main(["score", ARCHIVE, "--at", "2026-03-21"])
    out = capsys.readouterr().out
    assert "The waiver of EX-SEC-1 is ignored: it expired on 2026-03-20." in out


def test_other_criteria_make_another_decision(tmp_path, capsys):
    criteria = tmp_path / "criteria.yaml"
    criteria.write_text('phases:\n  - {phase: 1, threshold: "50 %"}\n')

    assert main(["score", ARCHIVE, "--criteria", str(criteria)]) == 0
    assert "CONDITIONAL" in capsys.readouterr().out
    assert main(["score", ARCHIVE, "--criteria", str(criteria), "--strict"]) == 12


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--at", "2015/10/21"], "--at: '2015/10/21' is no date\n  → write it as 2026"),
        (["--at", "20151021"], "--at: '20151021' is no date"),
        (["--at", "2015-W43-3"], "--at: '2015-W43-3' is no date"),
        (["--at", "0001-01-01T00:00+14:00"], "--at: '0001-01-01T00:00+14:00' is no"),
        (["--baseline", "gone.json"], "gone.json: it cannot be read: No such file"),
        (["--criteria", "x", "--suite", "y"], "--criteria: the archive has the suites"),
    ],
)
def test_a_wrong_option_is_one_clear_error(arguments, message, capsys):
    assert main(["score", ARCHIVE, *arguments]) == 1
    assert capsys.readouterr().err.startswith(f"pytest-roadmap: {message}")


def test_report_makes_every_report_again(run, capsys):
    assert main(["report", str(run)]) == 0

    told = "".join(capsys.readouterr().out.split())  # a long path is wrapped
    assert f"Reports:{run}" in told
    names = sorted(path.name for path in run.iterdir())
    assert names == sorted(
        path.name for path in EXAMPLES.iterdir() if path.name != "terminal.txt"
    )
    assert (run / "summary.md").read_bytes() == (EXAMPLES / "summary.md").read_bytes()


def test_an_archive_that_is_complete_keeps_its_bytes(run):
    file = run / "scorecard.json"
    as_another_version_wrote_it = json.dumps(json.loads(file.read_text()), indent=3)
    file.write_text(as_another_version_wrote_it)

    assert main(["report", str(run)]) == 0

    assert file.read_text() == as_another_version_wrote_it, "people have signed it"


def test_report_adds_what_only_the_journal_has(run):
    old = archive.read(run / "scorecard.json")
    asked = next(r for r in old.results if r.requirement.id == "EX-SEC-10")
    like = next(r for r in old.results if r.requirement.id == "EX-SEC-9").findings[0]
    seen = to_json(like) | {"requirement": "EX-SEC-10", "probe": asked.probes[0]}
    (run / "findings.jsonl").write_text(f'{json.dumps(seen)}\n{{"requirem')

    assert main(["report", str(run)]) == 0

    card = archive.read(run / "scorecard.json")
    after = {r.requirement.id: r.verdict.value for r in card.results}
    assert after["EX-SEC-10"] == "passed"
    assert after["EX-MON-1"] == "not_run"
    assert card.notes[-1].startswith("findings.jsonl line 2 is no finding")


def test_a_later_finding_replaces_what_was_feared(run):
    """An archive may hold the fear that a probe died; the journal knows better."""
    old = archive.read(run / "scorecard.json")
    feared = next(r for r in old.results if r.requirement.id == "EX-SEC-2").findings[0]
    seen = to_json(feared) | {"outcome": "passed", "message": ""}
    (run / "findings.jsonl").write_text(f"{json.dumps(seen)}\n")

    main(["report", str(run)])

    card = archive.read(run / "scorecard.json")
    (result,) = [r for r in card.results if r.requirement.id == "EX-SEC-2"]
    assert (result.verdict, result.attempts) == ("passed", 1)


def test_a_criterion_may_compare_with_earlier_runs(tmp_path, capsys):
    criteria = tmp_path / "criteria.yaml"
    rule = 'regression: {allowed: "10 %", repeats: 2}'
    criteria.write_text(f'phases:\n  - {{phase: 1, threshold: "50 %", {rule}}}\n')
    base = ["score", ARCHIVE, "--criteria", str(criteria), "--format", "json"]

    main(base)
    alone = json.loads(capsys.readouterr().out)
    assert "none was named: --baseline" in " ".join(alone["notes"])
    (first, *_) = alone["requirements"]
    assert first["verdict"] == "inconclusive"
    assert first["message"] == "seconds_to_ready: 0 baseline values, 2 needed"

    main([*base, "--baseline", ARCHIVE, "--baseline", str(EXAMPLES)])
    (first, *_) = json.loads(capsys.readouterr().out)["requirements"]
    # one run is one run, however often it is named
    assert first["message"] == "seconds_to_ready: 1 baseline values, 2 needed"


def test_a_plan_without_requirements_decides_nothing(tmp_path, capsys):
    old = archive.read(Path(ARCHIVE))
    empty = replace(old, roadmaps=(), results=(), phases=())
    archive.pytest_roadmap_report(score_again(empty), tmp_path)

    assert main(["score", str(tmp_path)]) == 11
    assert "so nothing can be decided" in capsys.readouterr().out
