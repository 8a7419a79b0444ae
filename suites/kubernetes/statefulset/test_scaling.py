from __future__ import annotations

from pytest_roadmap.probes import probe


@probe("INFRA-STS-1", strength="exercised")
def test_a_set_scaled_to_zero_comes_back_by_itself(cold_start, evidence):
    """A set scaled to zero comes back whole, although its first validator is alone."""
    restart = cold_start.restart

    evidence.attach("what did not happen", restart.problems)
    evidence.attach("what others did to it", restart.manual_steps)
    evidence.measure("validators_not_ready", len(restart.not_ready))
    evidence.measure("manual_steps", len(restart.manual_steps))
    assert restart.next_block_after is not None, (
        f"no block above height {restart.height} since the set was scaled back, and "
        f"{len(restart.not_ready)} validators are not Ready: "
        f"{'; '.join(restart.problems)}"
    )
    evidence.measure("seconds_to_next_block", restart.next_block_after)


@probe("INFRA-STS-2", strength="exercised")
def test_the_first_validator_finds_those_that_come_after_it(cold_start, evidence):
    """A validator that is started before its peers exist is connected to all."""
    meeting = cold_start.meeting

    evidence.attach("not among its peers", meeting.missing)
    evidence.measure("peers_missing", len(meeting.missing))
    evidence.measure("restarts", meeting.restarts)
    assert not meeting.missing, (
        f"{meeting.first} has {len(meeting.missing)} peers missing: "
        f"{', '.join(meeting.missing)}"
    )
    assert meeting.signed, f"{meeting.first} has its peers and signs nothing"
    evidence.measure("seconds_to_all_peers", meeting.seconds)


@probe("INFRA-STS-3", strength="exercised")
def test_scaling_to_zero_ends_every_validator_in_order(cold_start, evidence):
    """Scaling to zero ends every validator in order, without a quorum as well."""
    stops = cold_start.stops

    evidence.attach("the ends", [str(stop) for stop in stops])
    unseen = [stop.pod for stop in stops if stop.exit_code is None]
    assert not unseen, f"nobody saw how these ended: {', '.join(unseen)}"
    evidence.measure("killed_containers", sum(stop.killed for stop in stops))
    evidence.measure("grace_used_percent", max(s.grace_used_percent for s in stops))
    evidence.measure("claims_lost", len(cold_start.lost_by_scaling))
