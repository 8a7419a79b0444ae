from __future__ import annotations

from pytest_roadmap.model import Finding, Outcome
from pytest_roadmap.reporting import journal
from pytest_roadmap.running.keeping import Keeper


def finding(message, **more):
    return Finding(
        requirement="A", probe="p", outcome=Outcome.FAILED, message=message, **more
    )


def test_half_a_character_is_kept_and_read_back(tmp_path):
    keeper = Keeper(tmp_path)
    keeper.open()

    keeper.add([finding("half \ud83d a character")], [])

    findings, notes = journal.read(keeper.folder / journal.FILE)
    assert (findings, notes) == ((finding("half \ud83d a character"),), ())


def test_secrets_are_gone_before_anything_is_written_or_shown(tmp_path):
    keeper = Keeper(tmp_path)
    keeper.open()
    seen = finding("password=hunter22", target=(("url", "https://a:hunter22@b"),))

    (shown,) = keeper.add([seen], [])

    assert (shown.message, keeper.findings) == ("password=[redacted]", [shown])
    assert b"hunter22" not in (keeper.folder / journal.FILE).read_bytes()
    assert shown.target == (("url", "https://a:[redacted]@b"),)
