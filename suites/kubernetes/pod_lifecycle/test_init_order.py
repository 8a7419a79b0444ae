from __future__ import annotations

import itertools

from pytest_roadmap.probes import probe, unavailable
from pytest_roadmap.target import clock, snapshot

WAITS = {"", "PodInitializing"}  # why a node waits for its init containers
OWN_TRY_S = 15.0  # an init container that tries again by itself has tried by then


@probe("INFRA-POD-3", strength="exercised")
def test_no_node_starts_without_a_genesis(chains, profile, evidence):
    """While the genesis cannot be had no node starts; then the pod goes on."""
    if profile.genesis is None:
        unavailable("the profile names no source of the genesis that can be withheld")
    source, role = profile.genesis.reference, profile.validators
    chain = chains.fresh(without=(source,))
    evidence.on_failure(chain.name, lambda: snapshot.take(chain.api, chain.name))

    chain.until_true(
        lambda: (
            (nodes := chain.validators) and all(has_tried(node, role) for node in nodes)
        ),
        within=90,
        what="one try of an init container of each validator",
    )
    uids = {node.pod.uid for node in chain.validators}
    given = chains.give(chain, source)
    early = node_starts(chain, role, until=given)
    assert not early, (
        f"node_starts_without_genesis {len(early)} > 0: the node of {', '.join(early)} "
        "started while there was no genesis"
    )
    chain.until_settled(role, within=180)

    pods = [node.pod for node in chain.validators]
    ready = max(chain.first_ready(pod) for pod in pods)
    assert {pod.uid for pod in pods} == uids, "a pod was replaced on the way"
    evidence.measure("node_starts_without_genesis", len(early))
    evidence.measure("overlapping_init_containers", sum(map(overlaps, pods)))
    evidence.measure("seconds_from_genesis_to_ready", ready - given)
    chains.discard(chain)


def has_tried(node, role):
    """Whether an init container has failed or tried for a while, or the node runs."""
    if not node.exists:
        return False
    pod = node.pod
    running = [one.now for one in pod.init_containers if one.running]
    return (
        any(run.started and clock.now() - run.started > OWN_TRY_S for run in running)
        or any(one.last or one.now.exit_code for one in pod.init_containers)
        or pod.container(role.container).ever_started
    )


def node_starts(chain, role, until):
    """Return the pods whose node has done anything but wait for its turn."""
    names = set()
    for change in chain.pods.history():
        pod = change.object
        if change.at > until or not pod.matches(role.selector):
            continue
        run = pod.container(role.container).now
        if run.state != "waiting" or run.reason not in WAITS:
            names.add(pod.name)
    return sorted(names)


def overlaps(pod):
    """Return how many containers began before the one that they wait for was done."""
    order = [one.now for one in (*pod.init_containers, *pod.containers[:1])]
    return sum(
        first.exit_code != 0 or then.started is None or first.finished > then.started
        for first, then in itertools.pairwise(order)
    )
