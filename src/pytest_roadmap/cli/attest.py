"""`attest`, `verify` and `keygen`: people's words, signed."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_roadmap.cli.signed import (
    day_of,
    judged_by,
    refuse_secrets,
    requirement_of,
    suites_of,
    tell,
)
from pytest_roadmap.cli.signed import judge as judge_files
from pytest_roadmap.errors import SigningError
from pytest_roadmap.model.candidate import candidate
from pytest_roadmap.model.jsonable import to_json

if TYPE_CHECKING:
    import argparse

    from securesystemslib.signer import CryptoSigner

PASSWORD = "PYTEST_ROADMAP_KEY_PASSWORD"  # noqa: S105 - the variable's name
_KEY_ID = 12


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `attest`, `verify` and `keygen`."""
    attester = commands.add_parser(
        "attest", help="sign that a manual requirement holds, or a whole decision"
    )
    attester.add_argument("id", metavar="ID", nargs="?", default="")
    attester.add_argument("--decision", type=Path, metavar="ARCHIVE")
    attester.add_argument("--key", type=Path, required=True, metavar="FILE")
    attester.add_argument("--candidate", default="", metavar="COMMIT|DIGEST")
    attester.add_argument("--expires", required=True, metavar="DATE")
    attester.add_argument("--note", default="")
    attester.set_defaults(run=attest)
    verifier = commands.add_parser("verify", help="look at what people have signed")
    verifier.add_argument("files", type=Path, nargs="*", metavar="FILE")
    verifier.add_argument("--candidate", default="", metavar="COMMIT|DIGEST")
    verifier.add_argument("--archive", type=Path, metavar="ARCHIVE")
    verifier.add_argument("--at", metavar="DATE", help="as if today were this date")
    verifier.set_defaults(run=verify)
    maker = commands.add_parser("keygen", help="make a key to sign with")
    maker.add_argument("private", type=Path, metavar="FILE", help="the private key")
    maker.add_argument("--public", type=Path, metavar="FILE")
    maker.set_defaults(run=keygen)
    for command in (attester, verifier):
        command.add_argument("--suite", action="append", metavar="SUITE", default=[])
    for command in (attester, verifier, maker):
        command.add_argument("--format", choices=("text", "json"), default="text")


def attest(options: argparse.Namespace) -> int:
    """Sign a requirement or a decision, and say where the file is."""
    if bool(options.id) == bool(options.decision):
        raise SigningError(
            "it is not clear what is to be signed",
            where="attest",
            remedy="name either a requirement's ID or --decision ARCHIVE",
        )
    now = dt.datetime.now(dt.UTC).replace(microsecond=0)
    expires = day_of("--expires", options.expires)
    if expires < now.date():
        raise SigningError(
            f"it would expire before it is signed: {expires.isoformat()} is past",
            where="--expires",
            remedy="name the last day on which your word holds",
        )
    refuse_secrets(options.note)
    write = _decision if options.decision else _requirement
    return write(options, expires, now)


def _requirement(
    options: argparse.Namespace, expires: dt.date, now: dt.datetime
) -> int:
    """Sign that a manual requirement holds for a candidate."""
    from pytest_roadmap.signing.attestations import attest as sign

    suite, requirement = requirement_of(suites_of(options.suite), options.id)
    path, word = sign(
        suite,
        requirement,
        _signer(options.key),
        about=_candidate(options.candidate, needed=True),
        expires=expires,
        now=now,
        note=options.note,
    )
    lines = [f"signed: {requirement.title}", f"  {path.as_posix()}"]
    return tell(options.format, {"path": path.as_posix(), **to_json(word)}, lines)


def _decision(options: argparse.Namespace, expires: dt.date, now: dt.datetime) -> int:
    """Sign the decision of a run."""
    from pytest_roadmap.signing.sign_offs import sign

    folder, judged = judged_by(options.decision, options.suite)
    path, word = sign(
        folder,
        judged,
        _signer(options.key),
        expires=expires,
        now=now,
        note=options.note,
    )
    lines = [f"signed: {word.decision} of the run {word.run}", f"  {path.as_posix()}"]
    return tell(options.format, {"path": path.as_posix(), **to_json(word)}, lines)


def verify(options: argparse.Namespace) -> int:
    """Say of each signed file whether it counts; 1 if one does not."""
    about = _candidate(options.candidate, needed=False)
    now = dt.datetime.now(dt.UTC)
    if options.at:
        end = dt.time(23, 59, 59)
        now = dt.datetime.combine(day_of("--at", options.at), end, dt.UTC)
    found = judge_files(options, (about,) if about else None, now)
    lines = [line for one in found for line in one.lines()]
    rows = [one.row() for one in found]
    tell(options.format, rows, lines or ["There is nothing to verify."])
    return 1 if any(one.problem for one in found) else 0


def keygen(options: argparse.Namespace) -> int:
    """Make a key, and say how a suite comes to trust it."""
    from pytest_roadmap.signing.keys import new_key

    public = options.public or options.private.with_suffix(".pub")
    signer = new_key(options.private, public, os.environ.get(PASSWORD, ""))
    name = signer.public_key.keyid
    lines = [
        f"private key: {options.private} (keep it; nobody else may read it)",
        f"public key:  {public}",
        f"key id:      {name[:_KEY_ID]}",
        "A suite trusts it once its keys.yaml says so:",
        f"  - {{file: {public.name}, owner: …, attests: […]}}",
    ]
    data = {"private": str(options.private), "public": str(public), "key": name}
    return tell(options.format, data, lines)


def _signer(path: Path) -> CryptoSigner:
    """Return what signs with the key in a file."""
    from pytest_roadmap.signing.keys import signer

    return signer(path, os.environ.get(PASSWORD, ""))


def _candidate(text: str, *, needed: bool) -> str:
    """Return the candidate that the command line names.

    Raises:
        SigningError: It names none, or one that could move.
    """
    if not text and not needed:
        return ""
    try:
        candidate(text)
    except ValueError as error:
        raise SigningError(
            str(error) if text else "the word must be about one release candidate",
            where="--candidate",
            remedy="write the whole commit (git rev-parse HEAD), or the image as "
            "name@sha256:…",
        ) from error
    return text
