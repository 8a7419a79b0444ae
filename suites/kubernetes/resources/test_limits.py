from __future__ import annotations

from pytest_roadmap.errors import TargetError
from pytest_roadmap.probes import probe, unavailable
from pytest_roadmap.target.manifests import OWNER, OWNER_LABEL
from pytest_roadmap.target.objects import Namespace, Node
from pytest_roadmap.target.pods import Pod
from pytest_roadmap.target.workloads import Event

PAGE = 4096
WHAT = ("cpu", "memory")
UNLIMITED_MIB = 256  # what a container without a limit is grown by
PERCENT = 125
KILLED = 137


@probe("INFRA-RES-1", strength="observed")
def test_every_container_runs_under_the_limits_it_declares(undisturbed, evidence):
    """Every container runs under limits, and the kernel's values are the declared."""
    pods = [
        pod for role in undisturbed.profile.roles for pod in undisturbed.pods_of(role)
    ]
    containers = [(pod, one) for pod in pods for one in pod.all_containers]
    bare = [f"{p.name}/{one.name}" for p, one in containers if not _declares(one)]
    running = [(pod, one) for pod, one in containers if one.running]

    evidence.attach("containers", [f"{pod.name}/{one}" for pod, one in containers])
    evidence.measure("containers_without_limits", len(bare))
    assert not bare, (
        f"containers_without_limits {len(bare)} > 0: {', '.join(bare)} declare not "
        "both a request and a limit for CPU and memory"
    )
    groups = {f"{p.name}/{c.name}": (c, _group(undisturbed, p, c)) for p, c in running}
    seen = {name: (one, group) for name, (one, group) in groups.items() if group}
    differ = [name for name, (one, group) in seen.items() if not _in_force(one, group)]
    evidence.attach("in force", {name: str(group) for name, (_, group) in seen.items()})
    evidence.attach("values that differ", differ)
    evidence.measure("values_that_differ", len(differ))
    there = [f"{p.name}/{c.name}" for p, c in running if _still_runs(undisturbed, p, c)]
    unseen = [name for name in there if name not in seen]
    assert there, "no container runs"
    percent = 100 * (len(there) - len(unseen)) / len(there)
    evidence.measure("containers_seen_percent", percent)


@probe("INFRA-RES-2", strength="observed")
def test_a_validator_at_ordinary_work_is_seldom_throttled(undisturbed_run, evidence):
    """A validator at its ordinary work is seldom throttled."""
    before, after = undisturbed_run.groups_before, undisturbed_run.groups_after
    if not before or before.keys() != after.keys():
        unavailable("the validators' control groups could not be read")

    periods = {n: after[n].periods - before[n].periods for n in before}
    throttled = {n: after[n].throttled - before[n].throttled for n in before}
    shares = {n: 100 * throttled[n] / max(periods[n], 1) for n in before}

    evidence.attach("throttled percent", shares)
    evidence.attach("periods", periods)
    evidence.measure("throttled_periods_percent", max(shares.values()))
    evidence.measure("periods", min(periods.values()))


@probe("INFRA-RES-3", strength="exercised")
def test_a_flood_is_held_at_the_cpu_limit(query_flood, evidence):
    """A flooded API node is held at its CPU limit; the validators keep their pace."""
    flood = query_flood
    ratio = flood.interval_in_flood / flood.interval_before
    evidence.attach("what the API containers did", [str(one) for one in flood.loads])
    evidence.note(f"blocks came {ratio:.2f} times as slowly as before the flood")
    free = [one for one in flood.loads if one.limit is None]

    assert not free, (
        f"{free[0].name} has no CPU limit: it used "
        f"{free[0].cpu_seconds / free[0].seconds:.2f} cores, and blocks came "
        f"{ratio:.2f} times as slowly"
    )
    evidence.measure(
        "cpu_used_percent_of_limit", max(o.used_percent for o in flood.loads)
    )
    evidence.measure("throttled_periods", min(one.throttled for one in flood.loads))
    evidence.measure("block_interval_ratio", ratio)


@probe("INFRA-RES-4", strength="exercised")
def test_a_container_beyond_its_memory_is_killed_alone(
    cluster, chain, faults, evidence
):
    """A container that outgrows its memory limit is killed alone, and by name."""
    node, validator = _together(chain)
    before, role = node.pod, node.role
    others = _neighbours(cluster, chain, before)
    cluster.watches.of(Event, "default").now()
    cluster.nodes.watch.now()
    limit = before.container(role.container).limit("memory") or UNLIMITED_MIB << 20

    with faults.grown_to(node, int(limit * PERCENT / 100)) as growth:
        node.until(
            lambda pod: _kills(chain, pod, role),
            within=45,
            what="to be killed for its memory",
        )
        told = next(flip for flip in _ooms(chain, before, role) if flip.answer)
        killed = told.at
    node.until(
        lambda pod: pod.ready and pod.restarts > before.restarts,
        within=120,
        what="to be Ready again",
    )
    back = _ready_again(chain, before, killed)
    missed = chain.blocks.missed_in_a_row(validator.address, growth.injected)

    container = told.object.container(role.container)
    codes = [run.exit_code for run in (container.now, container.last) if run]
    assert KILLED in codes, f"it ended with {codes}"
    moved = [n for n, p in others.items() if _changed(p, _again(cluster, p))]
    evidence.attach("neighbours", sorted(others))
    evidence.measure("oom_kills", node.pod.restarts - before.restarts)
    assert not moved, f"neighbours_restarted {len(moved)} > 0: {', '.join(moved)}"
    evidence.measure("neighbours_restarted", len(moved))
    events = _memory_events(cluster, before.node, growth.injected)
    evidence.measure("node_memory_events", events)
    evidence.measure("seconds_to_ready", back - killed)
    evidence.measure("missed_blocks_in_a_row", missed)


def _declares(container):
    """Whether a container declares requests and limits for CPU and memory."""
    return all(container.request(what) and container.limit(what) for what in WHAT)


def _group(chain, pod, container):
    """Return what the kernel keeps for a container, or None where it cannot be read."""
    try:
        return chain.nodes.control_group(pod, container.name)
    except TargetError:
        return None


def _still_runs(chain, pod, container):
    """Whether the same run of a container goes on."""
    now = chain.pods.get(pod.name)
    return (
        now is not None
        and now.uid == pod.uid
        and not now.deleting
        and now.container(container.name).id == container.id
    )


def _in_force(container, group):
    """Whether the kernel keeps what a container declares."""
    cores, size = container.limit("cpu"), container.limit("memory")
    if group.cpu_quota_us is None or group.memory_limit is None:
        return False
    quota = int(cores * group.cpu_period_us)
    return group.cpu_quota_us == quota and abs(group.memory_limit - size) < PAGE


def _together(chain):
    """Return an API node and a validator that are on one worker."""
    for node in chain.with_api(2):
        for validator in chain.validators:
            if validator.worker == node.worker:
                assert validator.address, "its address is learnt while it answers"
                return node, validator
    return unavailable("no API pod is on a worker with a validator")


def _neighbours(cluster, chain, pod):
    """Return the other pods on a pod's worker, but for those of other instances."""
    ours = {
        space.name
        for space in cluster.api.list(Namespace, selector=f"{OWNER_LABEL}={OWNER}")
    } - {chain.name}
    return {
        f"{other.namespace}/{other.name}": other
        for other in cluster.api.list(Pod)
        if other.node == pod.node and other.uid != pod.uid and not other.ended
        if other.namespace not in ours
    }


def _again(cluster, pod):
    """Return a pod as it is now, or None."""
    return cluster.api.find(Pod, pod.name, pod.namespace)


def _changed(before, now):
    """Whether a pod was replaced, or one of its containers restarted."""
    return now is None or now.uid != before.uid or now.restarts > before.restarts


def _kills(chain, pod, role):
    """Whether the kubelet has told of a kill for memory, in any run."""
    return any(flip.answer for flip in _ooms(chain, pod, role))


def _ooms(chain, pod, role):
    """Return when a pod's status first told of a kill for memory."""

    def told(version):
        """Whether the present run or the one before it ended so."""
        one = version.container(role.container)
        return any(run and run.reason == "OOMKilled" for run in (one.now, one.last))

    return chain.pods.flips(told, uid=pod.uid)


def _ready_again(chain, before, killed):
    """Return when a pod's Ready condition came back for good."""
    flips = chain.pods.flips(lambda p: p.ready, uid=before.uid, since=killed)
    return [flip.at for flip in flips if flip.answer][-1]


def _memory_events(cluster, node, since):
    """Return how often a node was short of memory, in its conditions or events."""
    pressed = [
        change
        for change in cluster.nodes.watch.history(name=node, since=since)
        if isinstance(change.object, Node) and change.object.holds("MemoryPressure")
    ]
    events = cluster.watches.of(Event, "default").history(since=since)
    told = [
        c
        for c in events
        if c.object.reason == "SystemOOM" and c.object.about == f"Node/{node}"
    ]
    return len(pressed) + len(told)
