"""A validator's key on two nodes: a second pod signs with it beside the first."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from pytest_roadmap.errors import UnavailableError
from pytest_roadmap.target import further, validator_keys
from pytest_roadmap.target.chain_node import ChainNode
from pytest_roadmap.target.comet import RpcError
from pytest_roadmap.target.journal import Undo

if TYPE_CHECKING:
    from pytest_roadmap.target.profile_keys import Keys

NAME: Final = "second"
_OBJECTS: Final = "second-keys"


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondSigner:
    """A further node with a copy of a validator's key.

    It has a node key and an empty signing state of its own, and keeps the
    transactions that it is offered to itself.
    """

    validator: ChainNode

    @property
    def node(self) -> ChainNode:
        """The further node."""
        return ChainNode(self.validator.instance, self.validator.role, f"{NAME}-0")

    def what(self) -> str:
        """Return the fault in words."""
        return f"the key of {self.validator.name} signs on a second node too"

    def undo(self) -> tuple[Undo, ...]:
        """Delete the node, its keys and its volume's claim."""
        claim = f"{self.validator.role.claim}-{self.node.name}"
        return tuple(
            Undo(way="delete", object=name, namespace=self.validator.instance.name)
            for name in (
                f"StatefulSet/{NAME}",
                f"Pod/{self.node.name}",
                f"Secret/{_OBJECTS}",
                f"PersistentVolumeClaim/{claim}",
            )
        )

    def inject(self) -> None:
        """Make its keys, and start it."""
        chain = self.validator.instance
        keys = self._keys()
        source = keys.consensus
        name = self.node.name
        chain.space.apply(
            {
                "apiVersion": "v1",
                "kind": "Secret",
                "metadata": {"name": _OBJECTS},
                "stringData": {
                    source.key_of(name): validator_keys.consensus_file(
                        chain, self.validator
                    ),
                    keys.node.replace("{node}", name): _node_key(),
                },
            }
        )
        further.node(
            chain,
            self.validator.role,
            NAME,
            instead={f"{source.kind}/{source.object}": _OBJECTS},
            environment=keys.to_itself,
        )

    def is_on(self) -> str:
        """Look whether it follows the chain as that validator."""
        try:
            status = self.node.rpc.status()
        except RpcError as error:
            return str(error)
        if status.address != self.validator.address:
            return f"it is validator {status.address}"
        return "it catches up" if status.catching_up else ""

    def is_off(self) -> str:
        """Look for its pod."""
        return "its pod is still there" if self.node.exists else ""

    def _keys(self) -> Keys:
        """Return what the profile says of keys.

        Raises:
            UnavailableError: It says nothing, or not enough.
        """
        profile = self.validator.instance.profile
        if profile.keys is None or not profile.keys.node:
            raise UnavailableError(f"the profile {profile.name} names no node keys")
        return profile.keys


def _node_key() -> str:
    """Return a fresh node key in CometBFT's JSON."""
    key = Ed25519PrivateKey.generate()
    content = key.private_bytes_raw() + key.public_key().public_bytes_raw()
    value = base64.b64encode(content).decode()
    return json.dumps(
        {"priv_key": {"type": "tendermint/PrivKeyEd25519", "value": value}}
    )
