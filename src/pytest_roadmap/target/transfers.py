"""Transfers that a client sends, and what has become of each.

with transfers.sending(chain, rate=10, name="payer") as sending:
    …                                        # what they should not notice
    sending.accepted(since=moment)           # how many so far
    sending.end()
ledger = Reader(node, first).until_settled(sending.transfers(), within=30)
ledger.lost, ledger.repeated, ledger.amount
"""

from __future__ import annotations

import contextlib
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from pytest_roadmap.errors import NeverHappenedError, UnavailableError
from pytest_roadmap.target import clients, clock, transactions
from pytest_roadmap.target.comet import RpcError
from pytest_roadmap.target.pulse import pulse

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pytest_roadmap.target.chain import ChainInstance
    from pytest_roadmap.target.chain_node import ChainNode

_ANSWERED_S: Final = 10.0  # a transfer that is under way may take five


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """One transfer, and the answer to it.

    `code` is CheckTx's; None when nobody answered, and then nobody knows
    whether the chain has it.
    """

    at: float
    seconds: float
    memo: str
    hash: str
    amount: int
    code: int | None
    error: str

    @property
    def accepted(self) -> bool:
        """Whether the node took it over."""
        return self.code == 0

    @property
    def refused(self) -> bool:
        """Whether the node said no."""
        return self.code not in {0, None}


class Sending:
    """A client that sends."""

    def __init__(self, chain: ChainInstance, group: clients.Clients) -> None:
        self._chain = chain
        self._group = group

    @property
    def receiver(self) -> str:
        """The address to which all of them go."""
        found = (line["receiver"] for _, line in self._group.lines() if len(line) == 1)
        return str(next(found, ""))

    def transfers(self) -> tuple[Transfer, ...]:
        """Return the transfers so far, oldest first."""
        found = (_transfer(line) for _, line in self._group.lines() if "memo" in line)
        return tuple(sorted(found, key=lambda one: one.at))

    def accepted(self, since: float = 0.0, until: float = float("inf")) -> int:
        """Return how many were sent in a window and accepted."""
        return sum(t.accepted and since <= t.at <= until for t in self.transfers())

    def until_accepted(self, count: int, *, since: float, within: float) -> None:
        """Wait until so many that were sent since a moment have been accepted.

        Raises:
            NeverHappenedError: They have not.
        """
        self._group.until(
            lambda: self.accepted(since) >= count,
            within=within,
            what=f"{count} accepted transfers",
        )

    def end(self) -> None:
        """Stop the client, and wait until it has told of its last transfer.

        Raises:
            NeverHappenedError: It did not.
        """
        for pod in self._group.pods:
            self._chain.space.delete("Pod", pod, grace=int(_ANSWERED_S))
        self._group.until(
            lambda: any("summary" in line for _, line in self._group.lines()),
            within=2 * _ANSWERED_S,
            what="the client's last line",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """What the blocks have of some transfers.

    `lost` were accepted and are in no block with code 0, `repeated` are in more
    than one, `smuggled` were refused and are in one all the same.  `amount` is
    what all that succeeded have moved, `last` the last block that was read.
    """

    lost: tuple[Transfer, ...]
    repeated: tuple[Transfer, ...]
    smuggled: tuple[Transfer, ...]
    amount: int
    last: int


@contextlib.contextmanager
def sending(
    chain: ChainInstance, *, rate: float, name: str, to: str = "api"
) -> Iterator[Sending]:
    """Send transfers to the service of a role until the block ends.

    Whoever counts them to the last one calls `end` before.

    Raises:
        UnavailableError: The profile names no accounts, or has no such role.
        NeverHappenedError: The client does not start.
    """
    accounts = chain.profile.accounts
    if accounts is None:
        raise UnavailableError(
            f"the profile {chain.profile.name} names no accounts to send from"
        )
    host = f"{chain.profile.role(to).service}.{chain.name}"
    arguments = [
        "transfers",
        f"--rpc=http://{host}:{chain.profile.ports.rpc}",
        f"--chain-id={chain.profile.chain_id}",
        f"--denom={chain.profile.denom}",
        f"--prefix={accounts.prefix}",
        f"--first-account={accounts.first}",
        f"--accounts={accounts.count}",
        f"--name={name}",
        f"--rate={rate:g}",
    ]
    place = {"name": accounts.seed.name, "key": accounts.seed.key}
    env = [{"name": "ACCOUNT_SEED", "valueFrom": {"secretKeyRef": place}}]
    worker = [chain.nodes.workers[0].name]
    with clients.asking(chain, arguments, on=worker, name=name, env=env) as group:
        yield Sending(chain, group)


class Reader:
    """Reads what the blocks of a chain have, each block once.

    Args:
        node: Whose blocks are read.
        first: The height to begin with.
    """

    def __init__(self, node: ChainNode, first: int) -> None:
        self._node = node
        self._next = max(first, 1)
        self._found: Counter[str] = Counter()
        self._good: Counter[str] = Counter()

    def ledger(self, transfers: Iterable[Transfer]) -> Ledger:
        """Return what the blocks that have been read have of some transfers."""
        found, good = self._found, self._good
        every = [transfer for transfer in transfers if transfer.hash]
        return Ledger(
            lost=tuple(t for t in every if t.accepted and not good[t.hash]),
            repeated=tuple(t for t in every if found[t.hash] > 1),
            smuggled=tuple(t for t in every if t.refused and found[t.hash]),
            amount=sum(t.amount * good[t.hash] for t in every),
            last=self._next - 1,
        )

    def read(self, last: int) -> None:
        """Read the blocks up to a height.

        Raises:
            RpcError: The node does not have one of them.
        """
        while self._next <= last:
            for name, code in executed(self._node, self._next):
                self._found[name] += 1
                self._good[name] += code == 0
            self._next += 1

    def until_settled(
        self, transfers: tuple[Transfer, ...], *, within: float
    ) -> Ledger:
        """Read new blocks until every accepted transfer is in one, or time is over."""

        def settled() -> bool:
            """Whether none is missing."""
            with contextlib.suppress(RpcError):  # it may be a block behind
                self.read(self._node.instance.height)
            return not self.ledger(transfers).lost

        with contextlib.suppress(NeverHappenedError):  # what is lost is told
            pulse.until(settled, within=within, what="the transfers to be committed")
        return self.ledger(transfers)


def executed(node: ChainNode, height: int) -> tuple[tuple[str, int], ...]:
    """Return hash and code of each transaction in a block, as a node has it.

    Raises:
        RpcError: It has no such block.
    """
    return transactions.executed(node.rpc, height)


def _transfer(line: Mapping[str, Any]) -> Transfer:
    """Return the transfer in a client's line."""
    code = line.get("code")
    return Transfer(
        at=clock.seconds(line["t"]),
        seconds=line["ms"] / 1000,
        memo=line["memo"],
        hash=line["hash"],
        amount=int(line["amount"]),
        code=None if code is None else int(code),
        error=line.get("error", ""),
    )
