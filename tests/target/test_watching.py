from __future__ import annotations

import statistics
import threading
import time

import pytest
from tests.target.fake_api import PODS, connected, pod, serving

from pytest_roadmap.errors import NeverHappenedError, TargetError
from pytest_roadmap.target import clock
from pytest_roadmap.target.pods import Pod
from pytest_roadmap.target.watching import Watches


@pytest.fixture
def server():
    with serving() as running:
        yield running


@pytest.fixture
def watches(server, tmp_path):
    found = Watches(connected(tmp_path, server).requests)
    yield found
    found.stop()


def later(action, *, after: float = 0.05) -> None:
    threading.Timer(after, action).start()


def test_what_is_there_is_known_after_one_list(server, watches) -> None:
    server.put(PODS, pod("a"))

    pods = watches.of(Pod, "chain")

    assert [p.name for p in pods.now()] == ["a"]
    assert pods["a"].ready


def test_all_who_ask_share_one_watch(server, watches) -> None:
    first = watches.of(Pod, "chain")
    for _ in range(20):
        assert watches.of(Pod, "chain") is first
    first.until(lambda _: True, within=1, what="anything")

    assert len(server.requests) <= 2


def test_a_wait_wakes_within_100_ms_of_the_event_at_the_95th_percentile(
    server, watches
) -> None:
    pods = watches.of(Pod, "chain")
    delays = []

    for number in range(40):
        name = f"pod-{number}"
        later(lambda name=name: server.put(PODS, pod(name)), after=0.01)
        found = pods.until_one(name, lambda p: p.ready, within=5, what=f"{name} Ready")
        delays.append(time.monotonic() - server.moments[int(found.version)])

    assert statistics.quantiles(delays, n=20)[-1] <= 0.1


def test_waiting_asks_nothing(server, watches) -> None:
    pods = watches.of(Pod, "chain")
    time_out = pytest.raises(NeverHappenedError)
    with time_out:
        pods.until(lambda found: found, within=0.5, what="a pod")

    assert len(server.requests) == 2  # the list and the watch


def test_a_wait_that_ends_without_says_what_was_seen_last(server, watches) -> None:
    state = {"waiting": {"reason": "CrashLoopBackOff"}}
    statuses = [{"name": "node", "restartCount": 4, "state": state}]
    server.put(PODS, pod("validator-2", ready=False, containerStatuses=statuses))
    pods = watches.of(Pod, "chain")

    with pytest.raises(NeverHappenedError) as error:
        pods.until(
            lambda found: all(p.ready for p in found), within=0.1, what="all Ready"
        )

    assert str(error.value) == (
        "waited 0.1 s for all Ready; last seen: validator-2 Running not Ready "
        "(node waiting CrashLoopBackOff 4 restarts)"
    )


def test_a_dropped_connection_loses_nothing(server, watches) -> None:
    server.put(PODS, pod("a"))
    pods = watches.of(Pod, "chain")

    server.drop_connections()
    server.put(PODS, pod("a", ready=False))
    server.put(PODS, pod("a", ready=True))
    server.put(PODS, pod("b"))
    pods.until(lambda found: len(found) == 2, within=5, what="two pods")

    answers = [flip.answer for flip in pods.flips(lambda p: p.ready, name="a")]
    assert answers == [True, False, True]


def test_after_410_gone_it_lists_again_and_sees_what_was_deleted_meanwhile(
    server, watches
) -> None:
    server.put(PODS, pod("a"))
    server.put(PODS, pod("b"))
    pods = watches.of(Pod, "chain")

    server.remove(PODS, "a", silently=True)
    server.drop_connections(forget=True)
    pods.until_gone(["uid-a"], within=5)

    assert [change.what for change in pods.history(name="a")] == ["listed", "deleted"]
    assert [p.name for p in pods.now()] == ["b"]


def test_a_moment_that_has_passed_is_still_seen(server, watches) -> None:
    server.put(PODS, pod("a"))
    pods = watches.of(Pod, "chain")
    start = clock.now()

    server.put(PODS, pod("a", ready=False))
    server.put(PODS, pod("a", ready=True))
    seen = pods.until_seen(
        lambda p: not p.ready, since=start, within=5, what="a lost Ready condition"
    )

    assert seen.what == "modified"
    assert start <= seen.at <= clock.now()


def test_a_replaced_object_of_the_same_name_is_another_one(server, watches) -> None:
    server.put(PODS, pod("a", uid="first"))
    pods = watches.of(Pod, "chain")

    server.remove(PODS, "a")
    server.put(PODS, pod("a", uid="second"))
    pods.until_one("a", lambda p: p.uid == "second", within=5, what="another a")

    assert pods.history(uid="first")[-1].what == "deleted"


def test_a_namespace_without_permission_names_verb_and_resource(
    server, watches
) -> None:
    message = 'pods is forbidden: User "u" cannot list resource "pods"'
    server.answers["GET", PODS] = (403, {"message": message, "reason": "Forbidden"})

    with pytest.raises(TargetError) as error:
        watches.of(Pod, "chain")

    assert 'cannot list resource "pods"' in str(error.value)
    assert "→ give the user of context fake a Role" in str(error.value)


def test_a_missing_object_is_told_with_those_that_are_there(server, watches) -> None:
    server.put(PODS, pod("a"))

    with pytest.raises(TargetError, match=r"there is no Pod b \(there: a\)"):
        watches.of(Pod, "chain")["b"]
