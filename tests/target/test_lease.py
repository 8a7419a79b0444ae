"""Two runs never share a cluster by accident, and a dead one blocks nobody."""

from __future__ import annotations

import socket

import pytest

from pytest_roadmap.errors import RefusedError
from pytest_roadmap.target import clock, lease
from pytest_roadmap.target.requests import ApiError


class FakeServer:
    """The lease on an API server that keeps what it is given."""

    def __init__(self, holder="", renewed=None):
        self.lease = None
        self.version = 0
        self.conflicts = 0
        self.on_watch = lambda: None
        if holder:
            stamp = clock.stamp(clock.now() if renewed is None else renewed)
            self.put({"holderIdentity": holder, "renewTime": stamp})

    def put(self, spec):
        self.version += 1
        self.lease = {"metadata": {"resourceVersion": str(self.version)}, "spec": spec}

    def call(self, method, path, *, body=None):
        if method == "GET":
            if self.lease is None:
                raise ApiError("no lease", status=404)
            return self.lease
        if path.endswith("/namespaces"):
            raise ApiError("is there", status=409)
        if method == "PUT" and self.conflicts:
            self.conflicts -= 1
            raise ApiError("changed", status=409)
        self.put(body["spec"])
        return self.lease

    def stream(self, *_):
        self.on_watch()
        return Closing()


def holder(server):
    return server.lease["spec"].get("holderIdentity", "")


def test_it_is_held_while_the_block_runs_and_given_back():
    server = FakeServer()
    with lease.hold(server, holder="me"):
        assert holder(server) == "me"
    assert holder(server) == ""


def test_it_is_given_back_when_the_run_breaks():
    server = FakeServer()
    with pytest.raises(ValueError, match="broken"), lease.hold(server, holder="me"):
        raise ValueError("broken")
    assert holder(server) == ""


def test_a_second_run_is_refused_with_the_holders_name():
    server = FakeServer("other/1/2")
    with pytest.raises(RefusedError) as caught, lease.hold(server, holder="me"):
        pytest.fail("it was not held")
    text = str(caught.value)
    assert "other/1/2" in text
    assert "--roadmap-lease wait" in text
    assert holder(server) == "other/1/2"


def test_a_second_run_waits_for_the_first():
    server, told = FakeServer("other/1/2"), []
    server.on_watch = lambda: server.put({})
    with lease.hold(server, policy="wait", tell=told.append, holder="me"):
        assert holder(server) == "me"
    assert told == ["waiting for another run to end: other/1/2"]


class Closing:
    """An answer without lines."""

    def __iter__(self):
        return iter(())

    def close(self):
        pass


def test_a_lease_that_was_not_renewed_is_free():
    server = FakeServer("elsewhere/1/2", renewed=clock.now() - lease.LASTS_S - 1)
    with lease.hold(server, holder="me"):
        assert holder(server) == "me"


def test_a_holder_that_died_on_this_machine_blocks_nobody():
    server = FakeServer(f"{socket.gethostname()}/1/0")  # process 1 is older than that
    with lease.hold(server, holder="me"):
        assert holder(server) == "me"


def test_a_living_holder_on_this_machine_keeps_it():
    server = FakeServer(lease.identity())
    with pytest.raises(RefusedError), lease.hold(server, holder="me"):
        pytest.fail("it was not held")


def test_who_is_faster_wins_and_the_other_looks_again():
    server = FakeServer("gone/1/2", renewed=0.0)
    server.conflicts = 1
    with lease.hold(server, holder="me"):
        assert holder(server) == "me"
