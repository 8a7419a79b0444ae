"""Locks that a validator must not forget."""

from __future__ import annotations

from pytest_roadmap.probes import probe
from pytest_roadmap.target.faults import FaultError
from pytest_roadmap.target.votes import conflicting

NEVER_S, KILLED = 90.0, 137


@probe("CHAOS-CONS-2", strength="exercised")
def test_validators_that_crash_while_locked_are_still_locked(phase_splits, evidence):
    """A validator that crashes while locked is locked still, and that block comes."""
    split, chain = phase_splits.made("lock", evidence), phase_splits.chain
    if set(split.exit_codes) != {KILLED}:
        raise FaultError(f"they ended with {split.exit_codes}, not {KILLED}")

    record = phase_splits.experiment.record
    twice = [v for node in split.victims for v in conflicting(record, node.address)]
    seconds = (split.decided or split.healed + NEVER_S) - split.healed
    committed = chain.blocks.at(split.height)

    names = ", ".join(map(str, split.victims))
    evidence.note(f"{names} were locked on {split.block}, later on {split.relocked}")
    evidence.measure("locks_lost", sum(h != split.block for h in split.relocked))
    evidence.measure("conflicting_votes", len(twice))
    evidence.measure("decided_seconds", seconds)
    assert not twice, f"voted twice: {'; '.join(twice)}"
    assert split.decided, split.problem
    assert committed.hash == split.block, f"{committed.hash} was committed instead"
    phase_splits.judge(evidence)
