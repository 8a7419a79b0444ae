from __future__ import annotations

from pytest_roadmap.probes import probe


@probe("INFRA-STS-6", strength="exercised")
def test_each_ordinal_keeps_its_node_id_and_its_key(cold_start, evidence):
    """Each ordinal keeps a node id and a key that no other pod has."""
    before, after = cold_start.before, cold_start.after
    full = {node.name for node in cold_start.chain.full}

    silent = sorted(before.keys() - after.keys())
    assert not silent, f"these do not answer any more: {', '.join(silent)}"
    ids = [status.node_id for status in after.values()]
    keys = [status.public_key for status in after.values()]
    new_ids = [n for n in before if before[n].node_id != after[n].node_id]
    new_keys = [n for n in before if before[n].public_key != after[n].public_key]
    evidence.attach("new node ids", new_ids)
    evidence.attach("new keys", new_keys)
    evidence.measure("node_ids_changed", len(new_ids))
    evidence.measure("keys_changed", len(new_keys))
    evidence.measure("node_ids_shared", len(ids) - len(set(ids)))
    evidence.measure("keys_shared", len(keys) - len(set(keys)))
    signers = [n for n in full if after[n].public_key in cold_start.members]
    assert not signers, f"full nodes with a validator's key: {', '.join(signers)}"
