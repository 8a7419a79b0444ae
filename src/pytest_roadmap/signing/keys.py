"""Ed25519 keys: files that hold one, and whom a suite trusts for what.

suites/<suite>/keys.yaml lists the keys, and suites/<suite>/keys/ holds the
public halves (PEM).  A key that is not listed there is a stranger's.
"""

from __future__ import annotations

import fnmatch
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization as pem
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from securesystemslib.signer import CryptoSigner, SSlibKey

from pytest_roadmap.errors import SigningError
from pytest_roadmap.plan.suggestions import did_you_mean
from pytest_roadmap.plan.yaml_files import read_yaml

if TYPE_CHECKING:
    from pytest_roadmap.plan import Suite
    from pytest_roadmap.plan.nodes import Node

LIST = "keys.yaml"
FOLDER = "keys"
DECISION = "decision"  # what a key signs that signs off a whole run
_LARGEST = 64 * 1024
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustedKey:
    """A public key with its owner, and the ids (or patterns) it may attest."""

    key: SSlibKey
    owner: str
    attests: tuple[str, ...]

    def may(self, what: str) -> bool:
        """Tell whether the key may sign for an id, or for `decision`."""
        return any(
            fnmatch.fnmatchcase(what, pattern)
            for pattern in self.attests
            if (pattern == DECISION) == (what == DECISION)
        )


def trusted_keys(suite: Suite) -> tuple[TrustedKey, ...]:
    """Return the keys that a suite trusts; without a list it trusts nobody.

    Raises:
        PlanError: The list cannot be used as it is.
        SigningError: A key file cannot be used.
    """
    path = suite.folder / LIST
    if not path.exists():
        return ()
    fields = read_yaml(path).fields("a list of keys", required=("keys",))
    known = [requirement.id for requirement in suite.roadmap.requirements()]
    found: dict[str, TrustedKey] = {}
    for node in fields["keys"].items("'keys'"):
        trusted = _trusted(node, suite.folder / FOLDER, known)
        if trusted.key.keyid in found:
            owner = found[trusted.key.keyid].owner
            raise node.error(
                f"the key is there already, as that of {owner!r}", "Keep one of them."
            )
        found[trusted.key.keyid] = trusted
    return tuple(found.values())


def _trusted(node: Node, folder: Path, known: list[str]) -> TrustedKey:
    """Return the key that an entry of the list describes."""
    fields = node.fields("a key", required=("file", "owner", "attests"))
    name = fields["file"].text("'file'")
    if Path(name).name != name:
        raise fields["file"].error(
            f"{name!r} is no file's name", f"Write the name of a file in {FOLDER}/."
        )
    for item in fields["attests"].items("'attests'"):
        what = item.text("an entry of 'attests'")
        if what != DECISION and not fnmatch.filter(known, what):
            raise item.error(
                f"the plan has no requirement {what!r}",
                did_you_mean(what, [*known, DECISION]),
            )
    return TrustedKey(
        key=SSlibKey.from_crypto(public_key(folder / name)),
        owner=fields["owner"].text("'owner'"),
        attests=fields["attests"].words("'attests'"),
    )


def public_key(path: Path) -> Ed25519PublicKey:
    """Return the public key in a PEM file.

    Raises:
        SigningError: It cannot be read, or holds something else.
    """
    data = _read(path)
    if b"PRIVATE KEY" in data:
        raise SigningError(
            "it holds a private key; only public keys belong into a suite",
            where=path.as_posix(),
            remedy="take it away, do not use it any more, and make a new one: "
            "pytest-roadmap keygen",
        )
    try:
        found = pem.load_pem_public_key(data)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise _unknown_format(path, "public") from error
    if not isinstance(found, Ed25519PublicKey):
        raise _other_kind(path, found)
    return found


def signer(path: Path, password: str = "") -> CryptoSigner:
    """Return what signs with the private key in a PEM file.

    Raises:
        SigningError: It cannot be read, is open to others, is no Ed25519 key, or
            the password does not fit.
    """
    data = _read(path)
    if path.stat().st_mode & _OTHERS:
        raise SigningError(
            "other users can use this private key",
            where=path.as_posix(),
            remedy=f"keep it to yourself: chmod 600 {path.name}",
        )
    try:
        found = pem.load_pem_private_key(data, password.encode() or None)
    except TypeError as error:
        raise _password(path, given=bool(password)) from error
    except (ValueError, UnsupportedAlgorithm) as error:
        if b"ENCRYPTED" in data and password:
            raise SigningError(
                "the password does not open it",
                where=path.as_posix(),
                remedy="try again",
            ) from error
        raise _unknown_format(path, "private") from error
    if not isinstance(found, Ed25519PrivateKey):
        raise _other_kind(path, found)
    return CryptoSigner(found)


def new_key(private: Path, public: Path, password: str = "") -> CryptoSigner:
    """Make a key and write both halves; the private one is its owner's only.

    Raises:
        SigningError: A file is there already or cannot be written, or the
            private one would lie in a repository.
    """
    refuse_repository(private)
    key = Ed25519PrivateKey.generate()
    lock: pem.KeySerializationEncryption = pem.NoEncryption()
    if password:
        lock = pem.BestAvailableEncryption(password.encode())
    secret = key.private_bytes(pem.Encoding.PEM, pem.PrivateFormat.PKCS8, lock)
    known = key.public_key().public_bytes(
        pem.Encoding.PEM, pem.PublicFormat.SubjectPublicKeyInfo
    )
    _create(public, known, 0o644)
    try:
        _create(private, secret, 0o600)
    except SigningError:
        public.unlink(missing_ok=True)
        raise
    return CryptoSigner(key)


def refuse_repository(path: Path) -> None:
    """Raise a SigningError if a private key at `path` could be committed."""
    here = path.absolute().parent.resolve()
    for folder in (here, *here.parents):
        if (folder / ".git").exists():
            raise SigningError(
                "a private key does not belong into a repository",
                where=path.as_posix(),
                remedy=f"name a file outside {folder}, for example in ~/.config",
            )


def _create(path: Path, data: bytes, mode: int) -> None:
    """Write a file that is not there yet, never readable by more than `mode`."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
    except OSError as error:
        raise SigningError(
            f"it cannot be written: {error.strerror or error}",
            where=path.as_posix(),
            remedy="name another file; a key is never overwritten",
        ) from error


def _read(path: Path) -> bytes:
    """Return a key file's bytes."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise SigningError(
            f"the key cannot be read: {error.strerror or error}",
            where=path.as_posix(),
            remedy="name a key file that you may read; pytest-roadmap keygen makes one",
        ) from error
    if not data.strip():
        raise SigningError(
            "the key file is empty",
            where=path.as_posix(),
            remedy="restore it, or make a new key: pytest-roadmap keygen",
        )
    if len(data) > _LARGEST:
        raise _unknown_format(path, "private or public")
    return data


def _unknown_format(path: Path, half: str) -> SigningError:
    """Return the error for a file that holds no such key."""
    return SigningError(
        f"it is no {half} key of a known format",
        where=path.as_posix(),
        remedy="use a PEM file as `pytest-roadmap keygen` makes it",
    )


def _other_kind(path: Path, found: object) -> SigningError:
    """Return the error for a key of another algorithm."""
    kind = type(found).__name__.removeprefix("_").partition("P")[0]
    return SigningError(
        f"it is a key of the kind {kind}, and Ed25519 is wanted",
        where=path.as_posix(),
        remedy="make a new one: pytest-roadmap keygen",
    )


def _password(path: Path, *, given: bool) -> SigningError:
    """Return the error for a password that is missing or not needed."""
    return SigningError(
        "the key has no password, and one was given"
        if given
        else "the key needs its password",
        where=path.as_posix(),
        remedy="leave PYTEST_ROADMAP_KEY_PASSWORD unset"
        if given
        else "set PYTEST_ROADMAP_KEY_PASSWORD for this one command",
    )
