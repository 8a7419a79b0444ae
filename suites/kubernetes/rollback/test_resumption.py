"""A chain that a bad release has stopped, and its rollback."""

from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor

from pytest_roadmap.errors import TargetError
from pytest_roadmap.probes import probe

STALL_INTERVALS = 10
TAKEN_S = 240
STALL_S = 120
RESUMPTION_S = 180  # beyond the limit
BLOCKS = 10
EMPTY = "no signing state"


@probe("INFRA-ROLL-6", strength="exercised")
def test_a_stopped_chain_goes_on_after_the_rollback(chain, evidence):
    """A chain that a bad release has stopped goes on at the very next height."""
    validators, first = chain.validators, chain.height
    addresses = [node.address for node in validators]
    states = {node.name: [_state(node)] for node in validators}

    taken, last = _stopped_by(chain, "silent")
    for node in validators:
        states[node.name].append(_state(node))
    before = {h: chain.blocks.at(h).hash for h in range(max(first, last - 9), last + 1)}
    undone, stuck = _undone(chain, taken, states)

    back = _steps_back(states)
    evidence.attach("signing states", "\n".join(f"{n}: {s}" for n, s in states.items()))
    evidence.measure("signing_state_steps_back", len(back))
    assert not back, f"signing_state_steps_back {len(back)} > 0: {'; '.join(back)}"
    assert not stuck, f"not back after the undo: {'; '.join(map(str, stuck))}"
    chain.until_settled(chain.profile.validators, within=RESUMPTION_S)
    height = chain.blocks.wait_for_blocks(BLOCKS + 1, within=RESUMPTION_S).height - 1
    resumed = _committed(chain, last + 1)
    assert resumed > undone, f"height {last + 1} came without the undo"
    evidence.measure("seconds_to_next_block", resumed - undone)
    lost = [h for h in before if validators[0].rpc.block(h).hash != before[h]]
    evidence.measure("heights_lost", len(lost))
    silent = [a for a in addresses if not _signed(chain, a, height - BLOCKS, height)]
    evidence.measure("validators_not_signing", len(silent))
    evidence.measure("distinct_app_hashes", len(_app_hashes(chain, height)))
    evidence.measure("evidence", chain.blocks.evidence())


def _stopped_by(chain, release):
    """Roll a release out until it has stopped the chain; return whom, and the height.

    Whom: the pods' uids of the validators that it has taken, by name.
    """
    before = {node.name: node.pod.uid for node in chain.validators}
    power = {node.name: node.power for node in chain.validators}
    pause = STALL_INTERVALS * chain.blocks.median_interval()
    role = chain.profile.validators

    def taken():
        """Return the new pods' uids, by name, of those whose nodes run."""
        return {
            pod.name: pod.uid
            for pod in chain.pods_of(role)
            if pod.uid != before[pod.name] and pod.container(role.container).running
        }

    chain.roll_out(release)
    chain.pods.until(
        lambda _: sum(power[name] for name in taken()) * 3 > sum(power.values()),
        within=TAKEN_S,
        what=f"the {release} release to hold more than a third of the power",
    )
    last = chain.blocks.wait_for_stall(pause, within=STALL_S)
    return taken(), last


def _undone(chain, taken, states):
    """Undo the release; return when, and why a validator has not come back.

    The signing state with which each comes back is added to `states`.
    """
    with ThreadPoolExecutor(len(taken)) as pool:
        reads = {
            name: pool.submit(_back, chain.node(name), uid)
            for name, uid in taken.items()
        }
        undone = chain.undo()
    stuck = [e for e in (read.exception() for read in reads.values()) if e]
    for name, read in reads.items():
        if not read.exception():
            states[name].append(read.result())
    return undone, stuck


def _back(node, uid):
    """Return the signing state with which a node's next pod begins."""
    node.until_replaced(uid, within=RESUMPTION_S)
    node.until_running(within=RESUMPTION_S)
    return _state(node)


def _state(node):
    """Return a node's signing state; None where the file is not there."""
    try:
        return node.signing_state()
    except TargetError as error:
        if "there is no" not in str(error):
            raise
        return None


def _steps_back(states):
    """Return where a validator's signing state went back, or was lost."""
    return [
        f"{name} from {former} to {later or EMPTY}"
        for name, read in states.items()
        for former, later in itertools.pairwise(read)
        if former is not None and (later is None or later < former)
    ]


def _committed(chain, height):
    """Return when the last vote for a height was cast.

    Not the next header's time, which is the median of the votes: those that
    were cast before the chain stopped would put it before the undo.
    """
    after = chain.blocks.wait_for_height(height + 1, within=RESUMPTION_S)
    return max(after.votes.values())


def _signed(chain, address, low, high):
    """Whether a validator has signed any block of a range of heights."""
    votes = (chain.blocks.signatures(height) for height in range(low, high))
    return any(address in signers for signers in votes if signers)


def _app_hashes(chain, height):
    """Return the app hashes that all nodes have for a height."""
    nodes = chain.all_nodes
    chain.until_true(
        lambda: all(node.rpc.status().height >= height for node in nodes),
        within=RESUMPTION_S,
        what=f"height {height} on every node",
    )
    return {node.rpc.block(height).app_hash for node in nodes}
