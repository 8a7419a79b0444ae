from __future__ import annotations

from pytest_roadmap.probes import probe


@probe("INFRA-POD-1", strength="exercised")
def test_a_new_instance_is_ready_at_the_first_attempt(chain_birth, evidence):
    """Every pod of a new instance is Ready within 90 s, at the first attempt."""
    birth = chain_birth
    evidence.attach("seconds to Ready", birth.ready_after)

    evidence.measure("restarts", birth.restarts)
    assert not birth.cause, birth.cause

    after = birth.second_block_after - birth.last_validator_after
    evidence.measure("seconds_to_ready", max(birth.ready_after.values()))
    evidence.measure("ready_to_second_block_seconds", max(after, 0.0))
    assert not birth.not_ready, f"never Ready: {', '.join(birth.not_ready)}"


@probe("INFRA-POD-2", strength="observed")
def test_an_undisturbed_pod_stays_as_it_is(undisturbed_run, evidence):
    """No undisturbed pod restarts, is replaced or loses Ready over 60 blocks."""
    run = undisturbed_run

    for what in ("restarted", "replaced", "ready_lost"):
        evidence.attach(what, sorted(getattr(run, what)))

    evidence.measure("blocks", run.blocks)
    evidence.measure("restarts", len(run.restarted))
    evidence.measure("replaced_pods", len(run.replaced))
    evidence.measure("ready_lost", len(run.ready_lost))
    assert run.pods, "the undisturbed instance has no pod"
