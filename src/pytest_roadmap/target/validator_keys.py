"""The validators' keys for tests, read from where the profile says that they are."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from pytest_roadmap.errors import TargetError, UnavailableError
from pytest_roadmap.target import signed_votes

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from pytest_roadmap.target.chain import ChainInstance
    from pytest_roadmap.target.chain_node import ChainNode
    from pytest_roadmap.target.profile_keys import KeySource


def consensus_file(chain: ChainInstance, validator: ChainNode) -> str:
    """Return a validator's priv_validator_key.json.

    Raises:
        UnavailableError: The profile names no keys.
    """
    keys = chain.profile.keys
    return _read(chain, validator, keys.consensus if keys else None).decode()


def consensus_key(chain: ChainInstance, validator: ChainNode) -> Ed25519PrivateKey:
    """Return a validator's consensus key.

    Raises:
        UnavailableError: The profile names no keys.
    """
    return signed_votes.private_key(consensus_file(chain, validator))


def operator_key(chain: ChainInstance, validator: ChainNode) -> bytes:
    """Return the secp256k1 key of a validator's operator.

    Raises:
        UnavailableError: The profile names no such keys.
    """
    keys = chain.profile.keys
    text = _read(chain, validator, keys.operator if keys else None)
    return base64.b64decode(text)


def _read(
    chain: ChainInstance, validator: ChainNode, source: KeySource | None
) -> bytes:
    """Return what an object of the instance has for a validator."""
    if source is None:
        raise UnavailableError(f"the profile {chain.profile.name} names no such keys")
    data = chain.api.read(source.kind, source.object, chain.name).get("data") or {}
    name = source.key_of(validator.name)
    if name not in data:
        raise TargetError(
            f"{source.kind}/{source.object} has no key {name}", where=chain.name
        )
    found = str(data[name])
    return base64.b64decode(found) if source.kind == "Secret" else found.encode()
