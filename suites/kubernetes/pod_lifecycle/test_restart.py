from __future__ import annotations

from pytest_roadmap.probes import probe


@probe("INFRA-POD-8", strength="exercised")
def test_a_killed_node_is_started_again_once(chain, faults, evidence):
    """A killed node process is started again once, in its own pod, and signs."""
    validator = chain.validators[1]
    before, volume = validator.pod, validator.claim.volume
    runs = {container.id for container in before.init_containers}

    kill = faults.killed(validator)
    validator.until_restarted(
        before.container(validator.role.container).restarts, within=90
    )
    signed = validator.until_signing(after=kill.at, within=90)

    after, code = validator.pod, validator.exit_code_since(kill.at)
    assert code == 137, f"the killed run ended with {code}"
    assert (after.uid, after.node) == (before.uid, before.node), "the pod was replaced"
    assert validator.claim.volume == volume, "the pod has another volume"
    again = {container.id for container in after.init_containers} - runs
    assert not again, f"{len(again)} init containers ran again"
    restarts = after.restarts - before.restarts
    here = (
        validator.container.restarts
        - before.container(validator.role.container).restarts
    )
    evidence.measure("restarts", here)
    evidence.measure("restarts_elsewhere", restarts - here)
    evidence.measure("seconds_to_signing", signed.at - kill.at)
