"""Validators that the kernel kills for want of memory."""

from __future__ import annotations

from pytest_roadmap.probes import probe
from pytest_roadmap.target.manifests import RUN_LABEL
from pytest_roadmap.target.objects import Namespace, Node
from pytest_roadmap.target.pods import Pod

BACK_S = 90.0  # beyond the limit


@probe("CHAOS-POD-5", strength="exercised")
def test_a_node_killed_for_memory_is_started_again(experiment, evidence):
    """An OOM-killed validator is started in place and signs; nobody else is killed."""
    chain, validator = experiment.chain, experiment.chain.validators[0]
    before, restarts = validator.pod, validator.container.restarts
    others = _others(chain.api, before)

    with experiment.inject(experiment.faults.starved(validator)) as starved:
        starved.heal()
    pod = validator.until_restarted(restarts, within=BACK_S)
    container = pod.container(validator.role.container)
    recovered = experiment.until_recovered(
        validator, since=container.now.started, within=BACK_S
    )

    killed = [
        name
        for key, (name, count) in _others(chain.api, before).items()
        if count > others.get(key, (name, count))[1]
    ]
    evidence.measure("other_containers_killed", len(killed))
    evidence.measure("recovery_seconds", recovered)
    evidence.measure("longest_gap_rounds", experiment.gap_rounds(starved.injected))
    assert pod.uid == before.uid, "the pod was replaced"
    assert container.last.reason == "OOMKilled", f"it ended: {container.last.reason}"
    assert container.restarts == restarts + 1, f"{container.restarts} restarts"
    assert not killed, f"started again on {before.node}: {', '.join(killed)}"
    pressed = chain.api.get(Node, before.node).holds("MemoryPressure")
    assert not pressed, f"{before.node} is under memory pressure"
    experiment.conclude().judge(evidence)


def _others(api, victim):
    """Return names and restarts of the other containers on a pod's machine.

    Those in other instances of chains are left out: other probes kill them.
    """
    runs = {
        space.name
        for space in api.list(Namespace)
        if RUN_LABEL in space.labels and space.name != victim.namespace
    }
    return {
        (pod.uid, container.name): (f"{pod.name}/{container.name}", container.restarts)
        for pod in api.list(Pod)
        if pod.node == victim.node
        and pod.uid != victim.uid
        and pod.namespace not in runs
        for container in pod.containers
    }
