from __future__ import annotations

import base64
import datetime as dt
import json
import shutil
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_roadmap.errors import SigningError
from pytest_roadmap.scoring.attestations import objection
from pytest_roadmap.signing.attestations import attestation, read_attestations
from pytest_roadmap.signing.envelopes import sealed


def read(shop, data: bytes):
    return attestation(data, "attestations/a.json", "shop", shop.keys)


def why(shop, word) -> str:
    return objection(word, shop.asked, shop.now, (shop.commit,))


def test_what_is_signed_is_read_as_it_was_signed(shop):
    path, word = shop.attest(note="the report lies in the safe")

    assert read_attestations(shop.suite) == (word,)
    assert why(shop, word) == ""
    assert path.parent == shop.folder / "attestations"
    assert (word.requirement, word.suite, word.signer) == (
        "SHOP-AUDIT-1",
        "shop",
        "auditor",
    )
    assert word.issued == shop.now.timestamp()
    assert word.expires == dt.date(2026, 6, 30)
    assert word.note == "the report lies in the safe"


def test_the_file_is_an_in_toto_statement_in_a_dsse_envelope(signed):
    _, data, word = signed
    envelope = json.loads(data)
    statement = json.loads(base64.b64decode(envelope["payload"]))

    assert envelope["payloadType"] == "application/vnd.in-toto+json"
    assert statement["_type"] == "https://in-toto.io/Statement/v1"
    assert statement["subject"] == [
        {"name": word.candidate, "digest": {"gitCommit": word.candidate}}
    ]
    assert statement["predicate"]["fingerprint"] == word.fingerprint


def altered(data: bytes, **change) -> bytes:
    """Return the envelope with another statement under the old signature."""
    envelope = json.loads(data)
    statement = json.loads(base64.b64decode(envelope["payload"]))
    statement["predicate"].update(change)
    envelope["payload"] = base64.b64encode(json.dumps(statement).encode()).decode()
    return json.dumps(envelope).encode()


def with_field(data: bytes, **change) -> bytes:
    return json.dumps(json.loads(data) | change).encode()


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda d: with_field(d, signatures=[]), "it is not signed"),
        (
            lambda d: with_field(
                d, signatures=[json.loads(d)["signatures"][0] | {"sig": ""}]
            ),
            "it is not signed",
        ),
        (lambda d: altered(d, requirement="SHOP-AUDIT-2"), "it was altered after it"),
        (lambda d: altered(d, expires="2099-12-31"), "it was altered after it was si"),
        (lambda d: d[:-20], "it is no complete JSON"),
        (lambda _: b"", "it is no complete JSON"),
        (lambda _: b"\xff\xfe", "it is no complete JSON"),
        (lambda d: b'{"payload": "", ' + d[1:], "it is no complete JSON"),
        (lambda _: b"[]", "it is no signed statement (a DSSE envelope)"),
        (lambda d: with_field(d, more=1), "it is no signed statement"),
        (lambda d: with_field(d, payload=7), "it is no signed statement"),
        (lambda d: with_field(d, payloadType="text/plain"), "it is no signed state"),
        (lambda d: with_field(d, signatures=[{"sig": "AAAA"}]), "it is no signed st"),
        (
            lambda d: base64.b64decode(json.loads(d)["payload"]),
            "it is no signed statement",
        ),
        (lambda _: b"[" * 1_000_001, "it is larger than 1000000 bytes"),
    ],
)
def test_a_file_that_is_not_as_it_was_signed_is_refused(signed, spoil, message):
    shop, data, _ = signed

    assert why(shop, read(shop, spoil(data))).startswith(message)


def test_two_signatures_are_one_too_many(signed):
    shop, data, _ = signed
    ours = json.loads(data)["signatures"]
    twice = with_field(data, signatures=[*ours, ours[0] | {"keyid": "0" * 64}])

    assert why(shop, read(shop, twice)) == "it has 2 signatures, one is wanted"


def test_a_strangers_key_is_refused_even_under_a_trusted_name(signed):
    shop, data, word = signed
    payload = base64.b64decode(json.loads(data)["payload"])
    foreign = sealed(payload, shop.signer("stranger"))
    posing = json.loads(foreign)
    posing["signatures"][0]["keyid"] = word.key

    assert "the suite does not trust the key that signed it" in (
        why(shop, read(shop, foreign))
    )
    assert why(shop, read(shop, json.dumps(posing).encode())) == (
        "it was altered after it was signed"
    )


def test_a_key_counts_only_for_what_it_is_trusted_with(signed):
    shop, data, _ = signed
    payload = base64.b64decode(json.loads(data)["payload"])
    by_manager = sealed(payload, shop.signer("manager"))

    assert why(shop, read(shop, by_manager)) == (
        "the key of release manager may not attest SHOP-AUDIT-1"
    )


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("_type", "x", "it is signed, but it is not an attestation"),
        ("predicateType", "urn:pytest-roadmap:decision:1", "it is not an attestation"),
        ("subject", [], "it has not exactly one subject"),
        ("subject", [{"name": "a", "digest": {}}], "has not exactly one digest"),
        ("subject", [{"name": "a", "digest": {"md5": "0"}}], "digest of the kind md5"),
        (
            "subject",
            [{"name": "a", "digest": {"gitCommit": "abc"}}],
            "'abc' names no commit and no image digest",
        ),
        ("subject", [{"digest": {"gitCommit": "0" * 40}}], "it lacks 'name'"),
        ("predicate", [], "it lacks 'suite'"),
    ],
)
def test_a_signed_statement_of_another_form_is_refused(signed, key, value, message):
    shop, data, _ = signed
    body = json.loads(base64.b64decode(json.loads(data)["payload"])) | {key: value}
    other = sealed(json.dumps(body).encode(), shop.signer("auditor"))

    assert message in why(shop, read(shop, other))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"expires": "2015/10/21"}, "'2015/10/21' is no ISO date"),
        ({"expires": "2026-02-30"}, "is no day of the calendar"),
        ({"expires": 7}, "it lacks 'expires'"),
        ({"issued": "yesterday"}, "does not match format"),
        ({"expires": "2026-03-09"}, "it expired on 2026-03-09, before it was signed"),
        ({"issued": "2027-01-01T00:00:00Z", "expires": "2028-01-01"}, "in the future"),
    ],
)
def test_signed_times_that_make_no_sense_are_refused(signed, change, message):
    shop, data, _ = signed
    body = json.loads(base64.b64decode(json.loads(data)["payload"]))
    body["predicate"] |= change
    other = sealed(json.dumps(body).encode(), shop.signer("auditor"))

    assert message in why(shop, read(shop, other))


def test_a_word_cannot_be_replayed_elsewhere(shop, branch):
    other = branch
    shutil.copytree(shop.folder / "keys", other.folder / "keys", dirs_exist_ok=True)
    path, word = shop.attest()
    (other.folder / "attestations").mkdir()
    shutil.copy(path, other.folder / "attestations")

    (moved,) = read_attestations(other.suite)

    assert why(other, moved) == "it was signed for the suite shop, not for branch"
    known = {asked.id: asked for asked in shop.suite.roadmap.requirements()}
    elsewhere = objection(word, known, shop.now, ("f" * 40,))
    assert elsewhere == ("it is for c0ffee000000, and the run is about ffffffffffff")
    swapped = {name: replace(known["SHOP-AUDIT-2"], id=name) for name in known}
    assert "has changed since it was signed" in (
        objection(word, swapped, shop.now, (shop.commit,))
    )


def test_a_file_that_cannot_be_read_is_refused_and_not_passed_over(shop):
    (shop.folder / "attestations" / "a.json").mkdir(parents=True)

    (word,) = read_attestations(shop.suite)

    assert word.problem == "it cannot be read: Is a directory"


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"who": "stranger"}, "the suite does not trust the key that signed it"),
        ({"who": "manager"}, "the key of release manager may not attest SHOP-AUDIT-1"),
        ({"name": "SHOP-OPEN-1"}, "may not attest SHOP-OPEN-1"),
        ({"expires": dt.date(2026, 3, 9)}, "it expired on 2026-03-09, before it was"),
    ],
)
def test_a_word_that_would_not_count_is_not_written(shop, more, message):
    with pytest.raises(SigningError, match="this word would not count") as bad:
        shop.attest(**more)

    assert message in bad.value.what
    assert not (shop.folder / "attestations").exists()


def test_a_signed_word_is_never_overwritten(shop):
    shop.attest()

    with pytest.raises(SigningError, match="cannot be written: File exists"):
        shop.attest()


@settings(deadline=None)  # of a machine that measures meanwhile
@given(data=st.data())
def test_a_flipped_byte_never_makes_a_word_valid_for_something_else(signed, data):
    shop, good, word = signed
    place = data.draw(st.integers(0, len(good) - 1))
    byte = data.draw(st.integers(1, 255))
    bad = bytearray(good)
    bad[place] ^= byte

    found = read(shop, bytes(bad))

    if why(shop, found) == "":
        assert replace(found, digest=word.digest, file=word.file) == word


@settings(deadline=None)  # of a machine that measures meanwhile
@given(st.binary(max_size=400))
def test_noise_is_refused_with_a_reason(signed, noise):
    shop, _, _ = signed

    assert why(shop, read(shop, noise))
