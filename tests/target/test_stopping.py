from __future__ import annotations

from types import SimpleNamespace

import pytest

from pytest_roadmap.target import stopping
from pytest_roadmap.target.objects import Claim
from pytest_roadmap.target.pods import Pod
from pytest_roadmap.target.watching import Change

ENDED_AT = "2026-01-01T00:00:12Z"
DELETED_AT = 1767225610.5  # 00:00:10.5, as the watch saw it


def pod(*, deleting=False, state=None):
    metadata = {"name": "v-0", "uid": "u", "namespace": "n"}
    if deleting:
        metadata["deletionTimestamp"] = "2026-01-01T00:00:40Z"
    statuses = [{"name": "node", "state": state or {"running": {}}}]
    return Pod(
        {
            "metadata": metadata,
            "spec": {
                "containers": [{"name": "node"}],
                "terminationGracePeriodSeconds": 30,
            },
            "status": {"containerStatuses": statuses},
        }
    )


def claim(uid="1", volume="pv-1", phase="Bound"):
    return Claim(
        {
            "metadata": {"name": "data-v-0", "uid": uid, "namespace": "n"},
            "spec": {"volumeName": volume},
            "status": {"phase": phase},
        }
    )


class FakeWatch:
    def __init__(self, *changes, there=()):
        self.changes, self.there = changes, there

    def history(self, **_):
        return self.changes

    def get(self, name):
        return next((o for o in self.there if o.name == name), None)


def end_of(*versions):
    chain = SimpleNamespace(pods=FakeWatch(*versions))
    return stopping.end_of(chain, pod(), "node")


def test_the_time_to_the_end_counts_from_the_deletion_of_the_pod():
    ended = {"terminated": {"exitCode": 0, "finishedAt": ENDED_AT}}
    stop = end_of(
        Change(at=1.0, what="added", object=pod()),
        Change(at=DELETED_AT, what="modified", object=pod(deleting=True)),
        Change(
            at=DELETED_AT + 3, what="deleted", object=pod(deleting=True, state=ended)
        ),
    )

    assert stop.exit_code == 0
    assert not stop.killed
    assert stop.seconds == pytest.approx(1.5)
    assert stop.grace_used_percent == pytest.approx(5.0)


def test_an_end_that_nobody_saw_is_no_orderly_end():
    stop = end_of(Change(at=2.0, what="deleted", object=pod(deleting=True)))

    assert stop.exit_code is None
    assert stop.grace_used_percent == 100


def test_137_is_a_kill():
    killed = {"terminated": {"exitCode": 137, "finishedAt": ENDED_AT}}

    assert end_of(Change(at=1.0, what="deleted", object=pod(state=killed))).killed


@pytest.mark.parametrize(
    ("changes", "there", "lost"),
    [
        ([("modified", claim())], [claim()], ()),
        ([("deleted", claim())], [], ("data-v-0",)),
        ([("deleted", claim()), ("added", claim("2"))], [claim("2")], ("data-v-0",)),
        ([("modified", claim(volume="pv-2"))], [claim()], ("data-v-0",)),
        ([("modified", claim(phase="Lost"))], [claim()], ("data-v-0",)),
        ([], [], ("data-v-0",)),
    ],
)
def test_a_claim_is_lost_when_it_was_ever_away_or_another_one(changes, there, lost):
    history = [Change(at=1.0, what=what, object=view) for what, view in changes]
    space = SimpleNamespace(claims=FakeWatch(*history, there=there))
    known = {"data-v-0": stopping.Held(uid="1", volume="pv-1")}

    assert stopping.lost(SimpleNamespace(space=space), known, since=0.0) == lost
