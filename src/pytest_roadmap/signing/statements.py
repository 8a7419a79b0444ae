"""in-toto statements: what exactly is signed about a requirement or a decision."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from typing import Any

from pytest_roadmap.model.candidate import candidate
from pytest_roadmap.model.days import iso_day

STATEMENT = "https://in-toto.io/Statement/v1"
ATTESTATION = "urn:pytest-roadmap:attestation:1"
DECISION = "urn:pytest-roadmap:decision:1"
_ISSUED = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A statement: its subject's digest, and what is said of the subject.

    `subject` is a candidate (see `model.candidate`), or `sha256:…` of an
    archive; `said` are the texts that only its kind has.
    """

    kind: str
    name: str
    subject: str
    issued: dt.datetime
    expires: dt.date
    note: str
    said: tuple[tuple[str, str], ...]

    def encoded(self) -> bytes:
        """Return the bytes that are signed."""
        algorithm, _, digits = self.subject.rpartition(":")
        predicate = {
            **dict(self.said),
            "issued": self.issued.strftime(_ISSUED),
            "expires": self.expires.isoformat(),
            "note": self.note,
        }
        body = {
            "_type": STATEMENT,
            "subject": [
                {"name": self.name, "digest": {algorithm or "gitCommit": digits}}
            ],
            "predicateType": self.kind,
            "predicate": predicate,
        }
        return json.dumps(body, sort_keys=True, separators=(",", ":")).encode()


SAID = {
    ATTESTATION: ("suite", "requirement", "fingerprint", "statement"),
    DECISION: ("run", "decision"),
}


def statement(body: dict[str, Any], kind: str) -> Statement:
    """Return the statement of that kind that a body is.

    Raises:
        ValueError: It is another one, or lacks something; says which.
    """
    if body.get("_type") != STATEMENT or body.get("predicateType") != kind:
        what = "an attestation" if kind == ATTESTATION else "a sign-off"
        message = f"it is signed, but it is not {what}"
        raise ValueError(message)
    name, subject = _subject(body.get("subject"))
    predicate = body.get("predicate")
    said = {
        key: _text(predicate, key) for key in (*SAID[kind], "issued", "expires", "note")
    }
    issued = dt.datetime.strptime(said.pop("issued"), _ISSUED).replace(tzinfo=dt.UTC)
    return Statement(
        kind=kind,
        name=name,
        subject=subject,
        issued=issued,
        expires=iso_day(said.pop("expires")),
        note=said.pop("note"),
        said=tuple(said.items()),
    )


def _subject(subjects: Any) -> tuple[str, str]:
    """Return the one subject's name, and its digest as a candidate's name."""
    if not isinstance(subjects, list) or len(subjects) != 1:
        message = "it has not exactly one subject"
        raise ValueError(message)
    digest = subjects[0].get("digest") if isinstance(subjects[0], dict) else None
    if not isinstance(digest, dict) or len(digest) != 1:
        message = "its subject has not exactly one digest"
        raise ValueError(message)
    ((algorithm, digits),) = digest.items()
    if algorithm not in {"gitCommit", "sha256"} or not isinstance(digits, str):
        message = f"its subject has a digest of the kind {algorithm}"
        raise ValueError(message)
    text = digits if algorithm == "gitCommit" else f"{algorithm}:{digits}"
    return _text(subjects[0], "name"), candidate(text)


def _text(fields: Any, key: str) -> str:
    """Return a text of a mapping."""
    value = fields.get(key) if isinstance(fields, dict) else None
    if not isinstance(value, str):
        message = f"it lacks {key!r}"
        raise ValueError(message)  # noqa: TRY004 - a reader cares that it is lacking
    return value
