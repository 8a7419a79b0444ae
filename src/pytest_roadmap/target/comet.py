"""A CometBFT node by its RPC, through the API server's pod proxy.

node.rpc.status().height
node.rpc.net_info().peers
node.rpc.block(1).hash
node.rpc.genesis().validators
"""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pytest_roadmap.errors import TargetError
from pytest_roadmap.target import clock
from pytest_roadmap.target.genesis_document import Genesis, genesis_from

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pytest_roadmap.target.api import Api

_COMMIT = 2  # BlockIDFlagCommit: a vote for this very block
_OK = 200
_HEADERS = 20  # how many one call of /blockchain returns


class RpcError(TargetError):
    """A node did not answer, or answered with an error."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """What a node says of itself."""

    node_id: str
    address: str  # of its consensus key
    public_key: str
    power: int
    chain_id: str
    height: int
    block_time: float
    app_hash: str
    catching_up: bool
    version: str
    earliest: int = 1  # the first block that it has


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A block, and who signed the one before it.

    `arrived` is when we learnt of it; None when it was read afterwards.
    """

    height: int
    hash: str
    time: float  # in its header: when the block before it was committed
    proposer: str
    votes: Mapping[str, float]  # for the block before it: when, by address
    app_hash: str
    evidence: int
    transactions: int
    round: int = 0  # in which the block before it was decided
    accused: tuple[str, ...] = ()  # whom its evidence names, by address
    arrived: float | None = None

    @property
    def signers(self) -> frozenset[str]:
        """The addresses in the commit of the block before it."""
        return frozenset(self.votes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What a node has at a height; the app hash is that of the block before it."""

    height: int
    hash: str
    app_hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """The newest block that a node's application has executed, and its app hash."""

    height: int
    app_hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Validator:
    """A member of the validator set."""

    address: str
    public_key: str
    power: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Peers:
    """A node's peers, by node id."""

    ids: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comet:
    """The RPC of one node."""

    api: Api
    namespace: str
    pod: str
    port: int

    def call(self, method: str, *, within: float = 5.0, **arguments: str) -> Any:
        """Return the result of an RPC method, as JSON.

        Raises:
            RpcError: The node did not answer, or with an error.
        """
        where = f"RPC /{method} of {self.pod}"
        try:
            answer = self.api.proxy(
                self.namespace,
                self.pod,
                self.port,
                f"/{method}",
                query={name: text for name, text in arguments.items() if text},
                within=within,
            )
            said = answer.json()
        except TargetError as error:
            raise RpcError(error.what, where=where) from error
        except ValueError as error:
            what = f"HTTP {answer.status}: {answer.text[:200]}"
            raise RpcError(what, where=where) from error
        if answer.status != _OK or not isinstance(said, dict) or "result" not in said:
            detail = said.get("error") or said.get("message") or said
            raise RpcError(f"HTTP {answer.status}: {detail}", where=where)
        return said["result"]

    def answers(self, within: float = 2.0) -> bool:
        """Whether the node answers at all."""
        try:
            self.call("status", within=within)
        except RpcError:
            return False
        return True

    def status(self, *, within: float = 5.0) -> Status:
        """Return what the node says of itself."""
        result = self.call("status", within=within)
        node, sync, own = (
            result["node_info"],
            result["sync_info"],
            result["validator_info"],
        )
        return Status(
            node_id=node["id"],
            address=own["address"],
            public_key=own["pub_key"]["value"],
            power=int(own["voting_power"]),
            chain_id=node["network"],
            height=int(sync["latest_block_height"]),
            block_time=clock.seconds(sync["latest_block_time"]),
            app_hash=sync["latest_app_hash"],
            catching_up=bool(sync["catching_up"]),
            version=node["version"],
            earliest=int(sync.get("earliest_block_height") or 0),
        )

    def peers(self) -> Peers:
        """Return the nodes that it is connected to."""
        entries = self.call("net_info")["peers"]
        return Peers(ids=frozenset(entry["node_info"]["id"] for entry in entries))

    def block(self, height: int | None = None) -> Block:
        """Return a block; the newest, where no height is given."""
        return block_from(self.call("block", height=_number(height)))

    def headers(self, first: int, last: int) -> tuple[Header, ...]:
        """Return what this node has at the heights from `first` to `last`.

        What it has pruned or not yet made is left out.
        """
        found: list[Header] = []
        span = self.call("status")["sync_info"]
        first = max(first, int(span["earliest_block_height"]))
        last = min(last, int(span["latest_block_height"]))
        for low in range(first, last + 1, _HEADERS):
            high = min(low + _HEADERS - 1, last)
            answer = self.call("blockchain", minHeight=str(low), maxHeight=str(high))
            found += [
                Header(
                    height=int(meta["header"]["height"]),
                    hash=meta["block_id"]["hash"],
                    app_hash=meta["header"]["app_hash"],
                )
                for meta in answer["block_metas"]
            ]
        return tuple(sorted(found, key=lambda header: header.height))

    def validators(self, height: int | None = None) -> tuple[Validator, ...]:
        """Return the validator set at a height."""
        return tuple(
            Validator(
                address=entry["address"],
                public_key=entry["pub_key"]["value"],
                power=int(entry["voting_power"]),
            )
            for entry in self.call(
                "validators", per_page="100", height=_number(height)
            )["validators"]
        )

    def genesis(self) -> Genesis:
        """Return the genesis that the node runs, in pieces where it is large."""
        first = self.call("genesis_chunked", chunk="0")
        numbers = map(str, range(1, int(first["total"])))
        more = (self.call("genesis_chunked", chunk=number) for number in numbers)
        pieces = [first["data"], *(chunk["data"] for chunk in more)]
        document = json.loads(b"".join(base64.b64decode(p) for p in pieces))
        return genesis_from(document)

    def abci_info(self) -> Mapping[str, Any]:
        """Return what the application says of itself (`version`, `last_block_…`)."""
        response: Mapping[str, Any] = self.call("abci_info")["response"]
        return response

    def state(self) -> State:
        """Return how far the application is, and what it has computed there."""
        info = self.abci_info()
        return State(
            height=int(info.get("last_block_height") or 0),
            app_hash=base64.b64decode(info.get("last_block_app_hash") or "")
            .hex()
            .upper(),
        )

    def broadcast(self, transaction: bytes) -> int:
        """Offer a transaction; return the code (0: taken into the mempool)."""
        text = "0x" + binascii.hexlify(transaction).decode()
        return int(self.call("broadcast_tx_sync", tx=text)["code"])


def block_from(result: Mapping[str, Any], arrived: float | None = None) -> Block:
    """Return the block in the RPC's JSON."""
    block = result["block"]
    header = block["header"]
    commit = block.get("last_commit") or {}
    return Block(
        height=int(header["height"]),
        hash=(result.get("block_id") or {}).get("hash", ""),
        time=clock.seconds(header["time"]),
        proposer=header["proposer_address"],
        votes={
            entry["validator_address"]: clock.seconds(entry["timestamp"])
            for entry in commit.get("signatures") or ()
            if entry["block_id_flag"] == _COMMIT
        },
        app_hash=header["app_hash"],
        evidence=len((block.get("evidence") or {}).get("evidence") or ()),
        transactions=len((block.get("data") or {}).get("txs") or ()),
        round=int(commit.get("round") or 0),
        accused=tuple(_accused(block)),
        arrived=arrived,
    )


def _accused(block: Mapping[str, Any]) -> Iterator[str]:
    """Yield the addresses that the evidence in a block's JSON names."""
    for entry in (block.get("evidence") or {}).get("evidence") or ():
        value = entry.get("value") or {}
        if "vote_a" in value:
            yield value["vote_a"]["validator_address"]
        for validator in value.get("byzantine_validators") or ():
            yield validator["address"]


def _number(height: int | None) -> str:
    """Return a height as an argument; empty for the newest."""
    return "" if height is None else str(height)
