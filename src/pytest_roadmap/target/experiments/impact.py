"""What faults cost a chain: gaps, missed signatures, rounds, connections, restarts."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_roadmap.errors import TargetError
from pytest_roadmap.target import clock

if TYPE_CHECKING:
    from pytest_roadmap.target.chain import ChainInstance
    from pytest_roadmap.target.experiments.experiment import Experiment
    from pytest_roadmap.target.experiments.node_record import NodeRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class Impact:
    """The cost since the first fault; per node where it is a dictionary.

    `longest_gap_s` is in seconds, `memory_bytes` what each node's container
    holds now, `extra_rounds` counts rounds beyond the first of each height,
    `reconnections` the peers that were gone and came back.
    """

    longest_gap_s: float
    missed_signatures: dict[str, int]
    extra_rounds: int
    reconnections: dict[str, int]
    restarts: dict[str, int]
    memory_bytes: dict[str, int]


def measure(experiment: Experiment, since: float) -> Impact:
    """Return what has happened to the chain since a moment."""
    chain, blocks = experiment.chain, experiment.chain.blocks
    made = blocks.since(since)
    missed = {
        node.name: sum(
            (signers := blocks.signatures(block.height)) is not None
            and node.address not in signers
            for block in made
        )
        for node in chain.validators
    }
    before = experiment.baseline.restarts
    return Impact(
        longest_gap_s=round(blocks.longest_gap(since, clock.now()), 3),
        missed_signatures=missed,
        extra_rounds=sum(block.round for block in made),
        reconnections={
            name: reconnections(experiment.record, name, since)
            for name in experiment.record.nodes
        },
        restarts={
            name: count - before.get(name, 0) for name, count in restarts(chain).items()
        },
        memory_bytes=_memory(chain),
    )


def restarts(chain: ChainInstance) -> dict[str, int]:
    """Return the restarts of every container, as `pod/container`."""
    return {
        f"{pod.name}/{container.name}": container.restarts
        for pod in chain.pods.now()
        for container in pod.containers
    }


def restarted(experiment: Experiment) -> tuple[str, ...]:
    """Return the containers that have been restarted since the baseline."""
    before = experiment.baseline.restarts
    now = restarts(experiment.chain)
    return tuple(name for name, n in now.items() if n > before.get(name, 0))


def reconnections(record: NodeRecord, node: str, since: float) -> int:
    """Return how often a peer that a node had lost was there again."""
    samples = record.samples(node, since)
    seen: set[str] = set()
    count = 0
    for earlier, later in itertools.pairwise(samples):
        seen |= earlier.peers
        count += len((later.peers - earlier.peers) & seen)
    return count


def _memory(chain: ChainInstance) -> dict[str, int]:
    """Return what each node's container holds, where its machine can be asked."""
    found = {}
    for node in chain.all_nodes:
        try:
            found[node.name] = node.control_group().memory_used
        except TargetError:
            continue  # it does not run now
    return found
