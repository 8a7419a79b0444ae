"""The target library on a real cluster with the reference chain (one instance)."""

from __future__ import annotations

import itertools

import pytest

from pytest_roadmap.errors import UnavailableError
from pytest_roadmap.target import clock, identity, snapshot
from pytest_roadmap.target.cluster import Cluster
from pytest_roadmap.target.connection import Connection
from pytest_roadmap.target.instances import ChainPool
from pytest_roadmap.target.journal import Journal, Undo
from pytest_roadmap.target.overlays import Overlay
from pytest_roadmap.target.places import places
from pytest_roadmap.target.profile import default_profile, load_profile
from pytest_roadmap.target.provider import Wishes, provide

pytestmark = pytest.mark.live

IMAGE = (
    {
        "op": "replace",
        "path": "/spec/template/spec/containers/0/image",
        "value": "roadmap.local/nobody-has-this:1",
    },
)


@pytest.fixture(scope="module")
def cluster(cluster, tmp_path_factory):  # noqa: ARG001 - it must be there
    provider = provide("kind", Wishes(provision="never", tell=lambda _: None))
    status = provider.status()
    assert status.answers
    found = Cluster(
        Connection.of(status, named=False),
        access=provider.nodes,
        state=tmp_path_factory.mktemp("state"),
        run="live-tests",
        prefix="live",
    )
    yield found
    found.close()


@pytest.fixture(scope="module")
def profile():
    return load_profile(default_profile(places().checkout))


@pytest.fixture(scope="module")
def chains(cluster, profile):
    pool = ChainPool(cluster, profile)
    yield pool
    pool.close()


@pytest.fixture
def chain(chains):
    instance = chains.acquire()
    yield instance
    chains.release(instance)


def test_an_instance_is_born_with_every_validator_signing(chain) -> None:
    assert chain.blocks.height >= 2
    assert len({node.worker for node in chain.validators}) == len(chain.validators)
    assert len({node.address for node in chain.validators}) == len(chain.validators)
    assert all(node.ready for node in chain.validators)


def test_an_unchanged_instance_is_lent_again_and_a_changed_one_is_not(
    chains, cluster
) -> None:
    first = chains.acquire()
    chains.release(first)
    second = chains.acquire()
    assert second is first

    body = {"data": {"strange": "entry"}}
    cluster.api.patch("ConfigMap", first.profile.genesis.object, body, first.name)
    chains.release(second)
    third = chains.acquire()
    assert third is not first
    assert "not as before: ConfigMap/" in third.rebuilt
    chains.release(third)


def test_waiting_for_blocks_asks_little(chain, cluster) -> None:
    chain.blocks.wait_for_blocks(1, within=30)
    before = cluster.api.requests.sent

    chain.blocks.wait_for_blocks(5, within=60)

    assert cluster.api.requests.sent - before <= 4


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


def test_a_drain_evicts_what_it_may_and_uncordons(chain, cluster) -> None:
    validator = chain.validators[3]
    selector = chain.profile.validators.selector
    chain.until_steady(within=90)

    with cluster.drained(
        validator.worker, chain.pods, only=lambda pod: pod.matches(selector)
    ) as drain:
        drain.wait(within=120)
        assert [e.pod.name for e in drain.evicted] == [validator.name]
        uncordoned = drain.uncordon()

    assert not cluster.nodes.watch[drain.node].cordoned
    assert validator.until_signing(after=uncordoned, within=120)


def test_what_a_dead_process_left_is_undone(cluster) -> None:
    worker = cluster.nodes.workers[0].name
    cluster.api.patch("Node", worker, {"spec": {"unschedulable": True}})
    other = Journal(cluster.state, cluster.journal.context)
    other.begin(f"node {worker} is cordoned", (Undo(way="uncordon", node=worker),))
    other.close()

    healing = cluster.heal()

    assert healing.undone == (f"node {worker} is cordoned: uncordon {worker}",)
    cluster.nodes.watch.until_one(
        worker, lambda node: not node.cordoned, within=10, what="to be uncordoned"
    )


def test_an_instance_that_cannot_be_born_says_why_and_is_not_tried_again(
    cluster, profile
) -> None:
    reference = profile.validators.reference
    overlay = Overlay(name="no image", patches=((reference, IMAGE),))
    pool = ChainPool(cluster, profile, overlay)

    with pytest.raises(UnavailableError, match="nobody-has-this") as first:
        pool.acquire()
    start = clock.now()
    with pytest.raises(UnavailableError) as second:
        pool.acquire()

    assert str(second.value) == str(first.value)
    assert clock.now() - start < 1
    pool.close()


def test_a_snapshot_and_an_identity_tell_what_was_there(chain, cluster) -> None:
    start = clock.now()
    parts = snapshot.take(cluster.api, chain.name)
    seconds = clock.now() - start

    assert seconds <= 6
    assert {part.kind for part in parts} >= {"record", "event", "log"}
    assert sum(len(part.text.encode()) for part in parts) <= 5_000_000
    pairs = dict(identity.of(cluster, chain.profile, chain))
    assert pairs["cluster_uid"] == cluster.uid
    assert pairs["image"].startswith("sha256:") or "@" in pairs["image"]


def test_no_height_is_missing_in_the_record(chain) -> None:
    heights = [block.height for block in chain.blocks.since()]

    assert all(b == a + 1 for a, b in itertools.pairwise(heights))
