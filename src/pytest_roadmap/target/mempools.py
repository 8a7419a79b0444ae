"""What nodes hold in their mempools, and what they may.

mempools.capacity(node).bytes
mempools.held(node).transactions
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pytest_roadmap.errors import TargetError

if TYPE_CHECKING:
    from pytest_roadmap.target.chain_node import ChainNode

_CONFIG: Final = "config/config.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mempool:
    """Transactions, and their bytes together."""

    transactions: int
    bytes: int

    def share_of(self, whole: Mempool) -> float:
        """Return how full a mempool of that capacity is with it, from 0 to 1."""
        return max(self.transactions / whole.transactions, self.bytes / whole.bytes)


def capacity(node: ChainNode) -> Mempool:
    """Return what a node's own settings allow.

    Raises:
        TargetError: They cannot be read.
    """
    try:
        settings = tomllib.loads(node.read_file(_CONFIG).decode())["mempool"]
        return Mempool(
            transactions=int(settings["size"]), bytes=int(settings["max_txs_bytes"])
        )
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, KeyError, ValueError) as error:
        what = f"the mempool's capacity cannot be read: {error}"
        raise TargetError(what, where=f"{node.name}, {_CONFIG}") from error


def held(node: ChainNode) -> Mempool:
    """Return what a node holds now.

    Raises:
        RpcError: It does not answer.
    """
    answer = node.rpc.call("num_unconfirmed_txs")
    return Mempool(transactions=int(answer["total"]), bytes=int(answer["total_bytes"]))
