"""What people have signed: that a requirement holds, that a release may go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt


@dataclass(frozen=True, slots=True, kw_only=True)
class Attestation:
    """A file in which somebody says that a manual requirement holds.

    `found_in` is the suite in whose folder `file` lies, `digest` the SHA-256
    of its bytes.  `problem` says why the signature does not count; what
    follows is then only what the file claims.  `signer` is the owner of the
    `key`, by the suite's list of keys and not by the file.  `issued` is UTC
    in seconds since the epoch, `expires` the last day (UTC) on which it holds.
    """

    file: str
    digest: str
    found_in: str
    problem: str = ""
    suite: str = ""
    requirement: str = ""
    fingerprint: str = ""
    candidate: str = ""
    issued: float = 0.0
    expires: dt.date | None = None
    signer: str = ""
    key: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignOff:
    """A file in which somebody signs the decision of a whole run.

    `archive` is the SHA-256 of the scorecard.json that was signed; the other
    fields are those of an `Attestation`.
    """

    file: str
    digest: str
    problem: str = ""
    archive: str = ""
    run: str = ""
    decision: str = ""
    issued: float = 0.0
    expires: dt.date | None = None
    signer: str = ""
    key: str = ""
    note: str = ""
