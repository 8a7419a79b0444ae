"""A suite's attestations: the files in its attestations/, and a new one."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from pytest_roadmap.errors import SigningError
from pytest_roadmap.model import Attestation

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence
    from pathlib import Path

    from securesystemslib.signer import CryptoSigner

    from pytest_roadmap.model import Requirement
    from pytest_roadmap.plan import Suite
    from pytest_roadmap.signing.keys import TrustedKey

FOLDER = "attestations"


def read_attestations(suite: Suite) -> tuple[Attestation, ...]:
    """Return every attestation in a suite's folder, those that do not count too.

    Raises:
        PlanError: The suite's list of keys cannot be used as it is.
        SigningError: A key file cannot be used.
    """
    paths = sorted((suite.folder / FOLDER).glob("*.json"))
    if not paths:
        return ()
    # Deferred: a run without attestations must not pay for these imports.
    from pytest_roadmap.signing.keys import trusted_keys

    keys = trusted_keys(suite)
    return tuple(read_attestation(path, suite, keys) for path in paths)


def read_attestation(
    path: Path, suite: Suite, keys: Sequence[TrustedKey]
) -> Attestation:
    """Return what an attestation file says, and why its signature does not count."""
    name, found_in = f"{FOLDER}/{path.name}", suite.roadmap.suite
    try:
        data = path.read_bytes()
    except OSError as error:
        problem = f"it cannot be read: {error.strerror or error}"
        return Attestation(file=name, digest="", found_in=found_in, problem=problem)
    return attestation(data, name, found_in, keys)


def attestation(
    data: bytes, name: str, found_in: str, keys: Sequence[TrustedKey]
) -> Attestation:
    """Return the attestation that the bytes of a file are."""
    from pytest_roadmap.signing.envelopes import LARGEST, opened
    from pytest_roadmap.signing.statements import ATTESTATION, statement

    digest = hashlib.sha256(data).hexdigest()
    if len(data) > LARGEST:
        problem = f"it is larger than {LARGEST} bytes"
        return Attestation(file=name, digest=digest, found_in=found_in, problem=problem)
    envelope = opened(data, keys)
    try:
        told = statement(envelope.statement, ATTESTATION)
    except ValueError as error:
        problem = envelope.problem or str(error)
        return Attestation(
            file=name,
            digest=digest,
            found_in=found_in,
            problem=problem,
            requirement=_claimed(envelope.statement),
        )
    said, key, problem = dict(told.said), envelope.key, envelope.problem
    if key is not None and not problem and not key.may(said["requirement"]):
        problem = f"the key of {key.owner} may not attest {said['requirement']}"
    return Attestation(
        file=name,
        digest=digest,
        found_in=found_in,
        problem=problem,
        suite=said["suite"],
        requirement=said["requirement"],
        fingerprint=said["fingerprint"],
        candidate=told.subject,
        issued=told.issued.timestamp(),
        expires=told.expires,
        signer=key.owner if key else "",
        key=key.key.keyid if key else "",
        note=told.note,
    )


def _claimed(body: dict[str, Any]) -> str:
    """Return the requirement that a broken statement seems to be about."""
    predicate = body.get("predicate")
    name = predicate.get("requirement") if isinstance(predicate, dict) else None
    return name if isinstance(name, str) else ""


def attest(  # noqa: PLR0913 - each argument is one of the things that are signed
    suite: Suite,
    requirement: Requirement,
    signer: CryptoSigner,
    *,
    about: str,
    expires: dt.date,
    now: dt.datetime,
    note: str = "",
) -> tuple[Path, Attestation]:
    """Sign that a manual requirement holds, and keep that in the suite's folder.

    Args:
        suite: The suite that asks for the requirement.
        requirement: The manual requirement.
        signer: The key of somebody whom the suite trusts for it.
        about: The release candidate.
        expires: The last day (UTC) on which the word holds.
        now: The time of signing.
        note: What a reader should know, such as where the report is kept.

    Returns:
        The file, and the attestation that it holds.

    Raises:
        SigningError: The word would not count; says why.
    """
    from pytest_roadmap.model.candidate import candidate
    from pytest_roadmap.model.fingerprint import fingerprint
    from pytest_roadmap.scoring.attestations import objection
    from pytest_roadmap.signing.envelopes import sealed
    from pytest_roadmap.signing.files import keep, signed_name
    from pytest_roadmap.signing.keys import trusted_keys
    from pytest_roadmap.signing.statements import ATTESTATION, Statement

    said = {
        "suite": suite.roadmap.suite,
        "requirement": requirement.id,
        "fingerprint": fingerprint(requirement),
        "statement": " ".join(requirement.title.split()),
    }
    told = Statement(
        kind=ATTESTATION,
        name=about,
        subject=candidate(about),
        issued=now,
        expires=expires,
        note=note,
        said=tuple(said.items()),
    )
    data = sealed(told.encoded(), signer)
    name = f"{requirement.id}-{signed_name(signer, now)}"
    path = suite.folder / FOLDER / name
    word = attestation(
        data, f"{FOLDER}/{name}", suite.roadmap.suite, trusted_keys(suite)
    )
    known = {asked.id: asked for asked in suite.roadmap.requirements()}
    if why := objection(word, known, now, None):
        raise SigningError(
            f"this word would not count: {why}",
            where=f"attest {requirement.id}",
            remedy=f"see {suite.folder.as_posix()}/keys.yaml and suites/README.md",
        )
    keep(path, data)
    return path, word
