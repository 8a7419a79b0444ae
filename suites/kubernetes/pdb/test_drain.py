"""Drains of workers that hold validators."""

from __future__ import annotations

from pytest_roadmap.errors import UnavailableError
from pytest_roadmap.probes import probe
from pytest_roadmap.target import clock

DRAIN_S = 120  # beyond the limits
UNREADY_S = 90


@probe("INFRA-PDB-2", strength="exercised")
def test_an_allowed_drain_ends_and_blocks_go_on(cluster, chain, evidence):
    """A drain that the budget allows comes to its end, and the chain does not stop."""
    validator, worker = _on_a_worker_of_its_own(chain)
    address, began = validator.address, clock.now()

    with cluster.drained(worker, chain.pods) as drain:
        evidence.measure("drain_seconds", drain.wait(within=DRAIN_S))
        evidence.measure("pods_left", len(drain.left))
        evicted = [entry.pod.name for entry in drain.evicted]
        uncordoned = drain.uncordon()
    signed = chain.blocks.wait_for_signature(address, after=uncordoned, within=120)

    assert validator.name in evicted, f"{validator.name} was not evicted but deleted"
    seconds = signed.at - uncordoned
    evidence.measure("seconds_from_uncordon_to_signing", seconds)
    evidence.measure("longest_block_gap_seconds", chain.blocks.longest_gap(began))


@probe("INFRA-PDB-3", strength="exercised")
def test_a_drain_waits_for_the_budget(cluster, chain, faults, evidence):
    """A drain waits, and evicts nobody, while the budget allows no disruption."""
    healthy, worker = _on_a_worker_of_its_own(chain)
    sick = next(n for n in chain.validators if n.worker != worker)
    selector, began = chain.profile.validators.selector, clock.now()

    with faults.cut(sick) as cut:
        sick.until_unready(within=UNREADY_S)
        with cluster.drained(
            worker, chain.pods, only=lambda pod: pod.matches(selector)
        ) as drain:
            _until_refused_or_evicted(chain, drain)
            early = [e.pod.name for e in drain.evicted]
            evidence.measure("evictions", len(early))
            evidence.measure("refusals", len(drain.refused))
            assert not early, f"evictions {len(early)}: {early} beside {sick}"
            cut.heal()
            allowed = _allowed_again(chain, cut.healed)
            drain.wait(within=DRAIN_S)
            evidence.measure("drain_seconds", drain.ended - allowed)

    healthy.until_ready(within=120)
    evidence.measure("longest_block_gap_seconds", chain.blocks.longest_gap(began))


def _on_a_worker_of_its_own(chain):
    """Return a validator that is the only one on its worker, and the worker.

    Raises:
        UnavailableError: Every worker holds several, or none.
    """
    workers = {node.name for node in chain.nodes.workers}
    held = [node.worker for node in chain.validators]
    for node in chain.validators:
        if node.worker in workers and held.count(node.worker) == 1:
            return node, node.worker
    raise UnavailableError("no worker holds exactly one validator of the instance")


def _until_refused_or_evicted(chain, drain):
    """Wait for three refusals, or for an eviction that should not have been."""
    chain.until_true(
        lambda: len(drain.refused) >= 3 or drain.evicted,
        within=60,
        what=f"three refused evictions ({drain.brief()})",
    )


def _allowed_again(chain, since):
    """Return when the budget was first seen to allow a disruption again."""
    return chain.space.budgets.until_seen(
        lambda budget: budget.allowed >= 1, since=since, within=90, what="an allowance"
    ).at
