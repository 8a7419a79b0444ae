from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from pytest_roadmap.errors import NeverHappenedError
from pytest_roadmap.probes import inconclusive, probe
from pytest_roadmap.target import clock, heights

QUIET_S = 30.0  # without a block: what a liveness probe may take for a hang
MORE = 2  # liveness probes beyond the threshold
MARGIN_S = 15.0
AT_LIMIT_PERCENT = 80.0


@probe("INFRA-PROBE-3", strength="exercised")
def test_a_lost_quorum_restarts_nobody(chain, faults, evidence):
    """A chain without a quorum restarts nobody, and goes on when it is back."""
    role, powers = chain.profile.validators, [n.power for n in chain.validators]
    left = chain.validators[: _most_without_quorum(powers)]
    before = {node.name: node.pod for node in left}

    with heights.asked(left, every=1.0) as said:
        with faults.scaled_away(chain, role, len(left)) as away:
            height = chain.blocks.wait_for_stall(QUIET_S, within=QUIET_S + 60)
            more = _probe_through(left)
            assert chain.height == height, "the chain went on without a quorum"
        restarts = sum(n.pod.restarts - before[n.name].restarts for n in left)
        evidence.measure("restarts", restarts)
        assert not restarts, (
            f"restarts {restarts} > 0: those that were left were restarted while the "
            f"chain stood still at height {height}"
        )
        runs = _quorum_since(chain, powers, len(left), away.healed)
        chain.blocks.wait_for_height(height + 1, within=120)

    silent = [one for n in left for one in said.silent(n.name, away.injected)]
    evidence.attach("questions without an answer", [str(one) for one in silent])
    assert not silent, f"{silent[0].node} did not answer: {silent[0].problem}"
    uids = {node.name: node.pod.uid for node in left}
    assert uids == {name: pod.uid for name, pod in before.items()}, "a pod was replaced"
    evidence.measure("liveness_probes_over_threshold", more)
    after = chain.blocks.committed_at(height + 1) - runs
    evidence.measure("seconds_to_next_block", max(after, 0.0))


@probe("INFRA-PROBE-4", strength="exercised")
def test_a_hung_node_is_restarted_and_signs_again(chain, faults, evidence):
    """A node process that hangs is restarted by its liveness probe and signs again."""
    validator = chain.validators[1]
    before, address = validator.pod, validator.address
    restarts, probes = validator.container.restarts, validator.probes()

    with faults.stopped(validator) as stop:
        validator.until_restarted(restarts, within=100)
        seen = chain.pods.flips(
            lambda pod: pod.container(validator.role.container).restarts > restarts,
            uid=before.uid,
        )
    again = next(flip.at for flip in seen if flip.answer)
    signed = chain.blocks.wait_for_signature(address, after=again, within=120)

    assert validator.pod.uid == before.uid, "the pod was replaced"
    told = _liveness_events(chain, before, stop.injected)
    counted = (validator.probes() - probes).failed("liveness")
    evidence.attach("events of the liveness probe", told)
    evidence.note(f"the kubelet counts {counted} failed liveness probes")
    # It drops events of a pod that has had many of them, but it goes on counting.
    assert {"Unhealthy", "Killing"} <= set(told) or (
        counted >= validator.container.failure_threshold("liveness")
    ), f"the kubelet has recorded {told} and {counted} failed liveness probes"
    evidence.measure("restarts", validator.container.restarts - restarts)
    evidence.measure("seconds_to_restart", again - stop.injected)
    evidence.measure("seconds_to_signing", signed.at - stop.injected)


@probe("INFRA-PROBE-5", strength="exercised")
def test_a_long_start_is_not_cut_off(chain, profile, faults, evidence):
    """A start that takes as long as the profile allows is not cut off."""
    validator = chain.validators[1]
    container, command = validator.container, validator.process().command
    bears = container.probe_bears("liveness")
    bears += container.probe("liveness").get("initialDelaySeconds", 0)
    if profile.longest_start_seconds < 2 * container.probe_bears("liveness"):
        inconclusive("the longest start is less than twice what liveness bears")
    old = validator.pod.uid
    validator.delete()
    pod = validator.until_replaced(old, within=90).until(
        lambda pod: pod.node, within=30, what="to be placed on a machine"
    )

    with faults.held_start(validator, pod, command) as hold:
        restarted = _restarted(validator, within=bears + MARGIN_S)
        counts = validator.probes()
    assert not restarted, (
        f"restarts 1 > 0: the kubelet cut a start off that took "
        f"{clock.now() - hold.since:.0f} s"
    )
    ready = validator.until_ready(within=90)

    startup = ready.container(container.name).probe_bears("startup")
    assert startup >= profile.longest_start_seconds, (
        f"the startup probe bears {startup:g} s, and a start may take "
        f"{profile.longest_start_seconds:g} s"
    )
    over = counts.failed("startup") - container.failure_threshold("liveness")
    evidence.measure("restarts", ready.container(container.name).restarts)
    evidence.measure("startup_probes_over_liveness_threshold", over)
    evidence.measure("liveness_probes_before_startup", counts.made("liveness"))
    took = chain.first_ready(ready) - hold.healed
    evidence.measure("seconds_from_release_to_ready", took)


@probe("INFRA-PROBE-7", strength="exercised")
def test_a_flood_of_queries_restarts_nobody(query_flood, evidence):
    """A flood of queries gets no container restarted and never empties the service."""
    flood = query_flood
    made = sum(load.liveness_probes for load in flood.loads)
    failed = sum(load.failed_liveness_probes for load in flood.loads)
    used = [load.used_percent for load in flood.loads]
    evidence.attach("what the API containers did", [str(one) for one in flood.loads])
    evidence.attach("the flood by seconds", [str(one) for one in flood.seconds])

    evidence.measure("restarts", len(flood.restarted))
    evidence.measure("ready_endpoints", flood.fewest_ready)
    assert not flood.restarted, (
        f"restarts {len(flood.restarted)} > 0: {', '.join(flood.restarted)}"
    )
    assert not flood.problem, flood.problem
    evidence.measure("failed_liveness_percent", 100 * failed / max(made, 1))
    if None in used or min(used) < AT_LIMIT_PERCENT:
        inconclusive(f"the flood did not bring each API container to its limit: {used}")
    evidence.measure("cpu_used_percent_of_limit", min(used))


def _liveness_events(chain, pod, since):
    """Return the reasons of a pod's events that are about its liveness probe."""
    events = [change.object for change in chain.space.events.history(since=since)]
    return sorted(
        {
            event.reason
            for event in events
            if event.about_uid == pod.uid and "liveness" in event.message.lower()
        }
    )


def _most_without_quorum(powers):
    """Return how many of the first validators can be left without a quorum."""
    count = len(powers)
    while sum(powers[count:]) * 3 <= sum(powers):
        count -= 1
    return count


def _probe_through(nodes):
    """Wait for more liveness probes of each than it bears; return how many more."""

    def wait(node):
        """Wait for one node's."""
        container = node.container
        wanted = container.failure_threshold("liveness") + MORE
        within = wanted * container.probe("liveness").get("periodSeconds", 10) * 2 + 20
        made = node.probes().made("liveness")
        counts = node.wait_for_probes("liveness", wanted, within=within)
        return counts.made("liveness") - made - (wanted - MORE)

    with ThreadPoolExecutor(len(nodes)) as pool:
        return min(pool.map(wait, nodes))


def _quorum_since(chain, powers, left, moment):
    """Return when the run of a validator that came back made up a quorum again."""
    pairs = zip(chain.validators[left:], powers[left:], strict=True)
    runs = sorted((_runs_since(chain, node, moment), power) for node, power in pairs)
    have = sum(powers[:left])
    for since, power in runs:
        have += power
        if have * 3 > sum(powers) * 2:
            return since
    return runs[-1][0]


def _runs_since(chain, node, moment):
    """Wait until a node's container runs, and return since when."""
    node.until_running(within=90)
    flips = chain.pods.flips(
        lambda pod: pod.container(node.role.container).running,
        name=node.name,
        since=moment,
    )
    return next(flip.at for flip in flips if flip.answer)


def _restarted(node, within):
    """Whether a node's container is restarted in the time that is given."""
    name = node.role.container
    try:
        node.until(
            lambda pod: pod.container(name).restarts or pod.container(name).last,
            within=within,
            what="to be restarted",
        )
    except NeverHappenedError:
        return False
    return True
