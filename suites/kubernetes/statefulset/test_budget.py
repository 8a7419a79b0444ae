from __future__ import annotations

from pytest_roadmap.probes import probe


@probe("INFRA-STS-4", strength="exercised")
def test_one_budget_counts_the_validators_and_follows_them(chain, faults, evidence):
    """One budget counts all validators and nothing else, and follows their health."""
    budget, strangers, elsewhere = _who_counts(chain)
    evidence.measure("validators_not_under_one_budget", len(elsewhere))
    assert not elsewhere, f"not under exactly one budget: {', '.join(elsewhere)}"
    evidence.measure("strangers_counted", len(strangers))
    assert not strangers, (
        f"budget {budget.name} has strangers_counted {len(strangers)} > 0: "
        f"{', '.join(strangers)}"
    )
    victim, full = chain.validators[-1], (budget.healthy, budget.allowed)
    assert budget.expected == len(chain.validators), f"it expects {budget.expected}"
    assert full == (budget.expected, budget.allowed), f"unhealthy at first: {budget}"

    with faults.stopped(victim) as stop:
        unready = _seen_ready(chain, victim, False, stop.injected)
        fell = _seen_at(chain, budget, (full[0] - 1, full[1] - 1), stop.injected)
    ready = _seen_ready(chain, victim, True, stop.healed)
    rose = _seen_at(chain, budget, full, stop.healed)

    evidence.measure("seconds_to_fall", fell - unready)
    evidence.measure("seconds_to_rise", rose - ready)
    evidence.measure("seconds_to_follow", max(fell - unready, rose - ready, 0))


def _who_counts(chain):
    """Return the validators' budget, its other pods, and validators not under one."""
    validators = {node.name for node in chain.validators}
    budgets = chain.space.budgets.now()
    counts = {
        pod.name: [budget for budget in budgets if budget.selects(pod.labels)]
        for pod in chain.pods.now()
    }
    elsewhere = sorted(name for name in validators if len(counts[name]) != 1)
    theirs = [budget for name in validators for budget in counts[name]]
    budget = theirs[0] if theirs else None
    strangers = [n for n in counts if n not in validators and budget in counts[n]]
    return budget, sorted(strangers), elsewhere


def _seen_ready(chain, node, ready, since):
    """Return when a node's pod was first seen to be Ready, or not to be."""
    return chain.pods.until_seen(
        lambda pod: pod.name == node.name and pod.ready is ready,
        since=since,
        within=60,
        what=f"{node.name} to be {'Ready' if ready else 'not Ready'}",
    ).at


def _seen_at(chain, budget, numbers, since):
    """Return when a budget was first seen with (healthy, allowed)."""
    return chain.space.budgets.until_seen(
        lambda b: b.name == budget.name and (b.healthy, b.allowed) == numbers,
        since=since,
        within=20,
        what=f"{budget.name} with {numbers[0]} healthy and {numbers[1]} allowed",
    ).at
