"""Signed transactions of a Cosmos chain, made in the runner.

signer = transactions.Signer(key=…, address="road1…", number=3, sequence=0)
raw = transactions.signed([transactions.send(a, b, 1, "uroad")], signer, chain_id)
node.rpc.broadcast(raw)
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from pytest_roadmap.target.protobuf import message
from pytest_roadmap.target.pulse import pulse

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from pytest_roadmap.target.chain import ChainInstance
    from pytest_roadmap.target.comet import Comet

GAS: Final = 300_000
_DIRECT: Final = 1  # SIGN_MODE_DIRECT
_ORDER: Final = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
_HALF: Final = 32
_LOOK: Final = 0.5  # seconds between two looks into new blocks


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """An account that signs: `key` is 32 bytes of secp256k1."""

    key: bytes
    address: str
    number: int
    sequence: int


def send(sender: str, receiver: str, amount: int, denom: str) -> bytes:
    """Return a transfer, packed as a message of a transaction."""
    coin = message((1, denom), (2, str(amount)))
    content = message((1, sender), (2, receiver), (3, coin))
    return _packed("/cosmos.bank.v1beta1.MsgSend", content)


def unjail(operator: str) -> bytes:
    """Return what releases a validator, packed as a message of a transaction."""
    return _packed("/cosmos.slashing.v1beta1.MsgUnjail", message((1, operator)))


def signed(
    messages: Sequence[bytes],
    signer: Signer,
    chain_id: str,
    *,
    memo: str = "",
    spoiled: bool = False,
) -> bytes:
    """Return a transaction, ready to be broadcast.

    Args:
        messages: What it does.
        signer: Who signs it.
        chain_id: For which chain.
        memo: A remark, which makes two alike ones differ.
        spoiled: Whether one bit of the signature is to be wrong.
    """
    key = ec.derive_private_key(int.from_bytes(signer.key), ec.SECP256K1())
    body = message(*((1, each) for each in messages), (2, memo))
    public = key.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
    packed = _packed("/cosmos.crypto.secp256k1.PubKey", message((1, public)))
    mode = message((1, message((1, _DIRECT))))
    info = message((1, packed), (2, mode), (3, signer.sequence))
    auth = message((1, info), (2, message((2, GAS))))
    document = message((1, body), (2, auth), (3, chain_id), (4, signer.number))
    signature = bytearray(_signature(key, document))
    signature[-1] ^= spoiled
    return message((1, body), (2, auth), (3, bytes(signature)))


def key_from(secret: str) -> bytes:
    """Return the secp256k1 key that the Cosmos SDK makes from a secret."""
    number = int.from_bytes(hashlib.sha256(secret.encode()).digest())
    return (number % (_ORDER - 1) + 1).to_bytes(_HALF)


def digest(raw: bytes) -> str:
    """Return a transaction's hash as the chain writes it."""
    return hashlib.sha256(raw).hexdigest().upper()


def digests(texts: Iterable[str] | None) -> tuple[str, ...]:
    """Return the hashes of transactions as an RPC has them, in base64."""
    return tuple(digest(base64.b64decode(text)) for text in texts or ())


def executed(
    rpc: Comet, height: int, *, among: Collection[str] | None = None
) -> tuple[tuple[str, int], ...]:
    """Return hash and code of each transaction in a block, as a node has it.

    Args:
        rpc: The node.
        height: The block's.
        among: The hashes that are looked for; None for any.

    Raises:
        RpcError: It does not answer, or has no such block.
    """
    data = rpc.call("block", height=str(height))["block"].get("data") or {}
    names = digests(data.get("txs"))
    if not any(among is None or name in among for name in names):
        return ()
    results = rpc.call("block_results", height=str(height))["txs_results"]
    return tuple(
        (name, int(result.get("code") or 0))
        for name, result in zip(names, results, strict=True)
        if among is None or name in among
    )


def _signature(key: ec.EllipticCurvePrivateKey, document: bytes) -> bytes:
    """Return r and s of a signature, s in the lower half as chains want it."""
    r, s = decode_dss_signature(key.sign(document, ec.ECDSA(hashes.SHA256())))
    s = min(s, _ORDER - s)
    return r.to_bytes(_HALF) + s.to_bytes(_HALF)


def _packed(kind: str, content: bytes) -> bytes:
    """Return a message with its type (google.protobuf.Any)."""
    return message((1, kind), (2, content))


def following(signer: Signer, count: int) -> Signer:
    """Return a signer as it is after so many more transactions."""
    return replace(signer, sequence=signer.sequence + count)


def outcome(
    chain: ChainInstance, raw: bytes, *, since: float, within: float
) -> tuple[int, int, str]:
    """Return a transaction's height, its code and its log, once it is in a block.

    Raises:
        NeverHappenedError: It came into no block.
    """
    rpc, text = chain.validators[0].rpc, base64.b64encode(raw).decode()
    looked: set[int] = set()

    def found() -> tuple[int, int, str] | None:
        """Look into the blocks that have not been looked into."""
        for block in chain.blocks.since(since):
            if not block.transactions or block.height in looked:
                continue
            here = str(block.height)
            txs = rpc.call("block", height=here)["block"]["data"]["txs"]
            if text in txs:
                results = rpc.call("block_results", height=here)["txs_results"]
                result = results[txs.index(text)]
                return block.height, int(result["code"]), str(result["log"])
            looked.add(block.height)
        return None

    answer = pulse.ask_until(
        found, within=within, what="a transaction in a block", every=_LOOK
    )
    assert answer is not None  # noqa: S101 - until returns true answers only
    return answer
