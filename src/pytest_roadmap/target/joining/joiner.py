"""A node that joins, watched from outside and from its machine."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, Final

from pytest_roadmap.errors import NeverHappenedError, TargetError
from pytest_roadmap.target import clock
from pytest_roadmap.target.comet import RpcError
from pytest_roadmap.target.joining.answers import Answer, ask
from pytest_roadmap.target.joining.chunks import APPLIED, Chunks, read_chunks
from pytest_roadmap.target.pulse import pulse

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pytest_roadmap.target.chain import ChainInstance
    from pytest_roadmap.target.chain_node import ChainNode
    from pytest_roadmap.target.pods import Pod
    from pytest_roadmap.target.profile_state_sync import StateQuery

_ASK_INSIDE: Final = 'nsenter -t "$1" -n curl -s --max-time 5 "$2" || true'
_LOOK_S: Final = 0.3


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

    def until_restarted(self, *, within: float) -> None:
        """Wait until its container runs again.

        Raises:
            NeverHappenedError: It does not.
        """
        self.node.until_restarted(0, within=within)

    def chunks(self) -> Chunks:
        """Return how far its restore is, by what this run of it has logged."""
        found = [line for line in self.node.log().splitlines() if APPLIED in line]
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
            UnavailableError: The profile has no name for it.
            TargetError: It has none, or does not answer.
        """
        return self.node.metric(meaning)

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
