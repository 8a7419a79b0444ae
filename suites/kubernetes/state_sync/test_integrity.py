from __future__ import annotations

from pytest_roadmap.probes import probe
from pytest_roadmap.target import clock, joining
from pytest_roadmap.target.faults import FaultError
from pytest_roadmap.target.faults.misleading import stored_chunks
from pytest_roadmap.target.pulse import pulse

TRUSTED = 5  # a height that the young look-alike has as well
LIE_S = 20.0
RESTORED_S = 130.0


@probe("CHAOS-SYNC-6", strength="exercised")
def test_only_state_that_leads_to_the_pinned_block_is_installed(
    chain, snapshot_source, experiment, restored, evidence
):
    """A joining node installs only state that hashes to the pinned header."""
    server, faults = chain.profile.snapshots().first_server, chain.faults
    genuine, altered = snapshot_source.providers[:2]
    root = joining.pin(chain, height=TRUSTED)

    with joining.lookalike(chain, height=TRUSTED) as other:
        lie = faults.impersonated(server, other.pod, chain.space)
        with experiment.inject(lie), joining.joining(chain) as joiner:
            experiment.follow(joiner.node)
            _lie_to(joiner, server, root, evidence)
            newest = snapshot_source.until_snapshot(above=snapshot_source.height)
            chunks = stored_chunks(genuine, newest)
            with experiment.inject(faults.altered(altered, newest)):
                lie.heal()
                restored(joiner, since=lie.off, within=RESTORED_S)
                _prove_offered(joiner, altered, newest)
            wrong = _other(stored_chunks(joiner.node, newest), chunks)
            foreign = _foreign(joiner.node, chain)
            rejections = joiner.logged("chunk checksum mismatch")
            conclusion = experiment.conclude(*chain.all_nodes, joiner.node)

    evidence.attach("rejected senders", rejections)
    evidence.measure("foreign_blocks_installed", len(foreign))
    evidence.measure("altered_chunks_applied", len(wrong))
    assert not foreign, f"foreign_blocks_installed {len(foreign)} > 0: {foreign[:3]}"
    assert not wrong, f"altered_chunks_applied {len(wrong)} > 0: {wrong}"
    conclusion.judge(evidence)


def _lie_to(joiner, server, root, evidence):
    """Hold the lie; the node must install nothing and not be Ready meanwhile."""
    lied = joiner.hash_from(server, root.height)
    if lied in {"", root.hash}:
        message = f"{server} says {lied or 'nothing'} of block {root.height}"
        raise FaultError(message)
    evidence.attach("block at the trusted height", {"pinned": root.hash, "lie": lied})
    pulse.until(
        lambda: clock.now() >= joiner.began + LIE_S,
        within=LIE_S + RESTORED_S,
        what="the end of the lie",
        every=0.2,
    )
    foreign = evidence.measure("foreign_blocks_installed", joiner.height)
    assert not foreign, f"foreign_blocks_installed {foreign} > 0 while it was lied to"
    assert not joiner.ready_before(clock.now()), "it was Ready while it was lied to"


def _prove_offered(joiner, provider, height):
    """Go on only if the altered snapshot was the one that it restored."""
    chunks = joiner.chunks()
    if chunks.height != height or provider.rpc.status().node_id not in joiner.peers:
        message = f"it restored {chunks} and has the peers {joiner.peers}"
        raise FaultError(message)


def _other(found, genuine):
    """Return the chunks that are not the genuine ones."""
    return sorted(number for number in genuine if found.get(number) != genuine[number])


def _foreign(node, chain):
    """Return the blocks of a node that are not the chain's."""
    return [
        f"height {header.height}: {header.hash[:12]}"
        for header in node.rpc.headers(1, chain.height)
        if (known := chain.blocks.at(header.height)) and known.hash != header.hash
    ]
