"""What the validators' budget admits when evictions are asked for."""

from __future__ import annotations

from pytest_roadmap.probes import probe
from pytest_roadmap.target import clock
from pytest_roadmap.target.evicting import asked_at_once

SIGNING_S = 120  # beyond the limit


@probe("INFRA-PDB-1", strength="exercised")
def test_evictions_leave_a_quorum(chain, evidence):
    """Of all validators asked to go at once only as many may as can be spared."""
    validators = chain.validators
    power = {node.name: node.power for node in validators}
    addresses = {node.name: node.address for node in validators}
    asked_at = clock.now()

    asked = asked_at_once(chain.api, [node.pod for node in validators])
    admitted = [a.pod.name for a in asked if a.admitted]
    lost = 100 * sum(power[name] for name in admitted) / sum(power.values())
    evidence.note("; ".join(map(str, asked)))
    evidence.measure("evictions", len(admitted))
    evidence.measure("evicted_power_percent", lost)
    assert lost <= 100 / 3, f"evicted_power_percent {lost:.1f}: {', '.join(admitted)}"
    refused = [a for a in asked if not a.admitted]
    assert all(a.by_budget for a in refused), "refused for another reason"
    signed = [
        chain.blocks.wait_for_signature(
            addresses[name], after=_gone(chain, name, asked_at), within=SIGNING_S
        ).at
        for name in admitted
    ]

    evidence.measure("seconds_to_signing", max(signed, default=asked_at) - asked_at)
    evidence.measure("longest_block_gap_seconds", chain.blocks.longest_gap(asked_at))


@probe("INFRA-PDB-4", strength="exercised")
def test_nobody_is_evicted_beside_an_update(rolling_update, evidence):
    """While an update has a validator down the budget lets nobody evict another."""
    update = rolling_update
    assert update.replacements, f"no validator was replaced: {update.problem}"

    beside = update.asked_while_down()
    between = [asked for asked in update.asked_between() if asked.admitted]
    followed = [
        (down.followed or down.ready or update.ended) - down.deleted
        for down in update.replacements
    ]
    admitted = [asked for asked in beside if not asked.by_budget]

    evidence.measure("seconds_to_follow", max(followed))
    evidence.measure("admitted_while_one_is_down", len(admitted))
    assert not admitted, f"admitted_while_one_is_down: {admitted[0]}"
    evidence.measure("refusals", len(beside))
    evidence.measure("admitted_between", len(between))


def _gone(chain, name, since):
    """Return when the evicted pod's container was seen to have ended."""
    role = chain.profile.validators
    return chain.pods.until_seen(
        lambda pod: pod.name == name and not pod.container(role.container).running,
        since=since,
        within=90,
        what=f"the end of {name}",
    ).at
