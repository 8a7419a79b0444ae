"""DSSE envelopes: bytes that one key has signed, and why others do not count.

An envelope is accepted in one form only: the bytes inside it are those that
were signed, and around them there is nothing that could be changed unnoticed.
"""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from securesystemslib.dsse import Envelope
from securesystemslib.exceptions import Error

if TYPE_CHECKING:
    from collections.abc import Sequence

    from securesystemslib.signer import CryptoSigner

    from pytest_roadmap.signing.keys import TrustedKey

TYPE = "application/vnd.in-toto+json"
LARGEST = 1_000_000
_FIELDS = {"payload", "payloadType", "signatures"}
_NO_ENVELOPE = "it is no signed statement (a DSSE envelope)"
_UNSIGNED = "it is not signed"
_ALTERED = "it was altered after it was signed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """What an envelope holds; `problem` says why its signature does not count.

    With a problem the `statement` is only what the file claims.
    """

    statement: dict[str, Any] = field(default_factory=dict)
    key: TrustedKey | None = None
    problem: str = ""


def sealed(statement: bytes, signer: CryptoSigner) -> bytes:
    """Return the envelope of a statement, signed."""
    envelope = Envelope(statement, TYPE, {})
    envelope.sign(signer)
    return json.dumps(envelope.to_dict(), indent=1, sort_keys=True).encode() + b"\n"


def opened(data: bytes, keys: Sequence[TrustedKey]) -> Opened:
    """Return what an envelope holds, and whether one of `keys` has signed it."""
    body = _parsed(data)
    if body is None:
        return Opened(problem="it is no complete JSON")
    if not isinstance(body, dict) or set(body) != _FIELDS:
        return Opened(problem=_NO_ENVELOPE)
    if body["signatures"] == []:
        return Opened(problem=_UNSIGNED)
    try:
        envelope = Envelope.from_dict(copy.deepcopy(body))
        same = envelope.to_dict() == body
    except (Error, ValueError, TypeError, KeyError, AttributeError):
        return Opened(problem=_NO_ENVELOPE)
    statement = _parsed(envelope.payload)
    if envelope.payload_type != TYPE or not isinstance(statement, dict):
        return Opened(problem=_NO_ENVELOPE)
    key, problem = _signed_by(envelope, keys)
    return Opened(
        statement=statement, key=key, problem=problem or ("" if same else _ALTERED)
    )


def _signed_by(
    envelope: Envelope, keys: Sequence[TrustedKey]
) -> tuple[TrustedKey | None, str]:
    """Return the key that has signed an envelope, or why none counts."""
    if len(envelope.signatures) != 1:
        return None, f"it has {len(envelope.signatures)} signatures, one is wanted"
    ((name, signature),) = envelope.signatures.items()
    if not signature.signature:
        return None, _UNSIGNED
    key = next((key for key in keys if key.key.keyid == name), None)
    if key is None:
        return None, f"the suite does not trust the key that signed it ({name[:12]})"
    try:
        envelope.verify([key.key], 1)
    except (Error, ValueError):
        return None, _ALTERED
    return key, ""


def _parsed(data: bytes) -> Any:
    """Return JSON in which no key stands twice, or None."""
    try:
        return json.loads(data, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        return None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object's pairs, and refuse a key that stands there twice."""
    found = dict(pairs)
    if len(found) != len(pairs):
        message = "a key stands there twice"
        raise ValueError(message)
    return found
