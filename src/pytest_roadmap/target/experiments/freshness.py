"""How old the state is that clients are shown, by the height that it is of."""

from __future__ import annotations

import bisect
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pytest_roadmap.target import application, queries

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pytest_roadmap.target.blocks import Blocks
    from pytest_roadmap.target.chain import ChainInstance
    from pytest_roadmap.target.clients import Answer

_NEAR: Final = 2  # blocks by which fresh state may be behind
_STATUS: Final = "result.sync_info.latest_block_height"
_BALANCE: Final = "result.response.height"


def questions(
    chain: ChainInstance, address: str, *, rate: float, timeout: float
) -> tuple[list[str], list[str]]:
    """Return what two clients ask the API service: for the tip, and for a balance.

    Args:
        chain: Whose API role is asked.
        address: Whose balance.
        rate: Requests per second of each client, each on a new connection.
        timeout: Seconds until a request has failed.
    """
    balance = application.balance_query(address, chain.profile.denom)
    return (
        queries.status(chain, rate, timeout=timeout, capture=_STATUS),
        queries.rpc(chain, balance, rate, timeout=timeout, capture=_BALANCE),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """The state in an answer: its height, how many blocks and seconds it is old.

    `at` is when the client had the answer.
    """

    at: float
    client: str
    height: int
    behind: int
    age: float

    @property
    def fresh(self) -> bool:
        """Whether it is near the tip."""
        return self.behind <= _NEAR


def shown(answers: Iterable[Answer], blocks: Blocks) -> tuple[Shown, ...]:
    """Return what clients were shown, compared with the network's newest block.

    The answers have captured a height.  A block of which nobody knows when it
    was committed cannot be compared, and is left out.
    """
    heights = [block.height for block in blocks.since()]
    moments = [blocks.committed_at(height) for height in heights]
    committed = dict(zip(heights, moments, strict=True))
    found = []
    for answer in answers:
        height = int(answer.captured.strip('"') or 0) if answer.ok else 0
        at = answer.at + answer.seconds
        place = bisect.bisect_right(moments, at) - 1
        if height not in committed or place < 0:
            continue
        newest = max(heights[place], height)
        found.append(
            Shown(
                at=at,
                client=answer.client,
                height=height,
                behind=newest - height,
                age=max(committed[newest] - committed[height], 0.0),
            )
        )
    return tuple(found)


def fresh_again(found: Iterable[Shown], since: float) -> float | None:
    """Return when every client had been shown fresh state after a moment."""
    first: dict[str, float] = {}
    clients = set()
    for one in found:
        clients.add(one.client)
        if one.at >= since and one.fresh:
            first.setdefault(one.client, one.at)
    return max(first.values()) if clients and clients == first.keys() else None
