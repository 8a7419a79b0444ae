"""Transfers that we sign ourselves, from the accounts that the profile names.

accounts = signed_transfers.accounts(chain)
one = signed_transfers.signed(accounts[0], accounts[1].address, amount=5, sequence=0)
node.rpc.broadcast(one.data)
signed_transfers.executed(node.rpc, [one], 17, 30)     # where it stands in the blocks
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from pytest_roadmap.errors import UnavailableError
from pytest_roadmap.target.comet import RpcError
from pytest_roadmap.target.protobuf import bytes_of, message, number_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pytest_roadmap.target.chain import ChainInstance
    from pytest_roadmap.target.comet import Comet

_ORDER: Final = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
_DIRECT: Final = 1  # SIGN_MODE_DIRECT
_GAS: Final = 200_000
_SEND: Final = "/cosmos.bank.v1beta1.MsgSend"
_KEY: Final = "/cosmos.crypto.secp256k1.PubKey"
_ACCOUNT: Final = "/cosmos.auth.v1beta1.Query/AccountInfo"
_BALANCE: Final = "/cosmos.bank.v1beta1.Query/Balance"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A funded account of a chain."""

    chain_id: str
    denom: str
    number: int
    address: str
    key: ec.EllipticCurvePrivateKey


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedTransfer:
    """A signed transfer."""

    data: bytes
    sender: str
    recipient: str
    amount: int

    @property
    def hash(self) -> str:
        """Its hash, as CometBFT writes it."""
        return hashlib.sha256(self.data).hexdigest().upper()


@dataclass(frozen=True, slots=True, kw_only=True)
class Executed:
    """A place of a transaction in a block, and the code of its execution."""

    hash: str
    height: int
    code: int


def accounts(chain: ChainInstance) -> tuple[Account, ...]:
    """Return the profile's accounts.

    Raises:
        UnavailableError: It names none, or its secret or genesis lacks them.
    """
    profile, source = chain.profile, chain.profile.accounts
    if source is None:
        raise UnavailableError(f"the profile {profile.name} names no accounts")
    secret = chain.api.read("Secret", source.seed.name, chain.name)
    seed = base64.b64decode(secret["data"][source.seed.key]).decode()
    genesis = chain.validators[0].rpc.genesis().document
    known = {
        int(entry["account_number"]): entry["address"]
        for entry in genesis["app_state"]["auth"]["accounts"]
        if "account_number" in entry
    }
    wanted = range(source.first, source.first + source.count)
    if not known.keys() >= set(wanted):
        raise UnavailableError(f"the genesis has no accounts {wanted[0]}-{wanted[-1]}")
    return tuple(
        Account(
            chain_id=profile.chain_id,
            denom=profile.denom,
            number=number,
            address=known[number],
            key=key_from(f"{seed}/account/{number}"),
        )
        for number in wanted
    )


def key_from(secret: str) -> ec.EllipticCurvePrivateKey:
    """Return the key that the Cosmos SDK makes from a secret."""
    number = int.from_bytes(hashlib.sha256(secret.encode()).digest(), "big")
    return ec.derive_private_key(number % (_ORDER - 1) + 1, ec.SECP256K1())


def signed(
    sender: Account, recipient: str, *, amount: int, sequence: int
) -> SignedTransfer:
    """Return a signed transfer without a fee."""
    coin = message((1, sender.denom), (2, str(amount)))
    send = message((1, sender.address), (2, recipient), (3, coin))
    body = message((1, message((1, _SEND), (2, send))))
    public = sender.key.public_key().public_bytes(
        Encoding.X962, PublicFormat.CompressedPoint
    )
    key = message((1, _KEY), (2, message((1, public))))
    mode = message((1, message((1, _DIRECT))))
    signer = message((1, key), (2, mode), (3, sequence))
    auth = message((1, signer), (2, message((2, _GAS))))
    document = message((1, body), (2, auth), (3, sender.chain_id), (4, sender.number))
    return SignedTransfer(
        data=message((1, body), (2, auth), (3, _signature(sender.key, document))),
        sender=sender.address,
        recipient=recipient,
        amount=amount,
    )


def to_one(
    rpc: Comet, senders: Iterable[Account], recipient: str, *, amount: int = 1
) -> tuple[SignedTransfer, ...]:
    """Return a signed transfer of each sender, with its next sequence number.

    Raises:
        RpcError: The node does not answer.
    """
    return tuple(
        signed(sender, recipient, amount=amount, sequence=sequence_of(rpc, sender))
        for sender in senders
    )


def sequence_of(rpc: Comet, account: Account) -> int:
    """Return the next sequence number of an account, as a node knows it.

    Raises:
        RpcError: The node does not answer, or not with an account.
    """
    answer = _asked(rpc, _ACCOUNT, message((1, account.address)))
    return number_of(bytes_of(answer, 1), 4)


def balance_query(address: str, denom: str) -> str:
    """Return the path and query by which a client asks a node's RPC for a balance."""
    data = message((1, address), (2, denom)).hex()
    return f"/abci_query?path=%22{_BALANCE}%22&data=0x{data}"


def executed(
    rpc: Comet, transfers: Iterable[SignedTransfer], first: int, last: int
) -> tuple[Executed, ...]:
    """Return where the transfers stand in a node's blocks of these heights.

    Raises:
        RpcError: The node does not answer, or lacks a block.
    """
    wanted = {transfer.hash for transfer in transfers}
    found = []
    for height in range(first, last + 1):
        texts = rpc.call("block", height=str(height))["block"]["data"]["txs"] or ()
        held = [hashlib.sha256(base64.b64decode(t)).hexdigest().upper() for t in texts]
        if not wanted & set(held):
            continue
        results = rpc.call("block_results", height=str(height))["txs_results"]
        found += [
            Executed(hash=name, height=height, code=int(result["code"]))
            for name, result in zip(held, results, strict=True)
            if name in wanted
        ]
    return tuple(found)


def waiting(rpc: Comet) -> frozenset[str]:
    """Return the hashes of the transactions in a node's mempool.

    Raises:
        RpcError: The node does not answer.
    """
    texts = rpc.call("unconfirmed_txs", limit="100")["txs"] or ()
    held = (hashlib.sha256(base64.b64decode(text)).hexdigest() for text in texts)
    return frozenset(name.upper() for name in held)


def _signature(key: ec.EllipticCurvePrivateKey, document: bytes) -> bytes:
    """Return a signature as the SDK wants it: r and s, s in the lower half."""
    r, s = decode_dss_signature(key.sign(document, ec.ECDSA(hashes.SHA256())))
    return r.to_bytes(32, "big") + min(s, _ORDER - s).to_bytes(32, "big")


def _asked(rpc: Comet, path: str, request: bytes) -> bytes:
    """Return the application's answer to a query.

    Raises:
        RpcError: There is none.
    """
    answer = rpc.call("abci_query", path=f'"{path}"', data=f"0x{request.hex()}")[
        "response"
    ]
    if answer.get("code"):
        raise RpcError(f"{path}: {answer.get('log')}", where=f"RPC of {rpc.pod}")
    return base64.b64decode(answer.get("value") or "")
