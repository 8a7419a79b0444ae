from __future__ import annotations

import datetime as dt
import hashlib

import pytest

from pytest_roadmap.errors import SigningError
from pytest_roadmap.signing.sign_offs import (
    Judged,
    deciding_keys,
    read_sign_offs,
    sign,
)

ARCHIVE = b'{"decision": "GO"}'


def judged(shop, archive: bytes = ARCHIVE) -> Judged:
    return Judged(
        digest=hashlib.sha256(archive).hexdigest(),
        run="r1",
        decision="GO",
        keys=deciding_keys([shop.suite]),
    )


def signed(shop, folder, who: str = "manager", **more):
    fields = {"expires": dt.date(2026, 6, 30), "now": shop.now}
    return sign(folder, judged(shop), shop.signer(who), **(fields | more))


def test_a_sign_off_is_bound_to_the_archives_bytes(shop, tmp_path):
    _, word = signed(shop, tmp_path, note="board of March 10th")

    assert read_sign_offs(tmp_path, judged(shop), shop.now) == (word,)
    assert (word.decision, word.run, word.signer, word.problem) == (
        "GO",
        "r1",
        "release manager",
        "",
    )
    (other,) = read_sign_offs(tmp_path, judged(shop, ARCHIVE + b"\n"), shop.now)
    assert other.problem.startswith("it is for another scorecard (sha256:")


@pytest.mark.parametrize(
    ("day", "problem"),
    [
        (dt.datetime(2026, 7, 1, tzinfo=dt.UTC), "it expired on 2026-06-30"),
        (dt.datetime(2026, 3, 1, tzinfo=dt.UTC), "it was signed in the future"),
    ],
)
def test_a_sign_off_has_its_time(shop, tmp_path, day, problem):
    signed(shop, tmp_path)

    (word,) = read_sign_offs(tmp_path, judged(shop), day)

    assert word.problem.startswith(problem)


def test_an_attestation_is_no_sign_off(shop, tmp_path):
    path, _ = shop.attest("SHOP-AUDIT-2", "manager")
    (tmp_path / "sign-offs").mkdir()
    path.rename(tmp_path / "sign-offs" / "a.json")

    (word,) = read_sign_offs(tmp_path, judged(shop), shop.now)

    assert word.problem == "it is signed, but it is not a sign-off"


@pytest.mark.parametrize("who", ["auditor", "stranger"])
def test_only_who_is_trusted_with_the_decision_signs_it(shop, tmp_path, who):
    with pytest.raises(SigningError, match="this sign-off would not count"):
        signed(shop, tmp_path, who)

    assert not (tmp_path / "sign-offs").exists()


def test_every_suite_of_a_run_must_trust_the_key(shop):
    other = shop.suite
    path = shop.folder / "keys.yaml"
    both = deciding_keys([other, other])
    path.write_text(path.read_text().replace(", decision", ""))

    assert [key.owner for key in both] == ["release manager"]
    assert deciding_keys([other]) == ()
    assert deciding_keys([]) == ()


def test_what_cannot_be_looked_at_does_not_count(shop, tmp_path):
    signed(shop, tmp_path)
    blind = Judged(digest="0" * 64, run="r1", decision="GO", problem="no keys here")

    (word,) = read_sign_offs(tmp_path, blind, shop.now)

    assert (word.problem, word.signer) == ("no keys here", "")
