"""Several validators that crash at once: half of them, and all."""

from __future__ import annotations

from pytest_roadmap.errors import NeverHappenedError
from pytest_roadmap.probes import probe
from pytest_roadmap.target import clock, transfers
from pytest_roadmap.target.faults import FaultError
from pytest_roadmap.target.pulse import pulse

HALTED_ROUNDS = 5
BACK_S = 90.0  # beyond the limits
MOST_PREVOTES = 2  # of four: half of the power
TRANSFERS = 50
TRANSFERS_PER_S = 20.0
TOGETHER_S = 1.0


@probe("CHAOS-POD-2", strength="exercised")
def test_a_chain_without_quorum_halts_and_goes_on(experiment, evidence):
    """With two of four crashed the chain halts, and goes on when a third is back."""
    chain = experiment.chain
    early, late = chain.validators[1:3]

    with chain.traffic():
        with experiment.inject(experiment.faults.held_down(early, late)) as hold:
            killed = max(kill.at for kill in hold.kills.values())
            _see_no_quorum([n for n in chain.validators if n.exists])
            _hold(HALTED_ROUNDS * experiment.budget, since=hold.since)
            released = hold.let_return()
            halted = experiment.blocks_without_quorum(killed, released)
            resumed = _resumed(chain, chain.height, after=released)
            alone = not (early.exists and late.exists)  # either may come first
        evidence.measure("blocks_without_quorum", halted)
        evidence.measure("resume_seconds", resumed)
        assert resumed < BACK_S, f"no block in {resumed:.0f} s: {chain.pods.brief()}"
        assert alone, f"{early} and {late} were there before the blocks went on"
        evidence.measure(
            "recovery_seconds",
            max(
                experiment.until_recovered(node, since=hold.healed, within=BACK_S)
                for node in (early, late)
            ),
        )

    experiment.conclude().judge(evidence)


@probe("CHAOS-POD-3", strength="exercised")
def test_killing_every_node_loses_no_block(experiment, evidence):
    """Killing every node of the chain at once loses no committed block."""
    chain, nodes = experiment.chain, experiment.chain.all_nodes
    witness, first = chain.full[0], chain.height
    confirmed = _confirmed(chain, witness, first)
    uids = {node.name: node.pod.uid for node in nodes}
    last = experiment.record.highest()
    recorded = {h.height: (h.hash, h.app_hash) for h in witness.rpc.headers(1, last)}

    killed = _end_all(experiment, nodes, uids)
    resumed = _resumed(chain, last, after=killed)

    lost = {node.name: _lacking(node, recorded) for node in nodes}
    ledger = transfers.Reader(witness, first).until_settled(confirmed, within=10)
    evidence.attach("blocks that a node has lost", lost)
    evidence.measure("resume_seconds", resumed)
    evidence.measure("lost_blocks", max(map(len, lost.values())))
    evidence.measure("lost_transfers", len(ledger.lost))
    assert not any(lost.values()), (
        f"lost_blocks {max(map(len, lost.values()))} > 0: {lost}"
    )
    assert resumed < BACK_S, f"no block in {resumed:.0f} s: {chain.pods.brief()}"
    for node in nodes:
        experiment.until_recovered(node, since=killed, within=BACK_S)
    experiment.conclude().judge(evidence)


def _see_no_quorum(survivors):
    """See that the survivors know of the prevotes of half of the power at most."""

    def seen():
        """Return how many prevotes each one has in its present round."""
        return {node.name: _prevotes(node) for node in survivors}

    try:
        pulse.ask_until(
            lambda: max(seen().values()) <= MOST_PREVOTES,
            within=20,
            what="a round without a quorum",
            every=0.5,
        )
    except NeverHappenedError as error:
        raise FaultError(f"there still is a quorum of prevotes: {seen()}") from error


def _prevotes(node):
    """Return how many prevotes a node has in its present round."""
    state = node.rpc.call("consensus_state")["round_state"]
    now = int(state["height/round/step"].split("/")[1])
    votes = (e for e in state["height_vote_set"] if int(e["round"]) == now)
    return sum(e["prevotes_bit_array"].partition(" ")[0].count("x") for e in votes)


def _hold(seconds, *, since):
    """Let a fault be on for so long."""
    pulse.until(
        lambda: clock.now() - since >= seconds,
        within=seconds + 10,
        what="the end of the hold",
        every=0.5,
    )


def _resumed(chain, last, *, after):
    """Return the seconds to the first block above `last`; what was waited, without."""

    def came():
        """Return when the first block of after the moment was committed."""
        moments = (
            chain.blocks.committed_at(b.height) for b in chain.blocks.after(last)
        )
        return next((moment for moment in moments if moment > after), None)

    try:
        return pulse.until(came, within=BACK_S, what="a block") - after
    except NeverHappenedError:
        return clock.now() - after


def _confirmed(chain, witness, first):
    """Return transfers that are in blocks."""
    with transfers.sending(
        chain, rate=TRANSFERS_PER_S, name="payer", to="full"
    ) as sending:
        sending.until_accepted(TRANSFERS, since=0.0, within=60)
        sending.end()
    accepted = tuple(t for t in sending.transfers() if t.accepted)
    ledger = transfers.Reader(witness, first).until_settled(accepted, within=60)
    assert not ledger.lost, f"{len(ledger.lost)} transfers were lost before any fault"
    return accepted


def _end_all(experiment, nodes, uids):
    """Kill all nodes at once and see that they are new; return when the last died."""
    kills = experiment.faults.ended(*nodes)
    moments = [kill.at for kill in kills.values()]
    experiment.note("every node is killed", min(moments))
    if max(moments) - min(moments) > TOGETHER_S:
        raise FaultError(f"the kills took {max(moments) - min(moments):.1f} s")
    for node in nodes:
        node.until_replaced(uids[node.name], within=BACK_S)
    left = experiment.faults.survivors(kills.values())
    if left:
        raise FaultError(f"processes of before live on: {left}")
    return max(moments)


def _lacking(node, recorded):
    """Return the recorded heights that a node has not, or has otherwise."""
    node.until_answering(within=BACK_S)
    here = {
        header.height: (header.hash, header.app_hash)
        for header in node.rpc.headers(min(recorded), max(recorded))
    }
    return [height for height in recorded if here.get(height) != recorded[height]]
