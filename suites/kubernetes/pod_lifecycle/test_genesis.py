from __future__ import annotations

from pytest_roadmap.probes import probe, unavailable
from pytest_roadmap.target import clock, further, genesis_text

LAST_LINES = 20


@probe("INFRA-POD-4", strength="observed")
def test_all_nodes_run_the_genesis_that_was_published(chain_birth, profile, evidence):
    """All nodes run one and the same genesis, the one that was published to them."""
    first, chain = chain_birth.first, chain_birth.chain
    genesis_text.source_of(chain)
    if not first.served:
        unavailable(f"no node answers: {chain_birth.cause}")

    distinct = {genesis.digest for genesis in first.served.values()}
    blocks = set(first.blocks.values())
    evidence.attach("genesis", {name: one.digest for name, one in first.served.items()})
    evidence.attach("first blocks", first.blocks)
    assert len(distinct) == 1, (
        f"{len(first.served)} nodes run {len(distinct)} different genesis documents "
        f"with {len(blocks)} different first blocks: "
        f"{len(distinct)} chains under one name"
    )
    genesis, keys = next(iter(first.served.values())), set(first.keys.values())

    evidence.measure("distinct_genesis", len(distinct))
    differ = [name for name, sha in first.files.items() if sha != first.published]
    evidence.measure("files_that_differ_from_source", len(differ))
    strangers = keys - set(genesis.validators)
    evidence.measure("validators_not_in_genesis", len(strangers))
    evidence.measure("distinct_first_blocks", len(blocks))
    assert genesis.chain_id == profile.chain_id, f"the chain id is {genesis.chain_id}"
    wanted = len(chain.validators)
    assert len(keys) == wanted, f"{len(keys)} keys of {wanted} validators"
    assert len(genesis.validators) == wanted, "one key per validator"


@probe("INFRA-POD-5", strength="exercised")
def test_a_node_with_an_altered_genesis_does_not_start(chain, profile, evidence):
    """A node that is given an altered genesis does not start, and its pod says why."""
    role, source = profile.role("full"), genesis_text.source_of(chain)
    true = genesis_text.published(chain)
    altered = genesis_text.with_other_balance(true)

    genesis_text.publish(chain, "guest-genesis", altered)
    instead = {source.reference: "guest-genesis"}
    guest = further.node(chain, role, "guest", instead=instead)
    guest.until(
        lambda pod: (
            any(one.now.exit_code or one.last for one in pod.init_containers)
            or started(pod, role)
        ),
        within=90,
        what="to end an init container, or to start its node",
    )
    assert not started(guest.pod, role), (
        "node_starts 1 > 0: the node started with an altered genesis"
    )
    uid, words = guest.pod.uid, last_words(chain, guest.pod)
    genesis_text.publish(chain, "guest-genesis", true)
    given = clock.now()
    ready = guest.until_ready(within=180)

    evidence.attach("what the pod says", words, kind="log")
    hashes = [genesis_text.sha256(text) for text in (true, altered)]
    early = chain.pods.history(uid=uid)
    starts = [c for c in early if c.at < given and started(c.object, role)]
    evidence.measure("node_starts", len(starts))
    evidence.measure("reasons_given", all(one in words for one in hashes))
    took = chain.first_ready(ready) - given
    evidence.measure("seconds_from_true_genesis_to_ready", took)
    assert ready.uid == uid, "the pod was replaced"


def started(pod, role):
    """Whether the node of a pod has run at any time."""
    return pod.container(role.container).ever_started


def last_words(chain, pod):
    """Return the termination messages and last log lines of the init containers."""
    words = []
    for one in pod.init_containers:
        words += [run.message for run in (one.now, one.last) if run and run.message]
        if one.ever_started:
            words.append(
                chain.api.logs(chain.name, pod.name, one.name, tail=LAST_LINES)
            )
    return "\n".join(words)
