"""What a chain's application has stored, asked over a node's RPC.

    application.balance(node, address)        # Balance(height=…, amount=…)
    application.missed_blocks(node)           # by validator address

A query over ABCI says of which height its answer is, which REST does not.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pytest_roadmap.errors import TargetError
from pytest_roadmap.target import bech32
from pytest_roadmap.target.protobuf import bytes_of, message, messages, number_of

if TYPE_CHECKING:
    from pytest_roadmap.target.chain_node import ChainNode
    from pytest_roadmap.target.comet import Comet

_BALANCE: Final = "/cosmos.bank.v1beta1.Query/Balance"
_SIGNING: Final = "/cosmos.slashing.v1beta1.Query/SigningInfos"
_MISSED: Final = 6  # the counter's place in a signing info


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """What an address has after a block."""

    height: int
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the application answers to a query, and after which block."""

    height: int
    value: bytes


def balance(node: ChainNode, address: str) -> Balance:
    """Return what an address has of the chain's denomination.

    Raises:
        RpcError: The node does not answer.
        TargetError: It answers that it cannot say.
    """
    question = _of_balance(address, node.instance.profile.denom)
    answer = asked(node.rpc, _BALANCE, question)
    amount = bytes_of(bytes_of(answer.value, 1), 2)
    return Balance(height=answer.height, amount=int(amount or 0))


def balance_query(address: str, denom: str) -> str:
    """Return the path and query by which a client asks a node's RPC for a balance."""
    question = _of_balance(address, denom).hex()
    return f"/abci_query?path=%22{_BALANCE}%22&data=0x{question}"


def missed_blocks(node: ChainNode) -> dict[str, int]:
    """Return each validator's counter of missed blocks, by its address (hex).

    Raises:
        RpcError: The node does not answer.
        TargetError: It answers that it cannot say.
    """
    answer = asked(node.rpc, _SIGNING, b"")
    return {
        bech32.decode(bytes_of(info, 1).decode())[1].hex().upper(): number_of(
            info, _MISSED
        )
        for info in messages(answer.value, 1)
    }


def asked(rpc: Comet, path: str, question: bytes) -> Answer:
    """Return the application's answer to a query.

    Raises:
        RpcError: The node does not answer.
        TargetError: The application refuses.
    """
    said = rpc.call("abci_query", path=f'"{path}"', data=f"0x{question.hex()}")
    response = said["response"]
    if int(response.get("code") or 0):
        raise TargetError(str(response.get("log")), where=f"{path} of {rpc.pod}")
    value = base64.b64decode(response.get("value") or "")
    return Answer(height=int(response["height"]), value=value)


def _of_balance(address: str, denom: str) -> bytes:
    """Return the question for a balance."""
    return message((1, address), (2, denom))
