from __future__ import annotations

import os
import stat

import pytest
from cryptography.hazmat.primitives import serialization as pem
from cryptography.hazmat.primitives.asymmetric import ec

from pytest_roadmap.errors import PlanError, SigningError
from pytest_roadmap.signing.keys import new_key, public_key, signer, trusted_keys


def test_a_private_key_is_its_owners_only_and_fits_its_public_half(tmp_path):
    old = os.umask(0)
    try:
        made = new_key(tmp_path / "a.key", tmp_path / "a.pub")
    finally:
        os.umask(old)

    assert stat.S_IMODE((tmp_path / "a.key").stat().st_mode) == 0o600
    assert signer(tmp_path / "a.key").public_key == made.public_key
    assert b"PRIVATE" not in (tmp_path / "a.pub").read_bytes()


def test_a_password_is_asked_for_where_there_is_one(tmp_path):
    new_key(tmp_path / "a.key", tmp_path / "a.pub", "tulip")
    new_key(tmp_path / "b.key", tmp_path / "b.pub")

    assert signer(tmp_path / "a.key", "tulip")
    with pytest.raises(SigningError, match="the key needs its password"):
        signer(tmp_path / "a.key")
    with pytest.raises(SigningError, match="the password does not open it"):
        signer(tmp_path / "a.key", "rose")
    with pytest.raises(SigningError, match="has no password, and one was given"):
        signer(tmp_path / "b.key", "tulip")


def test_a_key_is_never_overwritten(tmp_path):
    new_key(tmp_path / "a.key", tmp_path / "a.pub")
    before = (tmp_path / "a.key").read_bytes()

    with pytest.raises(SigningError, match="cannot be written: File exists"):
        new_key(tmp_path / "a.key", tmp_path / "b.pub")

    assert (tmp_path / "a.key").read_bytes() == before
    assert not (tmp_path / "b.pub").exists()


def test_a_private_key_is_not_made_in_a_repository(tmp_path):
    (tmp_path / ".git").mkdir()

    with pytest.raises(SigningError, match="does not belong into a repository"):
        new_key(tmp_path / "deep" / "a.key", tmp_path / "a.pub")

    assert not (tmp_path / "deep").exists()
    assert not (tmp_path / "a.pub").exists()


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_private_key_that_others_can_read_is_refused(shop, mode):
    (shop.safe / "auditor.key").chmod(mode)

    with pytest.raises(SigningError, match="other users can use this private key") as e:
        shop.signer("auditor")

    assert e.value.remedy == "keep it to yourself: chmod 600 auditor.key"


@pytest.mark.parametrize("load", [signer, public_key])
@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "the key file is empty"),
        (b" \n", "the key file is empty"),
        (b"ssh-ed25519 AAAA me", "key of a known format"),
        (b"\xff\x00" * 50, "key of a known format"),
        (b"x" * 100_000, "key of a known format"),
        (b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", "format"),
    ],
)
def test_a_file_that_holds_no_key_is_named_with_what_to_do(
    tmp_path, load, data, message
):
    path = tmp_path / "a.key"
    path.write_bytes(data)
    path.chmod(0o600)

    with pytest.raises(SigningError, match=message) as bad:
        load(path)

    assert bad.value.where == path.as_posix()
    assert "keygen" in bad.value.remedy


@pytest.mark.parametrize("load", [signer, public_key])
def test_a_file_that_cannot_be_read_is_a_clear_error(tmp_path, load):
    with pytest.raises(SigningError, match="cannot be read: No such file"):
        load(tmp_path / "away")
    with pytest.raises(SigningError, match="cannot be read: Is a directory"):
        load(tmp_path)


def test_a_key_of_another_kind_is_refused(tmp_path):
    other = ec.generate_private_key(ec.SECP256R1())
    private, public = tmp_path / "a.key", tmp_path / "a.pub"
    private.write_bytes(
        other.private_bytes(
            pem.Encoding.PEM, pem.PrivateFormat.PKCS8, pem.NoEncryption()
        )
    )
    private.chmod(0o600)
    public.write_bytes(
        other.public_key().public_bytes(
            pem.Encoding.PEM, pem.PublicFormat.SubjectPublicKeyInfo
        )
    )

    with pytest.raises(SigningError, match=r"kind EC.*, and Ed25519 is wanted"):
        signer(private)
    with pytest.raises(SigningError, match=r"kind EC.*, and Ed25519 is wanted"):
        public_key(public)


def test_a_private_key_in_a_suite_is_an_alarm(shop):
    target = shop.folder / "keys" / "auditor.pub"
    target.write_bytes((shop.safe / "auditor.key").read_bytes())

    with pytest.raises(SigningError, match="it holds a private key") as bad:
        trusted_keys(shop.suite)

    assert "PRIVATE" not in str(bad.value)


def test_a_suite_says_whom_it_trusts_with_what(shop):
    auditor, manager = trusted_keys(shop.suite)

    assert auditor.owner == "auditor"
    assert auditor.may("SHOP-AUDIT-1")
    assert not auditor.may("SHOP-OPEN-1")
    assert not auditor.may("decision")
    assert manager.may("decision")
    assert not manager.may("SHOP-AUDIT-1")


def test_a_pattern_for_everything_is_no_leave_to_sign_the_decision(shop):
    path = shop.folder / "keys.yaml"
    path.write_text(path.read_text().replace("[SHOP-AUDIT-*]", '["*"]'))

    assert not trusted_keys(shop.suite)[0].may("decision")


def test_a_suite_without_a_list_trusts_nobody(shop):
    (shop.folder / "keys.yaml").unlink()

    assert trusted_keys(shop.suite) == ()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("SHOP-AUDIT-2, dec", "SHOP-AUDIT-9, dec", "no requirement 'SHOP-AUDIT-9'"),
        ("manager.pub", "auditor.pub", "there already, as that of 'auditor'"),
        ("manager.pub", "../manager.pub", "is no file's name"),
        ("    owner: auditor\n", "", "a key lacks 'owner'"),
        ("owner: auditor", "owner: ''", "'owner' is empty"),
    ],
)
def test_what_is_wrong_with_the_list_is_named_with_its_line(shop, old, new, message):
    path = shop.folder / "keys.yaml"
    path.write_text(path.read_text().replace(old, new, 1))

    with pytest.raises(PlanError, match=message) as bad:
        trusted_keys(shop.suite)

    assert bad.value.where.startswith(f"{path.as_posix()}:")
