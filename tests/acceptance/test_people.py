"""People's words in a whole run."""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys

import pytest

COMMIT = "c0ffee" + "0" * 34
NEXT_YEAR = f"{dt.datetime.now(dt.UTC).year + 1}-01-31"
MAIN = "import sys; from pytest_roadmap.cli import main; sys.exit(main())"
KEYS = "keys:\n  - {file: lead.pub, owner: security lead, attests: [OPS-1]}\n"


@pytest.fixture
def attested(project):
    """A suite whose one requirement somebody has attested."""
    project.suite("ops", ids="OPS-1", extra={"OPS-1": {"manual": True}})
    project.probes("def test_nothing(): pass\n", "tests/test_plain.py")
    folder = project.root / "suites" / "ops"
    (folder / "keys.yaml").write_text(KEYS)
    key = project.root / "lead.key"
    command(project, "keygen", str(key), "--public", str(folder / "keys/lead.pub"))
    command(
        project,
        *("attest", "OPS-1", "--key", str(key), "--candidate", COMMIT),
        *("--expires", NEXT_YEAR),
    )
    return project


def command(project, *arguments: str, status: int = 0) -> str:
    ran = subprocess.run(
        [sys.executable, "-c", MAIN, *arguments],
        cwd=project.root,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "COLUMNS": "200"},
    )
    assert ran.returncode == status, ran.stdout + ran.stderr
    return ran.stdout


def test_a_word_passes_the_gate_for_the_candidate_that_is_named(attested):
    ran = attested.run("--roadmap=ops", "-n0", "--roadmap-candidate", COMMIT)

    (told,) = ran.card["requirements"]
    assert (ran.status, told["verdict"]) == (0, "passed"), ran.text
    assert told["findings"][0]["strength"] == "attested"
    assert json.loads(told["evidence"][0]["text"])["signed by"] == "security lead"
    assert ran.card["run"]["candidate"] == COMMIT


def test_without_a_candidate_or_for_another_one_it_stays_unknown(attested):
    nameless = attested.run("--roadmap=ops", "-n0")
    other = attested.run("--roadmap=ops", "-n0", "--roadmap-candidate", "f" * 40)

    assert nameless.status == other.status == 11
    assert nameless.verdicts == other.verdicts == {"OPS-1": "not_reviewed"}
    assert (
        "the run names no candidate (--roadmap-candidate)"
        in (nameless.messages["OPS-1"])
    )
    assert "and the run is about ffffffffffff" in other.messages["OPS-1"]


def test_an_archive_is_scored_with_the_words_that_hold_then(attested):
    words = attested.root / "suites/ops/attestations"
    words.rename(words.with_name("later"))
    before = attested.run("--roadmap=ops", "-n0", "--roadmap-candidate", COMMIT)
    words.with_name("later").rename(words)
    file = str(before.folder / "scorecard.json")

    assert before.status == 11
    command(attested, "score", file, status=11)
    command(attested, "score", file, "--attested", "ops", status=0)
    out = command(
        attested, "score", file, "--attested", "ops", "--at", "2999-01-01", status=11
    )
    assert f"it expired on {NEXT_YEAR}" in out


def test_a_tag_is_no_candidate_and_a_broken_list_of_keys_no_run(attested):
    tag = attested.run("--roadmap=ops", "-n0", "--roadmap-candidate", "v1.2")
    (attested.root / "suites/ops/keys.yaml").write_text("keys: [{file: lead.pub}]\n")
    broken = attested.run("--roadmap=ops", "-n0", "--roadmap-candidate", COMMIT)

    assert tag.status == broken.status == 4
    assert "--roadmap-candidate: 'v1.2' names no commit and no image" in tag.text
    assert "keys.yaml:1: a key lacks 'owner'" in broken.text
