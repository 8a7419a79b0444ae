"""Large transfers: a client inside the cluster that fills mempools and links.

with bulk.sending(chain, bulk.Order(rate=10, size=20_000)) as sender:
    sender.until_taken(20, within=60)
    …
sender.told.refused
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from pytest_roadmap.errors import UnavailableError
from pytest_roadmap.target.log_following import FollowedLog
from pytest_roadmap.target.pulse import pulse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from pytest_roadmap.target.chain import ChainInstance
    from pytest_roadmap.target.profile import Profile

RECIPE: Final = "bulk"
IMAGE: Final = "roadmap.local/bulk:1"
NAME: Final = "bulk"
_CONTAINER: Final = "bulk"
_USER: Final = 65532
_STARTED_S: Final = 90.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is to be sent.

    Attributes:
        size: Bytes of each transfer.
        rate: Transfers a second; 0 for as fast as they are taken.
        most: It ends after so many bytes; 0 for no bound.
        refusals: It ends after so many refusals by a full mempool; 0 for no bound.
        lapse: The blocks after which a transfer lapses; 0 for never.
        duration_s: It ends after so many seconds in any case.
    """

    size: int
    rate: float = 0.0
    most: int = 0
    refusals: int = 0
    lapse: int = 0
    duration_s: int = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the sender has told so far: sums since its beginning.

    `refused` were refused by a full mempool, `failed` for another reason;
    `bytes` are those of the transfers that were `taken`.
    """

    sent: int
    taken: int
    refused: int
    failed: int
    bytes: int
    error: str
    final: bool


class Sender:
    """A sender by its log."""

    def __init__(self, chain: ChainInstance) -> None:
        self._log = FollowedLog(chain.api.requests, chain.name, NAME, _CONTAINER)

    @property
    def told(self) -> Told:
        """What it has told last; nothing but zeros before that."""
        line = self._log.lines[-1] if self._log.lines else {}
        return told(line)

    def until(self, claim: Callable[[Told], object], *, within: float) -> Told:
        """Wait until what it tells is so; return that.

        Raises:
            NeverHappenedError: It was not.
        """
        pulse.until(
            lambda: claim(self.told),
            within=within,
            what="the sender of large transfers",
            seen=lambda: f"{self.told} {self._log.problem}",
        )
        return self.told

    def until_taken(self, count: int, *, within: float) -> Told:
        """Wait until so many transfers are in the node's mempool, or were.

        Raises:
            NeverHappenedError: They are not.
        """
        return self.until(lambda said: said.taken >= count, within=within)

    def until_done(self, *, within: float) -> Told:
        """Wait until it has come to one of its bounds.

        Raises:
            NeverHappenedError: It has not.
        """
        return self.until(lambda said: said.final, within=within)

    def stop(self) -> None:
        """Follow it no further."""
        self._log.stop()


def told(line: Mapping[str, Any]) -> Told:
    """Return what a line of the sender says."""
    return Told(
        sent=int(line.get("sent", 0)),
        taken=int(line.get("taken", 0)),
        refused=int(line.get("refused", 0)),
        failed=int(line.get("failed", 0)),
        bytes=int(line.get("bytes", 0)),
        error=str(line.get("last_error", "")),
        final=bool(line.get("final", False)),
    )


@contextlib.contextmanager
def sending(chain: ChainInstance, order: Order) -> Iterator[Sender]:
    """Send large transfers to the full node until the block ends.

    Raises:
        UnavailableError: The profile has no accounts or no full node.
        NeverHappenedError: The sender does not start.
    """
    chain.space.apply(pod(chain, order))
    sender: Sender | None = None
    try:
        chain.pods.until_one(
            NAME,
            lambda one: one.ready or one.ended,
            within=_STARTED_S,
            what="the sender of large transfers to run",
        )
        sender = Sender(chain)
        yield sender
    finally:
        chain.space.delete("Pod", NAME, grace=1)
        if sender is not None:
            sender.stop()


def pod(chain: ChainInstance, order: Order) -> dict[str, Any]:
    """Return the manifest of a sender beside the full node.

    Raises:
        UnavailableError: The profile has no accounts or no full node.
    """
    variables = _variables(chain.profile, chain.name, order)
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": NAME},
        "spec": {
            "nodeName": chain.full[0].worker,
            "restartPolicy": "Never",
            "activeDeadlineSeconds": order.duration_s + int(_STARTED_S),
            "terminationGracePeriodSeconds": 1,
            "automountServiceAccountToken": False,
            "enableServiceLinks": False,
            "securityContext": {"runAsNonRoot": True, "runAsUser": _USER},
            "containers": [
                {
                    "name": _CONTAINER,
                    "image": IMAGE,
                    "imagePullPolicy": "IfNotPresent",
                    "args": [f"--duration={order.duration_s}s"],
                    "env": variables,
                    "resources": {
                        "requests": {"cpu": "10m", "memory": "32Mi"},
                        "limits": {"cpu": "500m", "memory": "128Mi"},
                    },
                }
            ],
        },
    }


def _variables(profile: Profile, namespace: str, order: Order) -> list[dict[str, Any]]:
    """Return what the sender is told by its environment.

    Raises:
        UnavailableError: The profile has no accounts or no full node.
    """
    if profile.accounts is None:
        raise UnavailableError(f"the profile {profile.name} has no accounts")
    full, seed = profile.role("full"), profile.accounts.seed
    environment = {
        "NODE": f"http://{full.service}.{namespace}:{profile.ports.rpc}",
        "PREFIX": profile.accounts.prefix,
        "DENOM": profile.denom,
        "FIRST_ACCOUNT": str(profile.accounts.first),
        "ACCOUNTS": str(profile.accounts.count),
        "BYTES": str(order.size),
        "RATE": f"{order.rate:g}",
        "MOST_BYTES": str(order.most),
        "REFUSALS": str(order.refusals),
        "LAPSE": str(order.lapse),
    }
    variables: list[dict[str, Any]] = [
        {"name": name, "value": value} for name, value in environment.items()
    ]
    secret = {"secretKeyRef": {"name": seed.name, "key": seed.key}}
    variables.append({"name": "ACCOUNT_SEED", "valueFrom": secret})
    return variables
