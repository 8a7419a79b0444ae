"""A chain's genesis document, as far as probes compare it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Genesis:
    """A node's genesis: chain id, validators' public keys, and a digest.

    `digest` is of the canonical JSON: equal documents have equal digests.
    """

    chain_id: str
    validators: tuple[str, ...]
    digest: str
    document: Mapping[str, Any] = field(repr=False)


def genesis_from(document: Mapping[str, Any]) -> Genesis:
    """Return the genesis in a document: CometBFT's own, or the SDK's form of it."""
    entries = document.get("validators") or (
        (document.get("consensus") or {}).get("validators") or ()
    )
    keys = tuple(entry["pub_key"]["value"] for entry in entries)
    text = json.dumps(document, sort_keys=True, separators=(",", ":"))
    return Genesis(
        chain_id=str(document.get("chain_id", "")),
        validators=keys or _gentx_keys(document),
        digest=hashlib.sha256(text.encode()).hexdigest(),
        document=document,
    )


def _gentx_keys(document: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the keys in the genesis transactions of an SDK chain."""
    state = document.get("app_state") or {}
    transactions = (state.get("genutil") or {}).get("gen_txs") or ()
    messages = (m for t in transactions for m in t.get("body", {}).get("messages", ()))
    return tuple(m["pubkey"]["key"] for m in messages if "pubkey" in m)
