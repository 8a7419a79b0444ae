"""Follows a chain's new blocks by subscription, from whichever node answers.

One web socket to one node at a time, through the API server; blocks that were
made meanwhile are fetched over the same socket.  A node that goes silent is
left for the next one: it may hang, be cut off, or the chain may stand still,
and only another node can tell.
"""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any

import websocket

from pytest_roadmap.errors import TargetError
from pytest_roadmap.target import clock
from pytest_roadmap.target.blocks import Blocks
from pytest_roadmap.target.comet import block_from
from pytest_roadmap.target.sockets import dial

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pytest_roadmap.target.requests import Requests

_PAUSE = 1.0  # after a node that did not answer: each try costs a TLS handshake
_DIAL_SECONDS = 3.0
_SUBSCRIPTION = -1  # ids of our calls; a block's is its height
_NEWEST = -2


class BlockRecorder:
    """A thread that records the blocks of one chain until it is stopped.

    Args:
        requests: The way to the API server.
        namespace: The chain's namespace.
        port: The nodes' RPC port.
        nodes: Says which pods run a node now, the best first.
        first: The height to begin with; None for the newest.
        silence: Seconds without a block after which another node is asked.
    """

    def __init__(  # noqa: PLR0913 - a chain is found by these
        self,
        requests: Requests,
        namespace: str,
        port: int,
        *,
        nodes: Callable[[], Sequence[str]],
        first: int | None = 1,
        silence: float = 4.0,
    ) -> None:
        self.blocks = Blocks(first)
        self._asked: set[int] = set()  # on the present socket
        self._requests = requests
        self._path = f"/api/v1/namespaces/{namespace}/pods/{{}}:{port}/proxy/websocket"
        self._nodes = nodes
        self._silence = silence
        self._stopping = threading.Event()
        self._socket: websocket.WebSocket | None = None
        self._thread = threading.Thread(
            target=self._run, name=f"blocks {namespace}", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """End."""
        self._stopping.set()
        socket = self._socket
        if socket is not None:
            # Only its own thread may close it: the number of a closed socket goes to
            # the next one, and a thread still reading would take that one's bytes.
            socket.abort()  # type: ignore[no-untyped-call]

    def _run(self) -> None:
        """Follow one node after the other."""
        turn = 0
        while not self._stopping.is_set():
            nodes = self._nodes()
            if not nodes:
                self.blocks.problem = "no node runs"
                self._stopping.wait(_PAUSE)
                continue
            node = nodes[turn % len(nodes)]
            turn += 1
            before = self.blocks.height
            try:
                self._follow(node)
            except (
                TargetError,
                websocket.WebSocketException,
                OSError,
                ValueError,
                KeyError,
                TypeError,
            ) as error:
                self.blocks.problem = f"{node}: {error}"
                if self.blocks.height == before:
                    self._stopping.wait(_PAUSE)

    def _follow(self, node: str) -> None:
        """Take over blocks from one node until it is silent or gone."""
        socket = dial(self._requests, self._path.format(node), within=_DIAL_SECONDS)
        self._socket = socket
        self._asked.clear()
        try:
            socket.settimeout(self._silence)
            _ask(socket, _SUBSCRIPTION, "subscribe", query="tm.event='NewBlock'")
            _ask(socket, _NEWEST, "block")
            while not self._stopping.is_set():
                frame = socket.recv()
                if not frame:
                    return
                self._take(socket, json.loads(frame))
        finally:
            self._socket = None
            socket.shutdown()  # type: ignore[no-untyped-call]

    def _take(self, socket: websocket.WebSocket, message: Any) -> None:
        """Take over what one message says."""
        if "error" in message:
            if message.get("id", 0) > 0:
                return  # a block that the node has pruned, or not yet
            raise TargetError(str(message["error"]))
        result = message["result"]
        event = (result.get("data") or {}).get("value")
        if event is not None:
            block = block_from(event, arrived=clock.now())
        elif "block" in result:
            block = block_from(result)
        else:
            return  # the subscription was accepted
        if message.get("id", 0) < 0:
            self._ask_for_missing(socket, block.height)
        self.blocks.problem = ""
        self.blocks.add(block)

    def _ask_for_missing(self, socket: websocket.WebSocket, upto: int) -> None:
        """Ask once on this socket for each block that was made meanwhile."""
        for height in self.blocks.missing(upto):
            if height not in self._asked:
                self._asked.add(height)
                _ask(socket, height, "block", height=str(height))


def _ask(socket: websocket.WebSocket, number: int, method: str, **params: str) -> None:
    """Send one call; the answer comes in its own time."""
    call = {"jsonrpc": "2.0", "id": number, "method": method, "params": params}
    socket.send(json.dumps(call))
