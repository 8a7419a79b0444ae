"""What a chain's application has stored, asked over a node's RPC.

    application.balance(node, address)        # Balance(height=…, amount=…)
    application.missed_blocks(node)           # by validator address

A query over ABCI says of which height its answer is, which REST does not.  The
few messages are read and written here field by field.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pytest_roadmap.errors import TargetError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_roadmap.target.chain_node import ChainNode

_BALANCE: Final = "/cosmos.bank.v1beta1.Query/Balance"
_SIGNING: Final = "/cosmos.slashing.v1beta1.Query/SigningInfos"
_LETTERS: Final = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_CHECKSUM: Final = 6  # letters of it behind an address
_MISSED: Final = 6  # the counter's place in a signing info


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """What an address has after a block."""

    height: int
    amount: int


def balance(node: ChainNode, address: str) -> Balance:
    """Return what an address has of the chain's denomination.

    Raises:
        RpcError: The node does not answer.
        TargetError: It answers that it cannot say.
    """
    denom = node.instance.profile.denom
    question = _text(1, address) + _text(2, denom)
    height, answer = _asked(node, _BALANCE, question)
    for coin in _messages(answer, 1):
        for amount in _messages(coin, 2):
            return Balance(height=height, amount=int(amount))
    return Balance(height=height, amount=0)


def missed_blocks(node: ChainNode) -> dict[str, int]:
    """Return each validator's counter of missed blocks, by its address (hex).

    Raises:
        RpcError: The node does not answer.
        TargetError: It answers that it cannot say.
    """
    _, answer = _asked(node, _SIGNING, b"")
    found = {}
    for info in _messages(answer, 1):
        address = b"".join(_messages(info, 1)).decode()
        counts = [value for place, value in _fields(info) if place == _MISSED]
        found[_hex(address)] = next((c for c in counts if isinstance(c, int)), 0)
    return found


def _asked(node: ChainNode, path: str, question: bytes) -> tuple[int, bytes]:
    """Return the height and the bytes of an answer.

    Raises:
        RpcError: The node does not answer.
        TargetError: The application refuses.
    """
    said = node.rpc.call("abci_query", path=f'"{path}"', data=f"0x{question.hex()}")
    response = said["response"]
    if int(response.get("code") or 0):
        raise TargetError(str(response.get("log")), where=f"{path} of {node.name}")
    return int(response["height"]), base64.b64decode(response.get("value") or "")


def _text(place: int, text: str) -> bytes:
    """Return a field with a text of less than 128 bytes."""
    return bytes((place << 3 | 2, len(text))) + text.encode()


def _messages(message: bytes, wanted: int) -> Iterator[bytes]:
    """Yield the fields at a place that hold bytes."""
    for place, value in _fields(message):
        if place == wanted and isinstance(value, bytes):
            yield value


def _fields(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Yield place and content of each field of a protobuf message.

    Raises:
        ValueError: It is none, or has a field of fixed width.
    """
    at = 0
    while at < len(message):
        tag, at = _number(message, at)
        value, at = _number(message, at)
        if tag & 7 == 0:
            yield tag >> 3, value
        elif tag & 7 == 2:  # noqa: PLR2004 - protobuf's type for bytes
            yield tag >> 3, message[at : at + value]
            at += value
        else:
            text = f"field {tag >> 3} has the unknown type {tag & 7}"
            raise ValueError(text)


def _number(message: bytes, at: int) -> tuple[int, int]:
    """Return the number at a place, and the place behind it."""
    value = shift = 0
    while True:
        if at >= len(message):
            text = "the message ends within a number"
            raise ValueError(text)
        byte = message[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:  # noqa: PLR2004 - the highest bit says that more follows
            return value, at


def _hex(address: str) -> str:
    """Return the bytes of a bech32 address, as the chain's RPC writes them."""
    letters = address.rpartition("1")[2][:-_CHECKSUM]
    bits = "".join(f"{_LETTERS.index(letter):05b}" for letter in letters)
    whole = len(bits) // 8 * 8
    return "".join(f"{int(bits[i : i + 8], 2):02X}" for i in range(0, whole, 8))
