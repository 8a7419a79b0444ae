"""Transfers of one account in quick succession, signed before the first is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_roadmap.errors import UnavailableError
from pytest_roadmap.target import clients
from pytest_roadmap.target.transfers import Sending

if TYPE_CHECKING:
    from pytest_roadmap.target.chain import ChainInstance
    from pytest_roadmap.target.transfers import Transfer


def send(chain: ChainInstance, count: int, *, within: float) -> tuple[Transfer, ...]:
    """Send transfers with consecutive sequence numbers; return them in their order.

    Each has a connection of its own to the API role, and is sent after the
    answer to the one before.

    Raises:
        UnavailableError: The profile names no accounts.
        NeverHappenedError: The client does not start, or does not end.
    """
    profile, role = chain.profile, chain.profile.role("api")
    accounts = profile.accounts
    if accounts is None:
        raise UnavailableError(
            f"the profile {profile.name} names no accounts to send from"
        )
    host = f"{role.sessions or role.service}.{chain.name}"
    arguments = [
        "burst",
        f"--rpc=http://{host}:{profile.ports.rpc}",
        f"--chain-id={profile.chain_id}",
        f"--denom={profile.denom}",
        f"--prefix={accounts.prefix}",
        f"--account={accounts.first + accounts.count}",  # the load's receiver
        f"--count={count}",
    ]
    place = {"name": accounts.seed.name, "key": accounts.seed.key}
    env = [{"name": "ACCOUNT_SEED", "valueFrom": {"secretKeyRef": place}}]
    worker = [chain.nodes.workers[-1].name]
    with clients.asking(chain, arguments, on=worker, name="burst", env=env) as group:
        group.until(
            lambda: any("summary" in line for _, line in group.lines()),
            within=within,
            what=f"the answers to {count} transfers",
        )
        return Sending(chain, group).transfers()
