"""Pinned blocks, nodes that are scaled up to join, and chains that look alike."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pytest_roadmap.errors import TargetError, UnavailableError
from pytest_roadmap.target.chain_node import ChainNode
from pytest_roadmap.target.comet import RpcError
from pytest_roadmap.target.joining.joiner import Joiner
from pytest_roadmap.target.profile import Role

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_roadmap.target.chain import ChainInstance

_DEPTH: Final = 5  # blocks below the newest one: every node has the pinned block
_PLACED_S: Final = 120.0
_GONE_S: Final = 90.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustRoot:
    """A pinned block; a validator without a signing state signs above `sign_above`."""

    height: int
    hash: str
    sign_above: int = 0


def pin(
    chain: ChainInstance, *, height: int | None = None, sign_above: int = 0
) -> TrustRoot:
    """Pin a block for nodes that join, if two nodes agree on it.

    Raises:
        UnavailableError: The profile does not say where blocks are pinned.
        TargetError: They do not agree.
    """
    where = chain.profile.snapshots().trust
    wanted = max(chain.height - _DEPTH, 1) if height is None else height
    witnesses = (chain.full[0], chain.validators[0])
    hashes = {node.name: node.rpc.block(wanted).hash for node in witnesses}
    if len(set(hashes.values())) != 1:
        raise TargetError(f"no agreement on block {wanted}: {hashes}", where=str(chain))
    root = TrustRoot(
        height=wanted, hash=next(iter(hashes.values())), sign_above=sign_above
    )
    data = {where.height: str(root.height), where.hash: root.hash}
    if where.sign_above and sign_above:
        data[where.sign_above] = str(sign_above)
    chain.space.apply(
        {
            "apiVersion": "v1",
            "kind": where.kind,
            "metadata": {"name": where.object},
            "data": data,
        }
    )
    return root


def unpin(chain: ChainInstance) -> None:
    """Take the pinned block away: who joins now executes every block."""
    where = chain.profile.snapshots().trust
    chain.space.delete(where.kind, where.object)


@contextlib.contextmanager
def joining(chain: ChainInstance) -> Iterator[Joiner]:
    """Have a node join until the block ends; then it and its volume go.

    Raises:
        UnavailableError: The profile names no such node.
        NeverHappenedError: Its process is not started.
    """
    role = chain.profile.snapshots().joiner
    node = ChainNode(chain, role, f"{role.object}-0")
    _ = chain.space.claims  # the watch begins
    chain.scale(role, 1)
    try:
        pod = node.until_running(within=_PLACED_S)
        yield Joiner(chain, node, pod)
    finally:
        chain.scale(role, 0)
        _until_gone(chain, node)


@contextlib.contextmanager
def lookalike(chain: ChainInstance, *, height: int) -> Iterator[ChainNode]:
    """Have a chain of the same id run until the block ends.

    Args:
        chain: The genuine one.
        height: What the other one must have reached.

    Raises:
        UnavailableError: The profile names none.
        NeverHappenedError: It does not get there.
    """
    name = chain.profile.snapshots().lookalike
    if not name:
        raise UnavailableError(f"the profile {chain.profile.name} has no look-alike")
    role = Role(name="lookalike", kind="StatefulSet", object=name, selector={})
    node = ChainNode(chain, role, f"{name}-0")

    def reached() -> bool:
        """Whether it has."""
        try:
            return node.rpc.status().height >= height
        except RpcError:
            return False

    chain.scale(role, 1)
    try:
        node.until_ready(within=_PLACED_S)
        chain.until_true(reached, within=_PLACED_S, what=f"{height} blocks of {name}")
        yield node
    finally:
        chain.scale(role, 0)


def _until_gone(chain: ChainInstance, node: ChainNode) -> None:
    """Wait until a node's pod and claim are gone."""
    claim = f"{node.role.claim}-{node.name}"
    chain.pods.until(
        lambda pods: all(pod.name != node.name for pod in pods),
        within=_GONE_S,
        what=f"the end of {node}",
    )
    chain.space.claims.until(
        lambda claims: all(found.name != claim for found in claims),
        within=_GONE_S,
        what=f"the end of claim {claim}",
    )
