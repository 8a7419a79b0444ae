"""What a node answers about its state, byte by byte and of which height."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_roadmap.errors import UnavailableError
from pytest_roadmap.target.comet import RpcError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pytest_roadmap.target.chain import ChainInstance
    from pytest_roadmap.target.chain_node import ChainNode
    from pytest_roadmap.target.profile_state_sync import StateQuery


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What an application has answered, and of which height."""

    height: int
    value: bytes


def ask(node: ChainNode, query: StateQuery, height: int = 0) -> Answer:
    """Return what a node's application says of a height; of the newest by default.

    Raises:
        RpcError: It does not answer, or answers that it cannot say.
    """
    said = node.rpc.call(
        "abci_query",
        path=f'"{query.path}"',
        data=f"0x{query.data.hex()}" if query.data else "",
        height=str(height) if height else "",
    )
    response = said["response"]
    if int(response.get("code") or 0):
        raise RpcError(str(response.get("log")), where=f"{query.path} of {node}")
    value = base64.b64decode(response.get("value") or "")
    return Answer(height=int(response.get("height") or 0), value=value)


def query(chain: ChainInstance, path: str) -> StateQuery:
    """Return the profile's query of this path.

    Raises:
        UnavailableError: It has none.
    """
    for found in chain.profile.snapshots().queries:
        if found.path == path:
            return found
    raise UnavailableError(f"the profile {chain.profile.name} does not ask {path}")


def wrong(
    answers: Iterable[Answer], witness: ChainNode, path: str
) -> tuple[Answer, ...]:
    """Return the answers that a node which has executed every block does not give."""
    asked = query(witness.instance, path)
    return tuple(
        answer
        for answer in answers
        if not answer.height or ask(witness, asked, answer.height) != answer
    )


def computed(node: ChainNode, height: int) -> str:
    """Return the app hash that a node's own application computed for a block.

    Raises:
        RpcError: It does not have the block's results.
    """
    said = node.rpc.call("block_results", height=str(height))
    return base64.b64decode(said.get("app_hash") or "").hex().upper()
