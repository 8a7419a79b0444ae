from __future__ import annotations

import re

from pytest_roadmap.probes import probe

KILLED = 137


@probe("INFRA-POD-6", strength="exercised")
def test_a_deleted_validator_stops_by_itself(graceful_stop, profile, evidence):
    """A deleted validator stops by itself, in order, in half of its grace period."""
    stop = graceful_stop
    run = stop.last.container(stop.validator.role.container).now
    lines = [line.text for line in stop.end.log]
    took = stop.end.at - stop.deleted

    evidence.attach("the last lines of its log", "\n".join(lines[-40:]), kind="log")
    evidence.note(f"it ended with {run.exit_code} after {took:.1f} s")
    killed = [one for one in stop.last.containers if one.now.exit_code == KILLED]
    evidence.measure("killed_containers", len(killed))
    evidence.measure("grace_used_percent", 100 * took / stop.before.grace)
    assert not killed, (
        f"killed_containers {len(killed)} > 0: SIGKILL ended it after {took:.1f} s"
    )
    assert run.exit_code in profile.exit_codes_on_sigterm, (
        f"it ended with {run.exit_code}, "
        f"not with {' or '.join(map(str, profile.exit_codes_on_sigterm))}"
    )
    unsaid = [one for one in profile.closing_log_lines if not said(one, lines)]
    assert not unsaid, f"its log ends without {unsaid[0]!r}: {lines[-1:]}"
    assert stop.signed, f"there is no next start to look at: {stop.problem}"
    repairs = said(profile.wal_repair_log, stop.log_after.splitlines())
    evidence.measure("write_ahead_log_repairs", repairs)


@probe("INFRA-POD-9", strength="exercised")
def test_a_replaced_validator_goes_on_from_its_volume(graceful_stop, evidence):
    """A replaced validator goes on from volume, height and signing state."""
    stop = graceful_stop
    changed = stop.volume_before != stop.volume_after or not stop.volume_before.volume

    evidence.attach("signing states", [str(state) for state in stop.signing_states])
    evidence.measure("claims_changed", changed)
    evidence.measure("signing_state_steps_back", stop.steps_back)
    evidence.measure("evidence", stop.evidence)
    assert not stop.problem, stop.problem
    evidence.measure("heights_lost", max(stop.height_before - stop.height_after, 0))
    assert stop.after.uid != stop.before.uid, "the pod was not replaced"


def said(pattern, lines):
    """Return how many lines a pattern of the profile matches; an empty one none."""
    return sum(bool(pattern and re.search(pattern, line)) for line in lines)
