"""The genesis as it is published to the nodes, and copies of it that differ.

source = genesis_text.published(chain)           # the object's text
other = genesis_text.with_other_balance(source)  # form and chain id stay
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from typing import TYPE_CHECKING

from pytest_roadmap.errors import TargetError, UnavailableError
from pytest_roadmap.target.overlays import object_reference, patched

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from pytest_roadmap.target.chain import ChainInstance
    from pytest_roadmap.target.profile import GenesisSource

_AMOUNT = re.compile(r'("amount"\s*:\s*")(\d+)(")')


def source_of(chain: ChainInstance) -> GenesisSource:
    """Return where the profile says that the init containers read the genesis.

    Raises:
        UnavailableError: It does not say.
    """
    found = chain.profile.genesis
    if found is None:
        raise UnavailableError(
            f"the profile {chain.profile.name} names no source of the genesis"
        )
    return found


def published(chain: ChainInstance) -> str:
    """Return the genesis that the init containers read.

    Raises:
        UnavailableError: The profile names no source.
        TargetError: The object has no such key.
    """
    source = source_of(chain)
    document = chain.api.read(source.kind, source.object, chain.name)
    text = document.get("data", {}).get(source.key)
    if isinstance(text, str) and source.kind == "Secret":
        return base64.b64decode(text).decode()
    if not isinstance(text, str):
        raise TargetError(
            f"{source.kind}/{source.object} has no key {source.key}", where=chain.name
        )
    return text


def publish(chain: ChainInstance, name: str, text: str) -> None:
    """Publish a genesis in an object of another name, as the true one is.

    Raises:
        UnavailableError: The profile names no source.
    """
    source = source_of(chain)
    data = "stringData" if source.kind == "Secret" else "data"
    chain.space.apply(
        {
            "apiVersion": "v1",
            "kind": source.kind,
            "metadata": {"name": name},
            data: {source.key: text},
        }
    )


def with_other_balance(text: str) -> str:
    """Return the genesis with one account's balance raised by one.

    Nothing else differs, so that form and chain id are right and the hash is
    not.

    Raises:
        TargetError: It has no balances.
    """
    head, found, rest = text.partition('"balances"')
    amount = _AMOUNT.search(rest)
    if not found or amount is None:
        raise TargetError("the genesis has no account with a balance")
    more = f"{amount[1]}{int(amount[2]) + 1}{amount[3]}"
    altered = head + found + rest[: amount.start()] + more + rest[amount.end() :]
    json.loads(altered)
    return altered


def sha256(text: str) -> str:
    """Return the SHA-256 of a genesis, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def changed(
    documents: Iterable[Mapping[str, Any]],
    source: GenesisSource | None,
    operations: Iterable[Mapping[str, Any]],
) -> tuple[Mapping[str, Any], ...]:
    """Return a target's objects with another genesis, and its hash published.

    Args:
        documents: The objects.
        source: Where the profile says that the genesis is.
        operations: A JSON patch of the genesis itself.

    Raises:
        TargetError: The objects have no genesis, or the patch does not fit.
    """
    patch = tuple(operations)
    if not patch:
        return tuple(documents)
    objects = {object_reference(d): dict(d) for d in documents}
    if source is None or source.reference not in objects:
        raise TargetError("the manifests have no genesis that could be changed")
    data = dict(objects[source.reference]["data"])
    genesis = patched(json.loads(data[source.key]), patch, source.reference)
    text = json.dumps(genesis, separators=(",", ":"), ensure_ascii=False)
    objects[source.reference]["data"] = data | {source.key: text}
    if source.hash:
        published = objects[source.hash]
        published["data"] = {**published["data"], source.hash_key: sha256(text)}
    return tuple(objects.values())
