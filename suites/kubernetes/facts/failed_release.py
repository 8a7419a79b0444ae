"""A release that cannot start: rolled out, observed, undone."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from pytest_roadmap.errors import NeverHappenedError
from pytest_roadmap.target import clock, diagnosis
from pytest_roadmap.target.evicting import asked_at_once
from pytest_roadmap.target.requests import ApiError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_roadmap.target.chain import ChainInstance
    from pytest_roadmap.target.chain_node import ChainNode
    from pytest_roadmap.target.evicting import Asked
    from pytest_roadmap.target.instances import ChainPool

BREAKING_S = 120.0
BLOCKS_MADE = 10
MENDING_S = 150.0  # beyond the limit on the undo
CONFIGURATION = ("config/config.toml", "config/app.toml", "config/genesis.json")
NODE_INFO = "/cosmos/base/tendermint/v1beta1/node_info"


@dataclass(slots=True, kw_only=True)
class FailedRelease:
    """What was recorded of one instance.

    `traits` are, by validator and name, the values that a release changes;
    `signed_after` is how long after the undo the broken validator signed.
    """

    problem: str = ""
    taken: tuple[str, ...] = ()
    complete: bool = True
    blocks_made: int = 0
    longest_gap: float = 0.0
    asked: tuple[Asked, ...] = ()
    traits_before: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    traits_after: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    revisions_after: tuple[str, str] = ("", "")
    signed_after: float | None = None
    replaced_healthy: tuple[str, ...] = ()
    undo_problem: str = ""


@pytest.fixture(scope="session")
def failed_release(chains: ChainPool) -> FailedRelease:
    """The failing release, rolled out until it stands still, then undone."""
    chain = chains.acquire()
    try:
        return _story(chain)
    finally:
        chains.discard(chain)


def _story(chain: ChainInstance) -> FailedRelease:
    """Roll out, look, undo, look again; go on as far as it goes."""
    fact = FailedRelease()
    uids = {node.name: node.pod.uid for node in chain.validators}
    fact.traits_before = {node.name: _traits(node) for node in chain.validators}
    addresses = {node.name: node.address for node in chain.validators}

    began = chain.roll_out("failing", chain.profile.validators)
    _until_it_stands(chain, fact)
    fact.complete = chain.validator_set.settled
    fact.taken = tuple(n for n, uid in uids.items() if _uid(chain, n) != uid)
    fact.longest_gap = chain.blocks.longest_gap(began)
    fact.asked = _evictions(chain)

    undone = chain.undo()
    for name in fact.taken:
        fact.signed_after = _signed_after(chain, addresses[name], undone, fact)
    fact.replaced_healthy = tuple(
        n for n, uid in uids.items() if n not in fact.taken and _uid(chain, n) != uid
    )
    fact.traits_after = {node.name: _traits(node) for node in chain.validators}
    found = chain.validator_set
    fact.revisions_after = (found.current_revision, found.update_revision)
    return fact


def _until_it_stands(chain: ChainInstance, fact: FailedRelease) -> None:
    """Wait for the first broken pod, then for ten further blocks."""
    try:
        chain.pods.until(
            lambda pods: any(_crashing(chain, pod) for pod in pods),
            within=BREAKING_S,
            what="a pod of the failing release in CrashLoopBackOff",
        )
        height = chain.height
        chain.blocks.wait_for_blocks(BLOCKS_MADE, within=BREAKING_S)
        fact.blocks_made = chain.height - height
    except NeverHappenedError as error:
        fact.problem = f"{error}; {diagnosis.root_cause(chain.space)}"


def _signed_after(
    chain: ChainInstance, address: str, undone: float, fact: FailedRelease
) -> float | None:
    """Return how long after the undo a validator signed; None if it did not."""
    try:
        vote = chain.blocks.wait_for_signature(address, after=undone, within=MENDING_S)
        chain.until_settled(chain.profile.validators, within=60)
    except NeverHappenedError as error:
        fact.undo_problem = f"{error}; {diagnosis.root_cause(chain.space)}"
        return None
    return vote.at - undone


def _crashing(chain: ChainInstance, pod: object) -> bool:
    """Whether a validator's pod waits in CrashLoopBackOff."""
    role = chain.profile.validators
    if not pod.matches(role.selector):
        return False
    return pod.container(role.container).now.reason == "CrashLoopBackOff"


def _evictions(chain: ChainInstance) -> tuple[Asked, ...]:
    """Ask (dry run) for the eviction of every validator."""
    pods = [pod for pod in chain.pods_of(chain.profile.validators) if not pod.deleting]
    return asked_at_once(chain.api, pods, dry_run=True)


def _uid(chain: ChainInstance, name: str) -> str:
    """Return the uid of the present pod of this name; empty for none."""
    pod = chain.pods.get(name)
    return "" if pod is None else pod.uid


def _traits(node: ChainNode) -> dict[str, str]:
    """Return what a release changes of a validator, by name."""
    container = node.pod.container(node.role.container)
    traits = {
        "image": container.image_id,
        "arguments": " ".join(container.command),
        "variables": str(container.variables),
    }
    try:
        traits |= {path: node.file_sha(path) for path in CONFIGURATION}
        traits["application"] = node.rpc.abci_info().get("version", "")
        traits["node info"] = _node_info(node)
    except (ApiError, OSError) as error:
        traits["unreadable"] = f"at {clock.now():.0f}: {error}"
    return traits


def _node_info(node: ChainNode) -> str:
    """Return the application version that a node's REST API tells."""
    chain = node.instance
    port = chain.profile.ports.rest
    answer = chain.api.proxy(chain.name, node.name, port, NODE_INFO)
    return str(answer.json().get("application_version", {}).get("version", ""))
