"""The target library on a real cluster with the reference chain (one instance)."""

from __future__ import annotations

import itertools

import pytest

from pytest_roadmap.errors import UnavailableError
from pytest_roadmap.target import clock, identity, snapshot
from pytest_roadmap.target.instances import ChainPool
from pytest_roadmap.target.journal import Journal, Undo
from pytest_roadmap.target.overlays import Overlay

pytestmark = pytest.mark.live

IMAGE = (
    {
        "op": "replace",
        "path": "/spec/template/spec/containers/0/image",
        "value": "roadmap.local/nobody-has-this:1",
    },
)


@pytest.fixture
def chain(pool):
    instance = pool.acquire()
    yield instance
    pool.release(instance)


def test_an_instance_is_born_with_every_validator_signing(chain) -> None:
    assert chain.blocks.height >= 2
    assert len({node.worker for node in chain.validators}) == len(chain.validators)
    assert len({node.address for node in chain.validators}) == len(chain.validators)
    assert all(node.ready for node in chain.validators)


def test_an_unchanged_instance_is_lent_again_and_a_changed_one_is_not(
    pool, target
) -> None:
    first = pool.acquire()
    pool.release(first)
    second = pool.acquire()
    assert second is first

    body = {"data": {"strange": "entry"}}
    target.api.patch("ConfigMap", first.profile.genesis.object, body, first.name)
    pool.release(second)
    third = pool.acquire()
    assert third is not first
    assert "not as before: ConfigMap/" in third.rebuilt
    pool.release(third)


def test_waiting_for_blocks_asks_little(chain, target) -> None:
    chain.blocks.wait_for_blocks(1, within=30)
    before = target.api.requests.sent

    chain.blocks.wait_for_blocks(5, within=60)

    assert target.api.requests.sent - before <= 4


def test_a_stopped_process_is_seen_stopped_and_seen_going_on(chain) -> None:
    validator = chain.validators[1]

    with chain.faults.stopped(validator) as stop:
        assert validator.process().stopped
        validator.until_unready(within=30)

    assert not validator.process().stopped
    validator.until_ready(within=60)
    assert validator.until_signing(after=stop.healed, within=60)


def test_a_cut_node_stands_still_and_catches_up(chain) -> None:
    validator = chain.validators[2]

    with chain.faults.cut(validator) as cut:
        height = validator.rpc.status().height
        chain.blocks.wait_for_height(height + 6, within=90)
        assert validator.rpc.status().height < chain.height - 2

    assert validator.until_signing(after=cut.healed, within=90)


def test_a_killed_process_comes_back_with_its_signing_state(chain) -> None:
    validator = chain.validators[1]
    before, state = validator.pod, validator.signing_state()

    kill = chain.faults.killed(validator)
    after = validator.until_restarted(
        before.container(validator.role.container).restarts, within=90
    )

    assert after.uid == before.uid
    assert after.container(validator.role.container).last.exit_code == 137
    assert validator.until_signing(after=kill.at, within=120)
    assert validator.signing_state() >= state


def test_memory_that_grows_gets_the_node_killed_by_name(chain) -> None:
    node = chain.with_api(1)[0]
    restarts = node.container.restarts

    with chain.faults.grown(node):
        pod = node.until_restarted(restarts, within=90)

    last = pod.container(node.role.container).last
    assert (last.reason, last.exit_code) == ("OOMKilled", 137)
    node.until_ready(within=120)


def test_a_drain_evicts_what_it_may_and_uncordons(chain, target) -> None:
    validator = chain.validators[3]
    selector = chain.profile.validators.selector
    chain.until_steady(within=90)

    with target.drained(
        validator.worker, chain.pods, only=lambda pod: pod.matches(selector)
    ) as drain:
        drain.wait(within=120)
        assert [e.pod.name for e in drain.evicted] == [validator.name]
        uncordoned = drain.uncordon()

    assert not target.nodes.watch[drain.node].cordoned
    assert validator.until_signing(after=uncordoned, within=120)


def test_what_a_dead_process_left_is_undone(target) -> None:
    worker = target.nodes.workers[0].name
    target.api.patch("Node", worker, {"spec": {"unschedulable": True}})
    other = Journal(target.state, target.journal.context)
    other.begin(f"node {worker} is cordoned", (Undo(way="uncordon", node=worker),))
    other.close()

    healing = target.heal()

    assert healing.undone == (f"node {worker} is cordoned: uncordon {worker}",)
    target.nodes.watch.until_one(
        worker, lambda node: not node.cordoned, within=10, what="to be uncordoned"
    )


def test_an_instance_that_cannot_be_born_says_why_and_is_not_tried_again(
    target, profile
) -> None:
    reference = profile.validators.reference
    overlay = Overlay(name="no image", patches=((reference, IMAGE),))
    pool = ChainPool(target, profile, overlay)

    with pytest.raises(UnavailableError, match="nobody-has-this") as first:
        pool.acquire()
    start = clock.now()
    with pytest.raises(UnavailableError) as second:
        pool.acquire()

    assert str(second.value) == str(first.value)
    assert clock.now() - start < 1
    pool.close()


def test_a_snapshot_and_an_identity_tell_what_was_there(chain, target) -> None:
    start = clock.now()
    parts = snapshot.take(target.api, chain.name)
    seconds = clock.now() - start

    assert seconds <= 6
    assert {part.kind for part in parts} >= {"record", "event", "log"}
    assert sum(len(part.text.encode()) for part in parts) <= 5_000_000
    pairs = dict(identity.of(target, chain.profile, chain))
    assert pairs["cluster_uid"] == target.uid
    assert pairs["image"].startswith("sha256:") or "@" in pairs["image"]


def test_no_height_is_missing_in_the_record(chain) -> None:
    heights = [block.height for block in chain.blocks.since()]

    assert all(b == a + 1 for a, b in itertools.pairwise(heights))
