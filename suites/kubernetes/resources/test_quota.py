from __future__ import annotations

from pytest_roadmap.errors import NeverHappenedError
from pytest_roadmap.probes import probe
from pytest_roadmap.target import clock, jobs, quotas
from pytest_roadmap.target.clients import IMAGE
from pytest_roadmap.target.quantities import quantity
from pytest_roadmap.target.requests import ApiError
from pytest_roadmap.target.workloads import Deployment

FORBIDDEN = 403
WORDS = "exceeded quota"
PARTS = 8  # containers of the large pods: none is too large by itself
BEYOND = {"limits.memory": 64 << 20, "limits.cpu": 1}
MORE = 2  # replicas beyond the pods that are left
NOWHERE = {"pytest-roadmap.dev/no-such-node": "true"}  # nothing of it ever runs


@probe("INFRA-RES-5", strength="exercised")
def test_the_quota_takes_in_nothing_beyond_it(chain, evidence):
    """The namespace takes in no pod beyond its quota, and none without a limit."""
    chain.space.events.now()
    before = {pod.uid: pod.restarts for pod in chain.pods.now()}
    room = _left(chain)

    over = [what for what in BEYOND if not _refused(chain, _large(what, room), what)]
    bare = _without_limits(chain)
    assert not over, (
        f"pods_over_quota {len(over)} > 0: a pod beyond what is left of "
        f"{' and of '.join(over)} was taken in"
    )
    more, told = _crowd(chain, int(_left(chain).get("pods", 0)))

    evidence.measure("pods_over_quota", len(over) + more)
    assert told, f"pods_over_quota {more} > 0: no ReplicaSet was refused a pod"
    evidence.measure("unlimited_pods", bare)
    _until_counted(chain)
    differ = _differences(chain)
    evidence.attach("usage that differs", differ)
    evidence.measure("usage_that_differs", len(differ))
    now = {pod.uid: pod.restarts for pod in chain.pods.now()}
    touched = [uid for uid, count in before.items() if now.get(uid) != count]
    evidence.measure("target_pods_touched", len(touched))


@probe("INFRA-RES-6", strength="exercised")
def test_the_quota_leaves_room_to_replace_and_to_roll(chain, profile, evidence):
    """The quota leaves room to replace a validator, roll the API and run the jobs."""
    role, validator = profile.role("api"), chain.validators[2]
    chain.with_api(2)
    chain.space.events.now()
    chain.space.jobs.now()
    old, address = validator.pod.uid, validator.address
    known = chain.workload(role).generation
    began = clock.now()

    names, refused = _start(chain, profile.jobs)
    validator.delete()
    chain.roll_out("compatible", role)
    problem = ""
    try:
        chain.pods.until(
            lambda _: _refusals(chain, began) or _complete(chain, role, known, names),
            within=180,
            what="the roll and the jobs",
        )
        gone = validator.until_replaced(old, within=60).until_running(within=90)
        signed = chain.blocks.wait_for_signature(
            address, after=gone.created, within=120
        )
    except NeverHappenedError as error:
        problem = str(error)
    ended = clock.now()

    refused += _refusals(chain, began)
    evidence.measure("refused_creations", len(refused))
    assert not refused, f"refused_creations {len(refused)} > 0: {refused[0]}"
    assert not problem, problem
    evidence.note(f"the validator signed again {signed.at - began:.1f} s later")
    evidence.measure("seconds_to_complete", ended - began)


def _left(chain):
    """Return what the quotas leave; what none of them bounds is not in it."""
    room = {}
    for quota in chain.space.quotas.now():
        for name, left in quota.left.items():
            room[name] = min(left, room.get(name, left))
    return room


def _pod(name, resources):
    """Return a pod that is never placed, with a container for each resources."""
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name},
        "spec": _spec(resources),
    }


def _spec(resources):
    """Return a pod's specification, with one container for each resources."""
    return {
        "nodeSelector": NOWHERE,
        "terminationGracePeriodSeconds": 0,
        "containers": [
            {"name": f"part-{number}", "image": IMAGE, "args": ["wait"]}
            | ({"resources": one} if one else {})
            for number, one in enumerate(resources)
        ],
    }


def _large(what, room):
    """Return a pod with a little more of one resource than is left."""
    limits = {"limits.cpu": "10m", "limits.memory": str(1 << 20)}
    size = room.get(what, quantity(0)) + BEYOND[what]
    part = -(-size // PARTS) if what == "limits.memory" else -(-size * 1000 // PARTS)
    limits[what] = f"{part}" if what == "limits.memory" else f"{part}m"
    resources = {
        "requests": {"cpu": "1m", "memory": "1Mi"},
        "limits": {name.partition(".")[2]: text for name, text in limits.items()},
    }
    return _pod(f"large-{what.partition('.')[2]}", [resources] * PARTS)


def _created(chain, document):
    """Create a pod; return it, or the refusal in its place."""
    try:
        return chain.space.create(document), None
    except ApiError as error:
        return None, error


def _refused(chain, document, what):
    """Whether the quota refuses a pod because of `what`; else delete the pod."""
    made, refusal = _created(chain, document)
    if refusal is None:
        chain.space.delete("Pod", made.name, grace=0)
        return False
    assert refusal.status == FORBIDDEN, f"refused with {refusal.status}: {refusal.what}"
    assert WORDS in refusal.what, f"not refused by the quota: {refusal.what}"
    assert what in refusal.what, f"refused for something else: {refusal.what}"
    return True


def _without_limits(chain):
    """Return how many pods without limits the namespace takes in, of one."""
    made, refusal = _created(chain, _pod("bare", [None]))
    if refusal is not None:
        assert refusal.status == FORBIDDEN, f"refused with {refusal.status}"
        return 0
    pod = chain.pods.until_one("bare", lambda _: True, within=15, what="to be seen")
    chain.space.delete("Pod", made.name, grace=0)
    chain.pods.until_gone([pod.uid], within=30)
    _until_counted(chain)
    one = pod.containers[0]
    return 0 if one.limit("cpu") and one.limit("memory") else 1


def _crowd(chain, left):
    """Ask for more pods than are left; return how many too many, and what was told."""
    labels, name = {"pytest-roadmap.dev/crowd": "true"}, "crowd"
    resources = {"cpu": "1m", "memory": "1Mi"}
    chain.space.replica_sets.now()
    began = clock.now()
    chain.space.apply(
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": name},
            "spec": {
                "replicas": left + MORE,
                "selector": {"matchLabels": labels},
                "template": {
                    "metadata": {"labels": labels},
                    "spec": _spec([{"requests": resources, "limits": resources}]),
                },
            },
        }
    )
    try:
        chain.space.replica_sets.until_seen(
            lambda one: one.matches(labels) and _failed_create(one),
            since=began,
            within=30,
            what="a ReplicaSet to be refused a pod",
        )
        chain.space.events.until_seen(
            lambda e: e.reason == "FailedCreate" and WORDS in e.message,
            since=began,
            within=30,
            what="an event FailedCreate",
        )
        told = True
    except NeverHappenedError:
        told = False
    changes = chain.pods.history(since=began)
    made = {c.object.uid for c in changes if c.object.matches(labels)}
    _until_counted(chain)
    chain.api.delete(Deployment, name, chain.name, how="Foreground")
    chain.pods.until_gone(made, within=60)
    return max(len(made) - left, 0), told


def _failed_create(replica_set):
    """Whether a ReplicaSet says that it was refused a pod by a quota."""
    condition = replica_set.condition("ReplicaFailure")
    return (
        condition is not None
        and condition.holds
        and condition.reason == "FailedCreate"
        and WORDS in condition.message
    )


def _until_counted(chain):
    """Wait until the quotas say what is used, or for half a minute."""
    try:
        chain.until_true(
            lambda: not _differences(chain), within=30, what="quotas that agree"
        )
    except NeverHappenedError:
        return  # the differences are measured by who asks for them


def _differences(chain):
    """Return the resources of which a quota's used is not the sum over the pods."""
    sums = quotas.usage(chain.pods.now())
    return [
        f"{quota.name}: {name} used is {used}, the pods' sum {sums[name]}"
        for quota in chain.space.quotas.now()
        for name, used in quota.used.items()
        if name in sums and used != sums[name]
    ]


def _start(chain, documents):
    """Start one run of each job; return their names and what was refused."""
    names, refused = [], []
    for document in documents:
        name = f"{document['metadata']['name']}-now"
        made, refusal = _created(chain, jobs.run_of(document, name))
        names += [made.name] if made else []
        refused += [refusal.what] if refusal else []
    return names, refused


def _refusals(chain, since):
    """Return the creations that a quota has refused to controllers."""
    changes = chain.space.events.history(since=since)
    refused = {
        change.object.uid: str(change.object)
        for change in changes
        if change.object.reason == "FailedCreate" and WORDS in change.object.message
    }
    return list(refused.values())


def _complete(chain, role, generation, names):
    """Whether the roll after a generation and every job are complete."""
    found = chain.workload(role)
    runs = [chain.space.jobs.get(name) for name in names]
    rolled = found.generation > generation and found.settled
    return rolled and all(run and run.complete for run in runs)
