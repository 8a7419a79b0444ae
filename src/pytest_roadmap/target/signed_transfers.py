"""Transfers that we sign ourselves, from the accounts that the profile names.

accounts = signed_transfers.accounts(chain)
one = signed_transfers.signed(accounts[0], accounts[1].address, amount=5, sequence=0)
node.rpc.broadcast(one.data)
signed_transfers.executed(node.rpc, [one], 17, 30)     # where it stands in the blocks
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pytest_roadmap.errors import UnavailableError
from pytest_roadmap.target import application, transactions
from pytest_roadmap.target.protobuf import bytes_of, message, number_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pytest_roadmap.target.chain import ChainInstance
    from pytest_roadmap.target.comet import Comet

_ACCOUNT: Final = "/cosmos.auth.v1beta1.Query/AccountInfo"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A funded account of a chain; `key` is 32 bytes of secp256k1."""

    chain_id: str
    denom: str
    number: int
    address: str
    key: bytes


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
        return transactions.digest(self.data)


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
            key=transactions.key_from(f"{seed}/account/{number}"),
        )
        for number in wanted
    )


def signed(
    sender: Account, recipient: str, *, amount: int, sequence: int
) -> SignedTransfer:
    """Return a signed transfer without a fee."""
    signer = transactions.Signer(
        key=sender.key,
        address=sender.address,
        number=sender.number,
        sequence=sequence,
    )
    send = transactions.send(sender.address, recipient, amount, sender.denom)
    return SignedTransfer(
        data=transactions.signed([send], signer, sender.chain_id),
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
        RpcError: The node does not answer.
        TargetError: It answers that it knows no such account.
    """
    answer = application.asked(rpc, _ACCOUNT, message((1, account.address)))
    return number_of(bytes_of(answer.value, 1), 4)


def executed(
    rpc: Comet, transfers: Iterable[SignedTransfer], first: int, last: int
) -> tuple[Executed, ...]:
    """Return where the transfers stand in a node's blocks of these heights.

    Raises:
        RpcError: The node does not answer, or lacks a block.
    """
    wanted = {transfer.hash for transfer in transfers}
    return tuple(
        Executed(hash=name, height=height, code=code)
        for height in range(first, last + 1)
        for name, code in transactions.executed(rpc, height, among=wanted)
    )


def waiting(rpc: Comet) -> frozenset[str]:
    """Return the hashes of the transactions in a node's mempool.

    Raises:
        RpcError: The node does not answer.
    """
    held = rpc.call("unconfirmed_txs", limit="100")["txs"]
    return frozenset(transactions.digests(held))
