from __future__ import annotations

from pytest_roadmap.probes import probe, unavailable
from pytest_roadmap.target import joining

BEGUN_S = 60.0
RESTORED_S = 120.0  # twice the limit
LEAST_CHUNKS = 3


@probe("CHAOS-SYNC-1", strength="exercised")
def test_a_restored_node_answers_like_the_others(
    snapshot_source, joiner, experiment, restored, evidence
):
    """An empty node restores a snapshot and answers like those that executed all."""
    joiner.until_gauge("state_syncing", within=BEGUN_S)

    restored(joiner, since=joiner.began, within=RESTORED_S)
    chunks, status = joiner.chunks(), joiner.node.rpc.status()
    differing = _differing(joiner.node, snapshot_source.witnesses, evidence)
    conclusion = experiment.conclude(*experiment.chain.all_nodes, joiner.node)

    if chunks.total < LEAST_CHUNKS:
        unavailable(f"the snapshot at {chunks.height} has {chunks.total} chunks")
    evidence.measure("differing_answers", len(differing))
    assert status.earliest > chunks.height, f"it has block {status.earliest}"
    assert not differing, f"differing_answers {len(differing)} > 0: {differing}"
    conclusion.judge(evidence)


def _differing(node, witnesses, evidence):
    """Return the queries that a node answers otherwise than one of the others."""
    height = node.rpc.status().height - 1
    queries = node.instance.profile.snapshots().queries
    evidence.attach("queries", [query.path for query in queries])
    return [
        f"{query.path} at height {height}"
        for query in queries
        if {joining.ask(node, query, height)}
        != {joining.ask(witness, query, height) for witness in witnesses}
    ]
