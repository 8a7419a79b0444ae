"""What the validators' budget admits when evictions are asked for."""

from __future__ import annotations

from pytest_roadmap.probes import probe
from pytest_roadmap.target import clock
from pytest_roadmap.target.evicting import asked_at_once

SIGNING_S = 120  # beyond the limit
GONE_S = 90
A_THIRD = 100 / 3  # of the power: so much stops the chain


@probe("INFRA-PDB-1", strength="exercised")
def test_evictions_leave_a_quorum(chain, evidence):
    """Of all validators asked to go at once only so many may as can be spared."""
    validators = chain.validators
    power = {node.name: node.power for node in validators}
    addresses = {node.name: node.address for node in validators}
    began = clock.now()

    asked = asked_at_once(chain.api, [node.pod for node in validators])
    evidence.note("; ".join(map(str, asked)))

    admitted = [answer.pod.name for answer in asked if answer.admitted]
    lost = 100 * sum(power[name] for name in admitted) / sum(power.values())
    evidence.measure("evictions", len(admitted))
    evidence.measure("evicted_power_percent", lost)
    assert lost < A_THIRD, f"evicted_power_percent {lost:.1f}: {', '.join(admitted)}"
    others = [a for a in asked if not a.admitted and not a.by_budget]
    assert not others, f"refused, but not for a budget: {'; '.join(map(str, others))}"
    signed = [
        chain.blocks.wait_for_signature(
            addresses[name], after=_gone(chain, name, began), within=SIGNING_S
        ).at
        for name in admitted
    ]
    evidence.measure("seconds_to_signing", max(signed, default=began) - began)
    evidence.measure("longest_block_gap_seconds", chain.blocks.longest_gap(began))


@probe("INFRA-PDB-4", strength="exercised")
def test_nobody_is_evicted_beside_an_update(rolling_update, evidence):
    """While an update has a validator down the budget lets nobody evict another."""
    update = rolling_update
    assert update.replacements, f"no validator was replaced: {update.problem}"
    evidence.attach("replacements", "\n".join(map(str, update.replacements)))

    beside = update.asked_while_down()
    admitted = [answer for answer in beside if not answer.by_budget]
    between = [answer for answer in update.asked_between() if answer.admitted]
    unheeded = [r.name for r in update.replacements if r.followed is None]

    evidence.measure("admitted_while_one_is_down", len(admitted))
    evidence.measure("refusals", len(beside) - len(admitted))
    evidence.measure("admitted_between", len(between))
    assert not admitted, (
        f"admitted_while_one_is_down {len(admitted)} > 0: {admitted[0]}"
    )
    assert not unheeded, f"the budget took no notice of {', '.join(unheeded)}"
    evidence.measure(
        "seconds_to_follow", max(r.followed - r.deleted for r in update.replacements)
    )


def _gone(chain, name, since):
    """Return when the evicted pod's node was seen to have ended."""
    role = chain.profile.validators
    return chain.pods.until_seen(
        lambda pod: pod.name == name and not pod.container(role.container).running,
        since=since,
        within=GONE_S,
        what=f"the end of {name}",
    ).at
