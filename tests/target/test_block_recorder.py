"""The thread that records blocks, on a real pair of sockets."""

from __future__ import annotations

import socket
import threading

import pytest
import websocket

from pytest_roadmap.target import block_recorder
from pytest_roadmap.target.block_recorder import BlockRecorder
from pytest_roadmap.target.pulse import pulse

LONGEST_S = 10.0


class Wire(socket.socket):
    """A socket that tells which thread closed it."""

    closed_by = ""

    def close(self) -> None:
        if not self.closed_by:
            self.closed_by = threading.current_thread().name
        super().close()


@pytest.fixture
def wire(monkeypatch):
    """Return the socket that the recorder dials; the other end stays silent."""
    ours, theirs = socket.socketpair()
    wire = Wire(fileno=ours.detach())
    dialled = websocket.WebSocket()
    dialled.sock, dialled.connected = wire, True
    monkeypatch.setattr(block_recorder, "dial", lambda *_, **__: dialled)
    yield wire
    theirs.close()
    wire.close()


def test_the_thread_that_reads_a_socket_is_the_one_that_closes_it(wire):
    recorder = BlockRecorder(
        None, "chain", 26657, nodes=lambda: ["validator-0"], silence=LONGEST_S
    )
    pulse.ask_until(
        lambda: recorder._socket,
        within=LONGEST_S,
        what="the recorder to read",
        every=0.01,
    )

    recorder.stop()
    recorder._thread.join(LONGEST_S)

    assert not recorder._thread.is_alive(), "it hears of the end at once"
    assert wire.closed_by == "blocks chain"
