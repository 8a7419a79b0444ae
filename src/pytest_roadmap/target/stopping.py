"""Validators that are scaled to zero: how each ended, and what became of its claim.

stops = stopping.all_of(chain, chain.profile.validators)
stopping.lost(chain, stopping.claims_of(nodes), since=began)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pytest_roadmap.target.chain import ChainInstance
    from pytest_roadmap.target.chain_node import ChainNode
    from pytest_roadmap.target.pods import Pod
    from pytest_roadmap.target.profile import Role

_KILLED = 137
_MARGIN = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Which claim it is, and which volume it has."""

    uid: str
    volume: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """How a node process ended; None for what the watch has not seen.

    `seconds` counts from the deletion of its own pod.
    """

    pod: str
    grace: int
    exit_code: int | None
    seconds: float | None

    @property
    def killed(self) -> bool:
        """Whether it had to be killed."""
        return self.exit_code == _KILLED

    @property
    def grace_used_percent(self) -> float:
        """The share of its grace period that it took."""
        taken = float(self.grace) if self.seconds is None else self.seconds
        return 100 * taken / self.grace


def all_of(chain: ChainInstance, role: Role) -> tuple[Stop, ...]:
    """Scale a role to zero and return how each of its nodes ended.

    Raises:
        NeverHappenedError: A pod is still there after every grace period.
    """
    pods = [node.pod for node in chain.nodes_of(role)]
    chain.scale(role, 0)
    # A set may let them go one after the other.
    within = _MARGIN + sum(pod.grace for pod in pods)
    chain.pods.until_gone([pod.uid for pod in pods], within=within)
    return tuple(end_of(chain, pod, role.container) for pod in pods)


def end_of(chain: ChainInstance, pod: Pod, container: str) -> Stop:
    """Return what the watch has seen of the end of a pod that is gone."""
    versions = chain.pods.history(uid=pod.uid)
    deleted = next((c.at for c in versions if c.object.deleting), None)
    runs = (change.object.container(container).now for change in reversed(versions))
    run = next((run for run in runs if run.state == "terminated"), None)
    seconds = None
    if run and run.finished and deleted:
        seconds = max(run.finished - deleted, 0.0)  # the kubelet keeps whole seconds
    return Stop(
        pod=pod.name,
        grace=pod.grace,
        exit_code=run.exit_code if run else None,
        seconds=seconds,
    )


def claims_of(nodes: Iterable[ChainNode]) -> dict[str, Held]:
    """Return the claims of nodes by name; from now on they are followed."""
    claims = [node.claim for node in nodes]
    return {c.name: Held(uid=c.uid, volume=c.volume) for c in claims}


def lost(
    chain: ChainInstance, claims: Mapping[str, Held], since: float
) -> tuple[str, ...]:
    """Return the claims that were at any time away, another one, or not Bound."""
    names = {name for name in claims if chain.space.claims.get(name) is None}
    for change in chain.space.claims.history(since=since):
        claim = change.object
        same = Held(uid=claim.uid, volume=claim.volume) == claims.get(claim.name)
        kept = same and claim.bound and change.what != "deleted"
        if claim.name in claims and not kept:
            names.add(claim.name)
    return tuple(sorted(names))
