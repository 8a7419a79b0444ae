from __future__ import annotations

import datetime as dt
import json

import pytest
from tests.shop import make_shop

from pytest_roadmap.cli import main

TODAY = dt.datetime.now(dt.UTC).date()
LATER = (TODAY + dt.timedelta(days=60)).isoformat()


@pytest.fixture
def shop(tmp_path, monkeypatch):
    folder = make_shop(tmp_path)
    (folder / "waivers.yaml").write_text("# accepted failures\nwaivers: []\n")
    monkeypatch.chdir(tmp_path)
    return folder


def add(*more: str, **change: str) -> int:
    fields = {
        "reason": "the lock is mended",
        "owner": "locksmith",
        "approver": "owner",
        "expires": LATER,
    } | change
    options = [text for key, value in fields.items() for text in (f"--{key}", value)]
    return main(
        ["waiver", "add", more[0] if more else "SHOP-STATUS-1", *options, *more[1:]]
    )


@pytest.mark.usefixtures("shop")
def test_a_waiver_is_added_listed_and_found_well(capsys):
    assert add() == 0
    assert "Added to suites/shop/waivers.yaml:\n  - requirement: SHOP-STATUS-1\n" in (
        capsys.readouterr().out
    )

    assert main(["waiver", "list"]) == 0
    assert capsys.readouterr().out == (
        f"active   SHOP-STATUS-1  until {LATER}\n"
        "         the lock is mended\n"
        "         owner locksmith, approved by owner\n"
        "1 active\n"
    )
    assert main(["waiver", "lint"]) == 0
    assert capsys.readouterr().out == "1 active\n"


def test_what_is_added_says_when_it_was_issued(shop):
    add()

    assert f"    issued: {TODAY}\n" in (shop / "waivers.yaml").read_text()


def test_a_waiver_that_lasts_too_long_is_a_problem_until_it_is_shortened(shop, capsys):
    add()
    text = (shop / "waivers.yaml").read_text()
    early = TODAY - dt.timedelta(days=31)
    (shop / "waivers.yaml").write_text(
        text.replace(f"issued: {TODAY}", f"issued: {early}")
    )
    capsys.readouterr()

    assert main(["waiver", "lint"]) == 1
    out = capsys.readouterr().out
    assert (
        "too long: suites/shop/waivers.yaml:3: the waiver of SHOP-STATUS-1 lasts" in out
    )
    assert f"issued on {early} for 91 days; 90 are allowed\n" in out
    last = early + dt.timedelta(days=90)
    assert f"→ It may last until {last} (policy: longest_waiver_days)." in out


@pytest.mark.usefixtures("shop")
def test_every_command_speaks_json(capsys):
    assert add("SHOP-STATUS-1", "--format", "json") == 0
    assert (
        json.loads(capsys.readouterr().out)["waiver"]["requirement"] == "SHOP-STATUS-1"
    )

    main(["waiver", "list", "--format", "json"])
    (listed,) = json.loads(capsys.readouterr().out)
    assert (listed["suite"], listed["state"]) == ("shop", "active")

    main(["waiver", "lint", "--format", "json", "--at", "2999-01-01"])
    (told,) = json.loads(capsys.readouterr().out)
    assert told["state"] == "expired"


def test_lint_says_what_no_longer_holds_and_by_its_status(shop, capsys):
    add()
    capsys.readouterr()

    assert main(["waiver", "lint", "--at", "2999-01-01"]) == 1
    assert capsys.readouterr().out == (
        f"expired: suites/shop/waivers.yaml:3: the waiver of SHOP-STATUS-1 expired on "
        f"{LATER}\n  → locksmith mends it, or owner decides again.\n1 expired\n"
    )
    plan = (shop / "plan.yaml").read_text()
    (shop / "plan.yaml").write_text(plan.replace("page answers", "page is quick"))
    assert main(["waiver", "lint"]) == 1
    assert "changed: suites/shop/waivers.yaml:3: the text" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        (
            "SHOP-STATUS-9",
            {},
            "there is no requirement 'SHOP-STATUS-9'\n  → Did you mean",
        ),
        ("SHOP-STATUS-1", {"approver": ""}, "--approver: a waiver needs an approver"),
        ("SHOP-STATUS-1", {"reason": " "}, "--reason: a waiver needs a reason"),
        ("SHOP-STATUS-1", {"owner": ""}, "--owner: a waiver needs an owner"),
        ("SHOP-STATUS-1", {"approver": "Locksmith"}, "approves their own waiver"),
        (
            "SHOP-STATUS-1",
            {"expires": "2015/10/21"},
            "--expires: '2015/10/21' is no ISO date",
        ),
        ("SHOP-STATUS-1", {"expires": "2015-10-21"}, "2015-10-21 is past"),
        ("SHOP-STATUS-1", {"expires": "2999-02-30"}, "is no day of the calendar"),
        (
            "SHOP-STATUS-1",
            {"expires": "2999-02-01"},
            "--expires: the waiver would last too",
        ),
        ("SHOP-STATUS-1", {"reason": "a\x1bb"}, "characters that cannot be printed"),
    ],
)
def test_what_cannot_be_waived_is_one_clear_error(shop, capsys, name, change, message):
    before = (shop / "waivers.yaml").read_bytes()

    assert add(name, **change) == 1

    assert message in capsys.readouterr().err
    assert (shop / "waivers.yaml").read_bytes() == before


@pytest.mark.usefixtures("shop")
def test_an_approver_must_be_named(capsys):
    arguments = ["--reason", "r", "--owner", "o", "--expires", LATER]

    assert main(["waiver", "add", "SHOP-STATUS-1", *arguments]) == 1
    assert "a waiver needs an approver" in capsys.readouterr().err


@pytest.mark.usefixtures("shop")
def test_no_waiver_is_said_so(capsys):
    assert main(["waiver", "list"]) == 0
    assert capsys.readouterr().out == "There is no waiver.\n"
