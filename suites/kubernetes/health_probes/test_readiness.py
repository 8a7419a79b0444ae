from __future__ import annotations

from pytest_roadmap.probes import inconclusive, probe
from pytest_roadmap.target import clients, clock, heights, queries

READER_RATE = 10.0
BLOCK_TIME = "result.sync_info.latest_block_time"
STALE_S = 30.0
LATENCY_S = 5.0  # from the endpoint's change until no worker sends there any more
AHEAD = 10  # blocks that the network moves on while a validator is alone
CLIENT_RATE = 10.0  # of each of two
AFTER_REMOVAL = 120


@probe("INFRA-PROBE-1", strength="exercised")
def test_an_api_node_out_of_touch_gets_no_requests(chain, faults, evidence):
    """An API node out of touch with the chain gets no requests until it caught up."""
    node, _ = chain.with_api(2)
    before, service, network = node.container, node.role.service, chain.blocks
    chain.space.slices.now()
    what = queries.status(chain, READER_RATE, timeout=5, capture=BLOCK_TIME)
    workers = [one.name for one in chain.nodes.workers[:1]]

    with (
        heights.asked([node], every=0.3) as said,
        clients.asking(chain, what, on=workers, name="reader") as group,
    ):
        with faults.cut(node) as cut:
            removed = chain.space.until_endpoint(
                service, node.name, ready=False, since=cut.injected, within=75
            )
            reached = said.last(node.name, by=removed).height
            group.until_answers(60, since=removed + LATENCY_S, within=60)
            still = said.last(node.name, by=clock.now()).height
            grown = chain.height - reached
        returned = chain.space.until_endpoint(
            service, node.name, ready=True, since=cut.healed, within=90
        )
        group.until_answers(10, since=returned + LATENCY_S, within=30)
        answers = group.answers()

    if grown <= 0 or still > reached:
        inconclusive(
            f"{node.name} went from height {reached} to {still} without its peers, "
            f"which went {grown} blocks beyond {reached}: it was not out of touch"
        )
    late = [a for a in answers if a.ok and a.at > removed + LATENCY_S]
    ages = [one.at - clock.seconds(one.captured) for one in late]
    evidence.note(f"the oldest block that a client was shown was {max(ages):.1f} s old")
    evidence.measure("seconds_to_removal", removed - network.committed_at(reached))
    evidence.measure("stale_answers_after_removal", sum(a > STALE_S for a in ages))
    behind = said.behind(node.name, network, returned)
    evidence.measure("blocks_behind_at_return", behind)
    evidence.measure("restarts", node.container.restarts - before.restarts)


@probe("INFRA-PROBE-2", strength="exercised")
def test_a_validator_is_not_ready_before_it_has_caught_up(chain, faults, evidence):
    """A restarted validator is not Ready before it has caught up with its peers."""
    validator = chain.validators[1]
    before, restarts = validator.pod, validator.container.restarts
    assert validator.address, "its address is learnt while it answers"

    with (
        heights.asked([validator], every=0.3) as said,
        faults.cut(validator) as cut,
    ):
        kill = faults.killed(validator)
        validator.until_restarted(restarts, within=60)
        alone = chain.height
        chain.until_true(
            lambda: any(one.height for one in said.of(validator.name, kill.at + 1)),
            within=90,
            what=f"an answer of {validator.name}",
        )
        validator.wait_for_probes("readiness", 2, within=60)
        chain.blocks.wait_for_height(alone + AHEAD, within=150)
        chain.until_true(
            lambda: said.behind(validator.name, chain.blocks, clock.now()) >= AHEAD,
            within=30,
            what=f"{validator.name} to be {AHEAD} blocks behind",
        )
        early = [flip for flip in _readiness(chain, before, restarts) if flip.answer]
        cut.heal()
        assert not early, (
            f"ready_while_behind {len(early)} > 0: {validator.name} was Ready "
            f"{early[0].at - kill.at:.1f} s after its end, and its network "
            f"{said.behind(validator.name, chain.blocks, cut.healed)} blocks ahead"
        )
        validator.until_ready(within=90)

    ready = next(f.at for f in _readiness(chain, before, restarts) if f.answer)
    evidence.measure("ready_while_behind", len(early))
    behind = said.behind(validator.name, chain.blocks, ready)
    evidence.measure("blocks_behind_at_ready", behind)
    evidence.measure("seconds_from_heal_to_ready", ready - cut.healed)


@probe("INFRA-PROBE-6", strength="exercised")
def test_a_hung_api_pod_leaves_its_service_and_returns(chain, faults, evidence):
    """A hung API pod leaves the service, fails nobody from then on, and returns."""
    node, _ = chain.with_api(2)
    before, service = node.container, node.role.service
    workers = [one.name for one in chain.nodes.workers[:2]]
    chain.space.slices.now()

    what = queries.status(chain, CLIENT_RATE, timeout=4)
    with clients.asking(chain, what, on=workers, name="client") as group:
        with faults.stopped(node) as stop:
            removed = chain.space.until_endpoint(
                service, node.name, ready=False, since=stop.injected, within=60
            )
            evidence.measure("seconds_to_removal", removed - stop.injected)
            assert node.container.id == before.id, (
                f"seconds_to_removal {removed - stop.injected:.1f} > 20: not before "
                "its liveness probe had given it up"
            )
            group.until_answers(AFTER_REMOVAL, since=removed, within=40)
        returned = chain.space.until_endpoint(
            service, node.name, ready=True, since=stop.healed, within=60
        )
        group.until_answers(40, since=returned, within=30)
        answers = group.answers()

    late = [answer for answer in answers if answer.at > removed + 3]
    failed = [answer for answer in late if not answer.ok]
    evidence.attach("failed requests", [str(one) for one in failed[:50]])
    evidence.measure("requests_after_removal", len(late))
    evidence.measure("failed_requests_after_removal", len(failed))
    evidence.measure("seconds_to_return", returned - stop.healed)
    evidence.measure("restarts", node.container.restarts - before.restarts)
    assert node.container.id == before.id, "another container has its place"


def _readiness(chain, before, restarts):
    """Return when a pod's Ready condition changed, counted from its restart."""

    def answer(pod):
        """Whether it is Ready in the run after the restart."""
        again = any(one.restarts > restarts for one in pod.containers)
        return again and pod.holds("Ready")

    return chain.pods.flips(answer, uid=before.uid)
