"""Nodes that join a chain: by a snapshot from a pinned block on, or block by block.

root = joining.pin(chain)                    # as an operator does
with joining.joining(chain) as joiner:       # scaled up; gone again at the end
    joiner.until_chunk(within=60)            # the first one that it has applied
    joiner.chunks()                          # Chunks(height=…, applied=…, total=…)
"""

from __future__ import annotations

import base64
import contextlib
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pytest_roadmap.errors import (
    NeverHappenedError,
    TargetError,
    UnavailableError,
)
from pytest_roadmap.target import clock
from pytest_roadmap.target.chain_node import ChainNode
from pytest_roadmap.target.comet import RpcError
from pytest_roadmap.target.profile import Role
from pytest_roadmap.target.pulse import pulse

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_roadmap.target.chain import ChainInstance
    from pytest_roadmap.target.pods import Container, Pod
    from pytest_roadmap.target.profile_state_sync import StateQuery

_APPLIED: Final = "Applied snapshot chunk to ABCI app"
_DEPTH: Final = 5  # blocks below the newest one: every node has the pinned block
_ASK_INSIDE: Final = 'nsenter -t "$1" -n curl -s --max-time 5 "$2" || true'
_PLACED_S: Final = 120.0
_GONE_S: Final = 90.0
_LOOK_S: Final = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustRoot:
    """A pinned block; a validator without a signing state signs above `sign_above`."""

    height: int
    hash: str
    sign_above: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What an application has answered, and of which height."""

    height: int
    value: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunks:
    """How far a restore is: the snapshot's height, and its chunks."""

    height: int
    applied: frozenset[int]
    total: int

    @property
    def missing(self) -> int:
        """How many chunks are still to be applied."""
        return self.total - len(self.applied)


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


class Joiner:
    """A node with an empty volume that joins.

    Attributes:
        node: The node.
        pod: Its pod in its first version.
        began: When its node process was started for the first time.
    """

    def __init__(self, chain: ChainInstance, node: ChainNode, pod: Pod) -> None:
        self.chain = chain
        self.node = node
        self.pod = pod
        self.began = clock.now()

    @property
    def height(self) -> int:
        """The newest block that it has; 0 without one, or while it is silent."""
        try:
            return self.node.rpc.status().height
        except RpcError:
            return 0

    @property
    def peers(self) -> frozenset[str]:
        """The node ids of its peers.

        Raises:
            RpcError: It does not answer.
        """
        return self.node.rpc.peers().ids

    def logged(self, words: str) -> list[str]:
        """Return the lines of its log with these words."""
        return [line for line in self.node.log().splitlines() if words in line]

    def hash_from(self, service: str, height: int) -> str:
        """Return the block hash that a Service gives in this node's network.

        Empty when nobody answers.
        """
        document = self.chain.api.read("Service", service, self.chain.name)
        server = f"{document['spec']['clusterIP']}:{self.chain.profile.ports.rpc}"
        text = self.chain.nodes.script(
            self.node.worker,
            _ASK_INSIDE,
            str(self.node.process().pid),
            f"http://{server}/block?height={height}",
        )
        try:
            said = json.loads(text)
        except ValueError:
            return ""
        return str(said.get("result", {}).get("block_id", {}).get("hash", ""))

    @property
    def restarts(self) -> int:
        """How often its container was restarted, and its pod replaced."""
        now = self.node.pod
        return now.container(self.node.role.container).restarts + (
            now.uid != self.pod.uid
        )

    def until_restarted(self, *, within: float) -> Container:
        """Wait until its container runs again; return the container.

        Raises:
            NeverHappenedError: It does not.
        """
        pod = self.node.until_restarted(0, within=within)
        return pod.container(self.node.role.container)

    def chunks(self) -> Chunks:
        """Return how far its restore is, by what this run of it has logged."""
        found = [line for line in self.node.log().splitlines() if _APPLIED in line]
        return read_chunks(found)

    def until_chunk(self, *, within: float) -> Chunks:
        """Wait until a chunk was applied; return how far the restore is.

        Raises:
            NeverHappenedError: None was.
        """

        def begun() -> Chunks | None:
            """Return the chunks, if there is one."""
            chunks = self.chunks()
            return chunks if chunks.applied else None

        found = pulse.ask_until(
            begun,
            within=within,
            what=f"{self.node} to apply a chunk",
            every=_LOOK_S,
            seen=lambda: self.node.log(tail=3),
        )
        assert found is not None  # noqa: S101 - until returns true answers only
        return found

    def gauge(self, meaning: str) -> float:
        """Return one of its metrics, by the profile's word for it.

        Raises:
            TargetError: It has none, or does not answer.
        """
        return gauge(self.node, meaning)

    def until_gauge(self, meaning: str, *, within: float) -> None:
        """Wait until one of its metrics is 1.

        Raises:
            NeverHappenedError: It was not.
        """

        def is_one() -> bool:
            """Whether it is; a node that does not answer has none."""
            try:
                return self.gauge(meaning) == 1
            except TargetError:
                return False

        self.chain.until_true(is_one, within=within, what=f"{meaning} at {self.node}")

    def folder_size(self, path: str) -> int:
        """Return the bytes in the files of a folder below its home."""
        process = self.node.process()
        place = f"/proc/{process.pid}/root{self.node.role.home}/{path}"
        machine = self.node.worker
        text = self.chain.nodes.script(machine, 'du -sb "$1" | cut -f 1', place)
        return int(text.strip() or 0)

    def received(self) -> dict[str, int]:
        """Return the bytes that each peer has sent it, by node id.

        Raises:
            RpcError: It does not answer.
        """
        return {
            peer["node_info"]["id"]: int(
                peer["connection_status"]["RecvMonitor"]["Bytes"]
            )
            for peer in self.node.rpc.call("net_info")["peers"]
        }

    def main_source(self, providers: Iterable[ChainNode]) -> ChainNode:
        """Return the provider that has sent it most."""
        received = self.received()
        ids = {node.rpc.status().node_id: node for node in providers}
        return ids[max(ids, key=lambda found: received.get(found, 0))]

    def ask_until_synced(
        self, query: StateQuery, *, within: float
    ) -> tuple[Answer, ...]:
        """Ask it again and again until it says that it is caught up.

        Returns:
            What it has answered before that.
        """
        answers: list[Answer] = []

        def synced() -> bool:
            """Whether it is caught up; the answer of before counts."""
            try:
                said = ask(self.node, query)
            except RpcError:
                said = None
            try:
                catching_up = self.node.rpc.status().catching_up
            except RpcError:
                catching_up = True
            if said is not None and catching_up:
                answers.append(said)
            return not catching_up

        with contextlib.suppress(NeverHappenedError):
            self.chain.until_true(synced, within=within, what="the end of the sync")
        return tuple(answers)

    def ready_before(self, moment: float) -> bool:
        """Whether its pod was Ready at any time before a moment."""
        flips = self.chain.pods.flips(lambda pod: pod.ready, uid=self.pod.uid)
        return any(flip.answer and flip.at < moment for flip in flips)


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


def ask(node: ChainNode, query: StateQuery, height: int = 0) -> Answer:
    """Return what a node's application says of a height; of the newest by default.

    Raises:
        RpcError: It does not answer, or answers that it cannot say.
    """
    said = node.rpc.call(
        "abci_query",
        path=f'"{query.path}"',
        data=f"0x{query.data.hex()}" if query.data else "",
        height=str(height) if height else "",
    )
    response = said["response"]
    if int(response.get("code") or 0):
        raise RpcError(str(response.get("log")), where=f"{query.path} of {node}")
    value = base64.b64decode(response.get("value") or "")
    return Answer(height=int(response.get("height") or 0), value=value)


def query(chain: ChainInstance, path: str) -> StateQuery:
    """Return the profile's query of this path.

    Raises:
        UnavailableError: It has none.
    """
    for found in chain.profile.snapshots().queries:
        if found.path == path:
            return found
    raise UnavailableError(f"the profile {chain.profile.name} does not ask {path}")


def wrong(
    answers: Iterable[Answer], witness: ChainNode, path: str
) -> tuple[Answer, ...]:
    """Return the answers that a node which has executed every block does not give."""
    asked = query(witness.instance, path)
    return tuple(
        answer
        for answer in answers
        if not answer.height or ask(witness, asked, answer.height) != answer
    )


def computed(node: ChainNode, height: int) -> str:
    """Return the app hash that a node's own application computed for a block.

    Raises:
        RpcError: It does not have the block's results.
    """
    said = node.rpc.call("block_results", height=str(height))
    return base64.b64decode(said.get("app_hash") or "").hex().upper()


def gauge(node: ChainNode, meaning: str) -> float:
    """Return a metric of a node, by the profile's word for it.

    Raises:
        TargetError: It has none, or does not answer.
    """
    instance = node.instance
    name = instance.profile.metrics[meaning]
    said = instance.api.proxy(
        instance.name, node.name, instance.profile.ports.metrics, "/metrics"
    )
    for line in said.text.splitlines():
        if line.startswith((f"{name}{{", f"{name} ")):
            return float(line.rpartition(" ")[2])
    raise TargetError(f"no metric {name}", where=node.name)


def read_chunks(lines: list[str]) -> Chunks:
    """Return what the lines about applied chunks of one restore say together.

    Of several restores in one log the newest counts.
    """
    height = total = 0
    applied: set[int] = set()
    for line in lines:
        values = {key: int(text) for key, text in re.findall(r"\b(\w+)=(\d+)", line)}
        if values["height"] != height:
            applied.clear()
        height, total = values["height"], values["total"]
        applied.add(values["chunk"])
    return Chunks(height=height, applied=frozenset(applied), total=total)


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
