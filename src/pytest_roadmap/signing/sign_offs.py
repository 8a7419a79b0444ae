"""Sign-offs of a run: the files in its sign-offs/, and a new one.

A sign-off is about the bytes of scorecard.json, so it lies beside it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_roadmap.errors import SigningError
from pytest_roadmap.model import SignOff
from pytest_roadmap.scoring.attestations import out_of_time, short
from pytest_roadmap.signing.envelopes import LARGEST, opened, sealed
from pytest_roadmap.signing.files import keep, signed_name
from pytest_roadmap.signing.keys import DECISION as SIGNS
from pytest_roadmap.signing.keys import trusted_keys
from pytest_roadmap.signing.statements import DECISION, Statement, statement

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence
    from pathlib import Path

    from securesystemslib.signer import CryptoSigner

    from pytest_roadmap.plan import Suite
    from pytest_roadmap.signing.keys import TrustedKey

FOLDER = "sign-offs"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """The archive that is signed: its digest (hex), its run and its decision.

    `keys` are those that every suite of the run trusts with the decision;
    `problem` says why they could not be looked at.
    """

    digest: str
    run: str
    decision: str
    keys: tuple[TrustedKey, ...] = ()
    problem: str = ""


def deciding_keys(suites: Sequence[Suite]) -> tuple[TrustedKey, ...]:
    """Return the keys that all suites trust to sign a decision."""
    lists = [[key for key in trusted_keys(s) if key.may(SIGNS)] for s in suites]
    if not lists:
        return ()
    common = set.intersection(*({key.key.keyid for key in keys} for keys in lists))
    return tuple(key for key in lists[0] if key.key.keyid in common)


def read_sign_offs(
    folder: Path, judged: Judged, now: dt.datetime
) -> tuple[SignOff, ...]:
    """Return every sign-off in a run's folder, those that do not count too."""
    paths = sorted((folder / FOLDER).glob("*.json"))
    return tuple(read_sign_off(path, judged, now) for path in paths)


def read_sign_off(path: Path, judged: Judged, now: dt.datetime) -> SignOff:
    """Return what a sign-off file says, and why it does not count."""
    name = f"{FOLDER}/{path.name}"
    try:
        data = path.read_bytes()
    except OSError as error:
        problem = f"it cannot be read: {error.strerror or error}"
        return SignOff(file=name, digest="", problem=problem)
    return sign_off(data, name, judged, now)


def sign_off(data: bytes, name: str, judged: Judged, now: dt.datetime) -> SignOff:
    """Return the sign-off that the bytes of a file are."""
    digest = hashlib.sha256(data).hexdigest()
    if judged.problem:
        return SignOff(file=name, digest=digest, problem=judged.problem)
    if len(data) > LARGEST:
        problem = f"it is larger than {LARGEST} bytes"
        return SignOff(file=name, digest=digest, problem=problem)
    envelope = opened(data, judged.keys)
    try:
        told = statement(envelope.statement, DECISION)
    except ValueError as error:
        problem = envelope.problem or str(error)
        return SignOff(file=name, digest=digest, problem=problem)
    said, key = dict(told.said), envelope.key
    problem = (
        envelope.problem
        or out_of_time(told.issued.timestamp(), told.expires, now)
        or _other(told, judged)
    )
    return SignOff(
        file=name,
        digest=digest,
        problem=problem,
        archive=told.subject.rpartition(":")[2],
        run=said["run"],
        decision=said["decision"],
        issued=told.issued.timestamp(),
        expires=told.expires,
        signer=key.owner if key else "",
        key=key.key.keyid if key else "",
        note=told.note,
    )


def _other(told: Statement, judged: Judged) -> str:
    """Return why a sign-off is about something else than the archive, or nothing."""
    if told.subject == f"sha256:{judged.digest}":
        return ""
    return (
        f"it is for another scorecard ({short(told.subject)}, run "
        f"{dict(told.said)['run']}), not for {short('sha256:' + judged.digest)}"
    )


def sign(  # noqa: PLR0913 - each argument is one of the things that are signed
    folder: Path,
    judged: Judged,
    signer: CryptoSigner,
    *,
    expires: dt.date,
    now: dt.datetime,
    note: str = "",
) -> tuple[Path, SignOff]:
    """Sign the decision of a run, and keep that in the run's folder.

    Raises:
        SigningError: The sign-off would not count; says why.
    """
    told = Statement(
        kind=DECISION,
        name="scorecard.json",
        subject=f"sha256:{judged.digest}",
        issued=now,
        expires=expires,
        note=note,
        said=(("run", judged.run), ("decision", judged.decision)),
    )
    data = sealed(told.encoded(), signer)
    path = folder / FOLDER / f"decision-{signed_name(signer, now)}"
    word = sign_off(data, f"{FOLDER}/{path.name}", judged, now)
    if word.problem:
        raise SigningError(
            f"this sign-off would not count: {word.problem}",
            where="attest --decision",
            remedy="the key must stand in keys.yaml of every suite of the run, with "
            "'decision' among what it attests",
        )
    keep(path, data)
    return path, word
