"""Whose turn it is to propose, told before the turn comes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pytest_roadmap.target.comet import Comet


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A validator with its power, and its priority after a height's turn was given."""

    address: str
    power: int
    priority: int


def standings(rpc: Comet, height: int) -> tuple[Standing, ...]:
    """Return the validators as a node has them for a height.

    Raises:
        RpcError: The node does not know that height yet, or does not answer.
    """
    answer = rpc.call("validators", height=str(height), per_page="100")
    return tuple(
        Standing(
            address=entry["address"],
            power=int(entry["voting_power"]),
            priority=int(entry["proposer_priority"]),
        )
        for entry in answer["validators"]
    )


def following(found: Iterable[Standing], count: int) -> tuple[str, ...]:
    """Return the addresses of the next proposers after those standings.

    Each turn everybody's priority grows by his power; the highest proposes and
    pays with the whole power.  The lower address is preferred among equals.  A
    round that fails takes the next one in the same order.
    """
    known = tuple(found)
    power = {one.address: one.power for one in known}
    priority = {one.address: one.priority for one in known}
    turns = []
    for _ in range(count):
        for address in priority:
            priority[address] += power[address]
        chosen = min(priority, key=lambda address: (-priority[address], address))
        priority[chosen] -= sum(power.values())
        turns.append(chosen)
    return tuple(turns)
