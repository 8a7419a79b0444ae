from __future__ import annotations

import datetime as dt
import json
import shlex
import shutil
import stat
from pathlib import Path

import pytest
from tests.shop import make_shop

from pytest_roadmap.cli import main
from pytest_roadmap.reporting import archive

EXAMPLES = Path(__file__).parents[2] / "reports/examples"
NEXT_YEAR = f"{dt.datetime.now(dt.UTC).year + 1}-01-31"
COMMIT = "c0ffee" + "0" * 34
KEYS = """\
keys:
  - {file: boss.pub, owner: release manager, attests: [SHOP-AUDIT-1, decision]}
"""


@pytest.fixture
def shop(tmp_path, monkeypatch, capsys):
    project = tmp_path / "project"
    folder = make_shop(project, "example")
    (project / ".git").mkdir()
    (folder / "keys.yaml").write_text(KEYS)
    monkeypatch.chdir(project)
    public = str(folder / "keys" / "boss.pub")
    assert main(["keygen", "../boss.key", "--public", public]) == 0
    told = capsys.readouterr().out
    assert "PRIVATE" not in told
    assert "  - {file: boss.pub, owner: …, attests: […]}\n" in told
    return folder


def attest(*more: str) -> int:
    options = ["--key", "../boss.key", "--expires", NEXT_YEAR]
    return main(["attest", *options, *more])


def test_a_word_is_signed_and_verified(shop, capsys):
    assert attest("SHOP-AUDIT-1", "--candidate", COMMIT, "--note", "file 12") == 0
    (path,) = (shop / "attestations").iterdir()
    assert capsys.readouterr().out == (
        f"signed: The auditors have been.\n  suites/example/attestations/{path.name}\n"
    )

    assert main(["verify"]) == 0
    out = capsys.readouterr().out
    assert out.startswith(f"valid    suites/example/attestations/{path.name}\n")
    assert f"SHOP-AUDIT-1 for {COMMIT[:19]} until {NEXT_YEAR}\n" in out
    assert "signed by release manager (key " in out
    assert main(["verify", str(path), "--candidate", COMMIT]) == 0
    assert main(["verify", str(path), "--candidate", "f" * 40]) == 1
    assert "it is for c0ffee000000, and the run is about fff" in capsys.readouterr().out
    assert main(["verify", str(path), "--at", "2999-01-01"]) == 1
    assert f"it expired on {NEXT_YEAR}" in capsys.readouterr().out


def explained(capsys) -> str:
    main(["plan", "explain", "SHOP-AUDIT-1", "--format", "json"])
    remedy: str = json.loads(capsys.readouterr().out)["remedy"]
    return remedy


@pytest.mark.usefixtures("shop")
def test_the_command_that_a_manual_requirement_is_explained_with_signs_it(capsys):
    remedy = explained(capsys)
    _, _, command = remedy.partition("signs: pytest-roadmap ")
    filled = (
        command.replace("KEY", "../boss.key")
        .replace("YEAR-MONTH-DAY", NEXT_YEAR)
        .replace("$(git rev-parse HEAD)", COMMIT)
    )

    assert main(shlex.split(filled)) == 0
    assert capsys.readouterr().out.startswith("signed: The auditors have been.\n")


def test_without_a_trusted_key_the_way_to_one_is_told_first(shop, capsys):
    (shop / "keys.yaml").unlink()
    remedy = explained(capsys)

    make = "Make one: pytest-roadmap keygen KEY --public suites/example/keys/NAME.pub"
    assert make in remedy
    assert remedy.index(make) < remedy.index(
        "pytest-roadmap attest SHOP-AUDIT-1 --suite"
    )
    assert "suites/example/keys.yaml (suites/PEOPLE.md)" in remedy


@pytest.mark.usefixtures("shop")
def test_everything_speaks_json(capsys):
    attest("SHOP-AUDIT-1", "--candidate", COMMIT, "--format", "json")
    signed = json.loads(capsys.readouterr().out)
    main(["verify", "--format", "json"])
    (verified,) = json.loads(capsys.readouterr().out)
    main(["keygen", "../new.key", "--format", "json"])
    made = json.loads(capsys.readouterr().out)

    assert signed["requirement"] == "SHOP-AUDIT-1"
    assert verified["valid"] is True
    assert verified["candidate"] == COMMIT
    assert Path(made["public"]).read_text().startswith("-----BEGIN PUBLIC KEY-----")
    assert stat.S_IMODE(Path(made["private"]).stat().st_mode) == 0o600


@pytest.mark.usefixtures("shop")
def test_the_image_may_be_the_candidate(capsys):
    image = "registry.example/chain@sha256:" + "ab" * 32

    assert attest("SHOP-AUDIT-1", "--candidate", image) == 0
    capsys.readouterr()
    assert main(["verify", "--candidate", image, "--format", "json"]) == 0

    (found,) = json.loads(capsys.readouterr().out)
    assert found["candidate"] == "sha256:" + "ab" * 32


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ([], "it is not clear what is to be signed"),
        (["SHOP-AUDIT-1", "--decision", "x"], "it is not clear what is to be signed"),
        (["SHOP-3", "--candidate", COMMIT], "there is no requirement 'SHOP-3'"),
        (["SHOP-STATUS-1", "--candidate", COMMIT], "may not attest SHOP-STATUS-1"),
        (["SHOP-AUDIT-1"], "--candidate: the word must be about one release candidate"),
        (
            ["SHOP-AUDIT-1", "--candidate", "v1.2"],
            "--candidate: 'v1.2' names no commit",
        ),
        (
            ["SHOP-AUDIT-1", "--candidate", "c0ffee1"],
            "'c0ffee1' names no commit and no",
        ),
        (["SHOP-AUDIT-1", "--expires", "2015/10/21"], "'2015/10/21' is no ISO date"),
        (
            ["SHOP-AUDIT-1", "--expires", "2015-10-21"],
            "it would expire before it is signed",
        ),
        (
            ["SHOP-AUDIT-1", "--note", "password=tulip"],
            "the note seems to hold a secret",
        ),
        (
            ["SHOP-AUDIT-1", "--candidate", COMMIT, "--key", "/no"],
            "the key cannot be read",
        ),
        (["--decision", "/no/scorecard.json"], "it cannot be read: No such file"),
    ],
)
def test_what_cannot_be_signed_is_one_clear_error(shop, capsys, more, message):
    assert attest(*more) == 1

    assert message in capsys.readouterr().err
    assert not (shop / "attestations").exists()


@pytest.mark.usefixtures("shop")
def test_a_private_key_is_not_made_in_the_repository(capsys):
    assert main(["keygen", "boss.key"]) == 1

    assert "a private key does not belong into a repository" in capsys.readouterr().err
    assert not Path("boss.key").exists()


@pytest.mark.usefixtures("shop")
def test_nothing_signed_is_said_so(capsys):
    assert main(["verify"]) == 0
    assert capsys.readouterr().out == "There is nothing to verify.\n"


def test_a_file_that_was_altered_is_refused(shop, capsys):
    attest("SHOP-AUDIT-1", "--candidate", COMMIT)
    (path,) = (shop / "attestations").iterdir()
    body = json.loads(path.read_text())
    body["payload"] = body["payload"][:-8] + "AAAA" + body["payload"][-4:]
    path.write_text(json.dumps(body))

    assert main(["verify"]) == 1
    assert "refused  suites/example/attestations/" in capsys.readouterr().out


def test_a_decision_is_signed_and_shown_and_bound_to_the_archive(shop, capsys):
    run = shop.parents[1] / "run"
    run.mkdir()
    shutil.copy(EXAMPLES / "scorecard.json", run)

    assert attest("--decision", str(run), "--note", "board") == 0
    assert "signed: NO-GO of the run 20260310-115000-example" in capsys.readouterr().out
    assert main(["verify", "--archive", str(run)]) == 0
    assert main(["report", str(run)]) == 0
    assert main(["verify", "--archive", str(run)]) == 0

    card = archive.read(run / "scorecard.json")
    (run / "scorecard.json").write_text(archive.dumps(card) + "\n")
    capsys.readouterr()
    assert main(["verify", "--archive", str(run)]) == 1
    assert "it is for another scorecard" in capsys.readouterr().out


def test_an_archive_cannot_say_by_whom_it_may_be_signed(shop, capsys):
    run = shop.parents[1] / "run"
    run.mkdir()
    shutil.copy(EXAMPLES / "scorecard.json", run)
    attest("--decision", str(run))
    shop.rename(shop.with_name("gone"))
    capsys.readouterr()

    (path,) = (run / "sign-offs").iterdir()
    assert main(["verify", str(path)]) == 1
    assert "whose word counts cannot be told" in capsys.readouterr().out
