"""Asks one node once a second, and hears its consensus, over one web socket.

The socket goes through the API server to the node's RPC, so that cutting the
P2P port does not cut it.  A node that goes away is called again until it
answers.
"""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import websocket

from pytest_roadmap.errors import TargetError
from pytest_roadmap.target import clock
from pytest_roadmap.target.experiments.node_record import NodeEvent, Sample
from pytest_roadmap.target.sockets import dial

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_roadmap.target.experiments.node_record import NodeRecord
    from pytest_roadmap.target.requests import Requests

_EVERY = 1.0  # seconds between two samples
_PAUSE = 1.0  # after a node that did not answer: each try costs a TLS handshake
_DIAL_SECONDS = 3.0
_SILENT_SECONDS = 12.0  # no answer at all: the connection is dead
_STEP: Final = "NewRoundStep"
_ASKED: Final = ("status", "net_info", "num_unconfirmed_txs")
_VOTES: Final = {1: "prevote", 2: "precommit"}
MOST_EVENTS: Final = 5
"""The most subscriptions of one client (`max_subscriptions_per_client`)."""


@dataclass(slots=True)
class _Question:
    """The three calls of one sample, and the answers so far."""

    at: float
    answers: dict[str, Any] = field(default_factory=dict)
    latency: float = 0.0


class NodeRecorder:
    """A thread that records one node until it is stopped.

    Args:
        requests: The way to the API server.
        path: The node's web socket, through the API server's pod proxy.
        node: The node's name.
        record: Where what it says is kept.
        events: The kinds of events to hear beside NewRoundStep.
    """

    def __init__(
        self,
        requests: Requests,
        path: str,
        node: str,
        record: NodeRecord,
        events: Sequence[str] = (),
    ) -> None:
        self._requests = requests
        self._path = path
        self._node = node
        self._record = record
        self._events = tuple(dict.fromkeys((_STEP, *events)))
        self._questions: dict[int, _Question] = {}
        self._number = 0
        self._stopping = threading.Event()
        self._thread = threading.Thread(
            target=self._run, name=f"record of {node}", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """End; the socket is closed within a second."""
        self._stopping.set()

    def _run(self) -> None:
        """Follow the node, again and again."""
        while not self._stopping.is_set():
            try:
                self._follow()
            except (
                TargetError,
                websocket.WebSocketException,
                OSError,
                ValueError,
                KeyError,
                TypeError,
            ):
                self._stopping.wait(_PAUSE)  # it is down, or restarts: nothing to say

    def _follow(self) -> None:
        """Hear and ask the node until its socket ends."""
        socket = dial(self._requests, self._path, within=_DIAL_SECONDS)
        try:
            for number, kind in enumerate(self._events, start=1):
                _call(socket, -number, "subscribe", query=f"tm.event='{kind}'")
            self._questions.clear()
            next_question, heard = clock.now(), clock.now()
            while not self._stopping.is_set():
                now = clock.now()
                if now >= next_question:
                    self._ask(socket)
                    next_question = max(next_question + _EVERY, now)
                if now - heard > _SILENT_SECONDS:
                    return
                socket.settimeout(max(next_question - now, 0.01))
                try:
                    frame = socket.recv()
                except websocket.WebSocketTimeoutException:
                    continue
                if not frame:
                    return
                heard = clock.now()
                self._take(json.loads(frame), heard)
        finally:
            socket.shutdown()  # type: ignore[no-untyped-call]

    def _ask(self, socket: websocket.WebSocket) -> None:
        """Send the three calls of one sample."""
        self._number += 1
        self._questions[self._number] = _Question(clock.now())
        for place, method in enumerate(_ASKED):
            _call(socket, self._number * len(_ASKED) + place, method)

    def _take(self, message: Any, now: float) -> None:
        """Take over what one message says."""
        number, result = message.get("id", 0), message.get("result") or {}
        if number < 0:
            if data := result.get("data"):
                kind = self._events[-number - 1]
                self._record.add_event(event_from(self._node, kind, data["value"], now))
            return
        number, place = divmod(number, len(_ASKED))
        question = self._questions.get(number)
        if question is None or not result:
            return
        question.answers[_ASKED[place]] = result
        question.latency = question.latency or now - question.at
        if len(question.answers) == len(_ASKED):
            del self._questions[number]
            self._record.add_sample(self._sample(question, now))

    def _sample(self, question: _Question, now: float) -> Sample:
        """Return the sample that the answers make."""
        status, net, pending = (question.answers[method] for method in _ASKED)
        height = int(status["sync_info"]["latest_block_height"])
        return Sample(
            at=now,
            node=self._node,
            height=height,
            round=self._record.round_of(self._node, height + 1),
            catching_up=bool(status["sync_info"]["catching_up"]),
            peers=frozenset(peer["node_info"]["id"] for peer in net["peers"]),
            pending=int(pending["total"]),
            latency=question.latency,
        )


def event_from(node: str, kind: str, value: Any, at: float) -> NodeEvent:
    """Return an event in the words of CometBFT's JSON (`result.data.value`)."""
    if kind == "Vote":
        vote = value["Vote"]
        return NodeEvent(
            at=at,
            node=node,
            kind=kind,
            height=int(vote["height"]),
            round=int(vote["round"]),
            block=vote["block_id"]["hash"],
            address=vote["validator_address"],
            vote=_VOTES[int(vote["type"])],
        )
    if kind == "NewBlock":
        return NodeEvent(
            at=at,
            node=node,
            kind=kind,
            height=int(value["block"]["header"]["height"]),
            block=value["block_id"]["hash"],
        )
    return NodeEvent(
        at=at,
        node=node,
        kind=kind,
        height=int(value["height"]),
        round=int(value["round"]),
        step=str(value["step"]),
        block=(value.get("block_id") or {}).get("hash", ""),
        address=(value.get("proposer") or {}).get("address", ""),
    )


def _call(socket: websocket.WebSocket, number: int, method: str, **params: str) -> None:
    """Send one call; the answer comes in its own time."""
    call = {"jsonrpc": "2.0", "id": number, "method": method, "params": params}
    socket.send(json.dumps(call))
