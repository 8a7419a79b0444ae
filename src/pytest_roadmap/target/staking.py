"""What a chain keeps of its validators: stakes, signing infos, accounts.

ledger = staking.Ledger(chain)                  # asks any node that answers
ledger.stakes()[validator.address].tokens
ledger.signing_infos()[validator.address].tombstoned
ledger.signer(chain, validator)                 # the operator's account
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from pytest_roadmap.errors import TargetError
from pytest_roadmap.target import bech32, clock, signed_votes, validator_keys
from pytest_roadmap.target.comet import RpcError
from pytest_roadmap.target.transactions import Signer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_roadmap.target.chain import ChainInstance
    from pytest_roadmap.target.chain_node import ChainNode

_OK = 200
_BONDED = "BOND_STATUS_BONDED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stake:
    """A validator as the staking module has it."""

    operator: str
    tokens: int
    jailed: bool
    bonded: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningInfo:
    """A validator as the slashing module has it; `jailed_until` is a moment."""

    missed: int
    tombstoned: bool
    jailed_until: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SlashingRules:
    """What the slashing module has been told."""

    window: int
    least_signed: Decimal
    jail_seconds: float
    for_double_sign: Decimal
    for_downtime: Decimal


class Ledger:
    """The state of a chain, by the REST port of its nodes.

    Args:
        chain: The instance.
        names: The nodes that are asked, one after the other, until one
            answers; by default every validator.
    """

    def __init__(self, chain: ChainInstance, *names: str) -> None:
        self._chain = chain
        self._names = names

    def stakes(self) -> dict[str, Stake]:
        """Return the validators by the address of their consensus key."""
        found = self._ask("/cosmos/staking/v1beta1/validators")["validators"]
        return {
            signed_votes.address_of(entry["consensus_pubkey"]["key"]): Stake(
                operator=entry["operator_address"],
                tokens=int(entry["tokens"]),
                jailed=bool(entry["jailed"]),
                bonded=entry["status"] == _BONDED,
            )
            for entry in found
        }

    def signing_infos(self) -> dict[str, SigningInfo]:
        """Return what is known of their signatures, by the same address."""
        found = self._ask("/cosmos/slashing/v1beta1/signing_infos")["info"]
        return {
            bech32.decode(entry["address"])[1].hex().upper(): SigningInfo(
                missed=int(entry["missed_blocks_counter"]),
                tombstoned=bool(entry["tombstoned"]),
                jailed_until=clock.seconds(entry["jailed_until"]),
            )
            for entry in found
        }

    def rules(self) -> SlashingRules:
        """Return the parameters of the slashing module."""
        found = self._ask("/cosmos/slashing/v1beta1/params")["params"]
        return SlashingRules(
            window=int(found["signed_blocks_window"]),
            least_signed=_fraction(found["min_signed_per_window"]),
            jail_seconds=float(found["downtime_jail_duration"].removesuffix("s")),
            for_double_sign=_fraction(found["slash_fraction_double_sign"]),
            for_downtime=_fraction(found["slash_fraction_downtime"]),
        )

    def balance(self, account: str) -> int:
        """Return what an account has of the chain's token."""
        denom = self._chain.profile.denom
        path = f"/cosmos/bank/v1beta1/balances/{account}/by_denom?denom={denom}"
        return int(self._ask(path)["balance"]["amount"])

    def signer(self, validator: ChainNode) -> Signer:
        """Return the operator's account of a validator, as it is now.

        Raises:
            UnavailableError: The profile names no key of it.
        """
        address = account_of(self.stakes()[validator.address].operator)
        info = self._ask(f"/cosmos/auth/v1beta1/account_info/{address}")["info"]
        return Signer(
            key=validator_keys.operator_key(self._chain, validator),
            address=address,
            number=int(info["account_number"]),
            sequence=int(info["sequence"]),
        )

    def _ask(self, path: str) -> Mapping[str, Any]:
        """Return the answer of the first node that gives one.

        Raises:
            RpcError: None does.
        """
        chain, problem = self._chain, "no node was asked"
        port = chain.profile.ports.rest
        where, _, query = path.partition("?")
        arguments = dict(p.split("=", 1) for p in query.split("&")) if query else None
        for name in self._names or tuple(v.name for v in chain.validators):
            try:
                answer = chain.api.proxy(chain.name, name, port, where, query=arguments)
                document: Mapping[str, Any] = answer.json()
            except (TargetError, ValueError) as error:
                problem = f"{name}: {error}"
                continue
            if answer.status == _OK:
                return document
            problem = f"{name}: HTTP {answer.status}: {document.get('message')}"
        raise RpcError(problem, where=f"REST {where} of {chain.name}")


def account_of(operator: str) -> str:
    """Return the account behind a validator's operator address."""
    prefix, content = bech32.decode(operator)
    return bech32.encode(prefix.removesuffix("valoper"), content)


def _fraction(text: str) -> Decimal:
    """Return a fraction as JSON has it; some routes give bytes in base64."""
    try:
        return Decimal(text)
    except ArithmeticError:
        return Decimal(base64.b64decode(text).decode()) / 10**18
