from __future__ import annotations

import datetime as dt
import hashlib
import json
from fractions import Fraction

import pytest

from pytest_roadmap.cli import main
from pytest_roadmap.model import (
    Criteria,
    Criterion,
    Evidence,
    Finding,
    Outcome,
    Phase,
    Requirement,
    Roadmap,
    Run,
    Section,
)
from pytest_roadmap.reporting import archive, write_all
from pytest_roadmap.scoring import score

NOW = dt.datetime(2026, 3, 10, 12, tzinfo=dt.UTC)
ODD = 'A/../"<b>\u202e-ü 1'


def shard(root, name, outcomes, *, digest="0" * 64, log=b""):
    """Write a run's folder with one finding per requirement, and return it."""
    folder = root / name
    requirements = tuple(
        Requirement(
            id=i, suite="s", phase=1, section="x", topic="t", title=f"{i} holds"
        )
        for i in (ODD, "B")
    )
    evidence = ()
    if log:
        sha = hashlib.sha256(log).hexdigest()
        path = f"evidence/{sha}.txt"
        (folder / "evidence").mkdir(parents=True)
        (folder / path).write_bytes(log)
        evidence = (
            Evidence(kind="log", name="l", path=path, sha256=sha, size=len(log)),
        )
    section = Section(name="x", requirements=requirements)
    phase = Phase(number=1, name="First", sections=(section,))
    roadmap = Roadmap(suite="s", title="s", root=name, digest=digest, phases=(phase,))
    card = score(
        roadmaps=[roadmap],
        mapped={r.id: (f"test_{r.id}",) for r in requirements},
        findings=[
            Finding(
                requirement=i,
                probe=f"test_{i}",
                outcome=Outcome(outcome),
                message=f"half a character \ud83d in {name}",
                started=NOW.timestamp(),
                evidence=evidence,
            )
            for i, outcome in outcomes.items()
        ],
        criteria={"s": Criteria(phases=(Criterion(phase=1, threshold=Fraction(1)),))},
        waivers=[],
        run=Run(id=name, started=0.0, finished=1.0, version="0"),
        now=NOW,
    )
    assert write_all(card, folder) == []
    return folder


def test_shards_become_one_run_with_all_reports_and_evidence(tmp_path, capsys):
    one = shard(tmp_path, "one", {ODD: "passed"}, log=b"x" * 70_000)
    two = shard(tmp_path, "two", {"B": "passed"}, log=b"y" * 70_000)
    into = tmp_path / "all"

    assert (
        main(["merge", str(one), str(two / "scorecard.json"), "--into", str(into)]) == 0
    )

    assert "GO  2 of 2 requirements passed" in capsys.readouterr().out
    card = archive.read(into / archive.FILE)
    assert {r.requirement.id for r in card.results} == {ODD, "B"}
    assert len(list((into / "evidence").iterdir())) == 2
    for name in ("junit.xml", "summary.md", "metrics.prom", "report.html"):
        assert (into / name).stat().st_size > 0
    assert main(["score", str(into)]) == 0  # it is an archive like any other


def test_a_failure_of_one_shard_decides_and_is_told_as_json(tmp_path, capsys):
    one = shard(tmp_path, "one", {ODD: "passed", "B": "passed"})
    two = shard(tmp_path, "two", {"B": "failed"})
    into = tmp_path / "all"
    words = ["merge", str(one), str(two), "--into", str(into), "--format", "json"]

    assert main(words) == 10

    told = json.loads(capsys.readouterr().out)
    assert told["counts"]["failed"] == 1
    assert told["requirements"][1]["findings"][0]["run"] == "one"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda p: p.write_text(p.read_text()[:99]), "it is no complete JSON"),
        (
            lambda p: p.write_text(p.read_text().replace("failed", "passed")),
            "it was changed after a run wrote it",
        ),
        (
            lambda p: p.write_text(
                p.read_text().replace('"version": 1', '"version": 9')
            ),
            "it has version 9, and this reads 1",
        ),
        (lambda p: p.unlink(), "it cannot be read: No such file"),
        (lambda p: p.write_bytes(b"\xff\xfe\x00"), "it is no complete JSON"),
    ],
)
def test_an_archive_that_cannot_be_used_stops_the_merge(
    tmp_path, capsys, change, message
):
    one = shard(tmp_path, "one", {ODD: "passed"})
    two = shard(tmp_path, "two", {"B": "failed"})
    path = two / archive.FILE
    change(path)

    assert main(["merge", str(one), str(path), "--into", str(tmp_path / "all")]) == 1

    error = capsys.readouterr().err
    assert error.startswith(f"pytest-roadmap: {path}: {message}")
    assert "\n  → " in error
    assert not (tmp_path / "all").exists()


def test_archives_of_two_plans_are_refused(tmp_path, capsys):
    one = shard(tmp_path, "one", {ODD: "passed"})
    two = shard(tmp_path, "two", {"B": "passed"}, digest="1" * 64)

    assert main(["merge", str(one), str(two), "--into", str(tmp_path / "all")]) == 1

    error = capsys.readouterr().err
    assert "were made with different plans\n  → merge the shards of one plan" in error


def test_a_folder_that_holds_a_run_is_left_alone(tmp_path, capsys):
    one = shard(tmp_path, "one", {ODD: "passed"})
    before = (one / archive.FILE).read_bytes()

    assert main(["merge", str(one), "--into", str(one)]) == 1

    assert (
        "it holds a run already\n  → name a folder that is new"
        in capsys.readouterr().err
    )
    assert (one / archive.FILE).read_bytes() == before


@pytest.mark.parametrize("harm", ["lost", "altered"])
def test_evidence_that_is_not_there_is_told_and_nothing_else_is_lost(
    tmp_path, capsys, harm
):
    one = shard(tmp_path, "one", {ODD: "failed"}, log=b"x" * 70_000)
    (log,) = (one / "evidence").iterdir()
    if harm == "lost":
        log.unlink()
    else:
        log.write_bytes(b"something else")
    into = tmp_path / "all"

    assert main(["merge", str(one), "--into", str(into)]) == 1

    assert "lies beside none of the archives as it was kept" in capsys.readouterr().err
    assert archive.read(into / archive.FILE).decision == "NO-GO"
