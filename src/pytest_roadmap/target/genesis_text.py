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

if TYPE_CHECKING:
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
