"""Drains of workers that hold validators."""

from __future__ import annotations

from pytest_roadmap.probes import probe, unavailable
from pytest_roadmap.target import clock

DRAIN_S = 120  # beyond the limits
SIGNING_S = 120
UNREADY_S = 90
REFUSALS = 3


@probe("INFRA-PDB-2", strength="exercised")
def test_an_allowed_drain_ends_and_blocks_go_on(cluster, chain, evidence):
    """A drain that the budget allows comes to its end, and the chain does not stop."""
    validator, worker = _alone_on_a_worker(chain)
    address, began = validator.address, clock.now()
    held = {p.uid: p.name for p in chain.pods.now() if p.node == worker and not p.ended}

    with cluster.drained(worker, chain.pods) as drain:
        evidence.measure("drain_seconds", drain.wait(within=DRAIN_S))
        evidence.measure("pods_left", len(drain.left))
        evicted = {entry.pod.uid for entry in drain.evicted}
        uncordoned = drain.uncordon()
    signed = chain.blocks.wait_for_signature(
        address, after=uncordoned, within=SIGNING_S
    )

    evidence.note(f"on {worker}: {', '.join(sorted(held.values()))}")
    past = sorted(name for uid, name in held.items() if uid not in evicted)
    assert not past, f"gone past the eviction API: {', '.join(past)}"
    evidence.measure("seconds_from_uncordon_to_signing", signed.at - uncordoned)
    evidence.measure("longest_block_gap_seconds", chain.blocks.longest_gap(began))


@probe("INFRA-PDB-3", strength="exercised")
def test_a_drain_waits_for_the_budget(cluster, chain, faults, evidence):
    """A drain waits, and evicts nobody, while the budget allows no disruption."""
    healthy, worker = _alone_on_a_worker(chain)
    sick = next(node for node in chain.validators if node.worker != worker)
    selector, began = chain.profile.validators.selector, clock.now()
    chain.space.budgets.wait_synced()

    with faults.cut(sick) as cut:
        sick.until_unready(within=UNREADY_S)
        with cluster.drained(
            worker, chain.pods, only=lambda pod: pod.matches(selector)
        ) as drain:
            drain.wait_for_answers(REFUSALS, within=60)
            _judge_the_wait(drain, sick, evidence)
            cut.heal()
            allowed = _allowed_again(chain, cut.healed)
            drain.wait(within=DRAIN_S)
    mended = sick.until_ready(within=UNREADY_S).condition("Ready").since

    early = [entry.pod.name for entry in drain.evicted if entry.at < mended]
    assert not early, f"evictions {len(early)} > 0 before {sick} was Ready: {early}"
    evidence.measure("drain_seconds", drain.ended - allowed)
    healthy.until_ready(within=SIGNING_S)
    evidence.measure("longest_block_gap_seconds", chain.blocks.longest_gap(began))


def _judge_the_wait(drain, sick, evidence):
    """Judge what the drain has done while a validator was unready."""
    evicted = [entry.pod.name for entry in drain.evicted]
    evidence.measure("evictions", len(evicted))
    evidence.measure("refusals", len(drain.refused))
    assert not evicted, (
        f"evictions {len(evicted)} > 0: {', '.join(evicted)} while {sick} was unready"
    )
    others = [str(e.refusal) for e in drain.refused if not e.refusal.by_budget]
    assert not others, f"refused, but not for a budget: {'; '.join(others)}"


def _alone_on_a_worker(chain):
    """Return a validator that is the only one on its worker, and the worker."""
    workers = {node.name for node in chain.nodes.workers}
    held = [node.worker for node in chain.validators]
    for node in chain.validators:
        if node.worker in workers and held.count(node.worker) == 1:
            return node, node.worker
    return unavailable("no worker holds exactly one validator of the instance")


def _allowed_again(chain, since):
    """Return when the budget was first seen to allow a disruption again."""
    name = chain.profile.validators.budget
    return chain.space.budgets.until_seen(
        lambda budget: budget.name == name and budget.allowed >= 1,
        since=since,
        within=UNREADY_S,
        what="the budget to allow a disruption again",
    ).at
