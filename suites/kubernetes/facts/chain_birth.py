"""The birth of a chain: applied once, and followed to its second block."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from pytest_roadmap.errors import NeverHappenedError
from pytest_roadmap.target import diagnosis, genesis_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_roadmap.target.chain import ChainInstance
    from pytest_roadmap.target.genesis_document import Genesis
    from pytest_roadmap.target.instances import ChainPool

LONGEST_S = 150.0
TO_SECOND_BLOCK_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstState:
    """What the nodes that answer were born with, each by its name.

    `published` is the SHA-256 of the genesis that the init containers read,
    `files` that of the file on each volume; `blocks` are hashes of block 1, and
    `keys` the validators' public keys.
    """

    published: str
    served: Mapping[str, Genesis]
    blocks: Mapping[str, str]
    files: Mapping[str, str]
    keys: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainBirth:
    """What was seen of a new instance.

    `ready_after` is, by pod, the seconds from the application to the first
    Ready condition; `cause` says why not all pods are in it, or why there is
    no second block.
    """

    chain: ChainInstance
    ready_after: Mapping[str, float]
    not_ready: tuple[str, ...]
    restarts: int
    second_block_after: float | None
    cause: str
    first: FirstState

    @property
    def last_validator_after(self) -> float:
        """When the last of the Ready validators was Ready."""
        names = {node.name for node in self.chain.validators}
        return max(after for pod, after in self.ready_after.items() if pod in names)


@pytest.fixture(scope="session")
def chain_birth(chains: ChainPool) -> ChainBirth:
    """A new instance, from its application to its second block."""
    chain = chains.fresh()
    cause = _follow(chain)
    birth = _told(chain, cause, _first_state(chain))  # lent on, it may change
    if cause:
        chains.give_up(cause)
    else:
        chains.release(chain, as_born=True)
    return birth


def _follow(chain: ChainInstance) -> str:
    """Follow an instance to its second block; return what went wrong, if anything."""
    try:
        chain.until_true(
            lambda: chain.complete or diagnosis.hopeless(chain.space),
            within=LONGEST_S,
            what="every pod of every role to be Ready",
        )
        if not chain.complete:
            return diagnosis.of_chain(chain)
        chain.blocks.wait_for_height(2, within=TO_SECOND_BLOCK_S)
    except NeverHappenedError as error:
        return f"{diagnosis.of_chain(chain)} ({str(error).splitlines()[0]})"
    return ""


def _first_state(chain: ChainInstance) -> FirstState:
    """Read what every node that answers was born with."""
    nodes = [node for node in chain.all_nodes if node.exists and node.rpc.answers()]
    begun = [node for node in nodes if node.rpc.status().height]
    source = chain.profile.genesis
    text = genesis_text.published(chain) if source else ""
    return FirstState(
        published=genesis_text.sha256(text),
        served={node.name: node.rpc.genesis() for node in nodes},
        blocks={node.name: node.rpc.block(1).hash for node in begun},
        files={node.name: node.file_sha(source.path) for node in nodes if source},
        keys={
            node.name: node.rpc.status().public_key
            for node in nodes
            if node in chain.validators
        },
    )


def _told(chain: ChainInstance, cause: str, first: FirstState) -> ChainBirth:
    """Return what the watches have seen."""
    began = chain.applied or 0.0
    pods = chain.pods.now()
    ready_after = {
        pod.name: chain.first_ready(pod) - began
        for pod in pods
        if any(f.answer for f in chain.pods.flips(lambda p: p.ready, uid=pod.uid))
    }
    versions = [change.object for change in chain.pods.history()]
    restarts: dict[str, int] = {}
    for pod in versions:
        restarts[pod.uid] = max(pod.restarts, restarts.get(pod.uid, 0))
    second = chain.blocks.at(2)
    return ChainBirth(
        chain=chain,
        ready_after=ready_after,
        not_ready=tuple(pod.name for pod in pods if pod.name not in ready_after),
        restarts=sum(restarts.values()),
        second_block_after=chain.blocks.committed_at(2) - began if second else None,
        cause=cause,
        first=first,
    )
