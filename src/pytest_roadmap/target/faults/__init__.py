"""What is broken on purpose, under the fault contract.

    inject → verify that it is on → (the probe asserts) → heal → verify that it is off

    with faults.stopped(validator) as stop:        # SIGSTOP, state T seen
        …                                          # assert while it holds
        stop.heal()                                # or at the end of the block
        …                                          # measure the recovery

Each fault is in the journal before it is injected.  One that cannot be seen to
be on is an error of the probe's world, never a failed claim and never a pass.
"""

from __future__ import annotations

from pytest_roadmap.target.faults.fault import Fault, FaultError, Works
from pytest_roadmap.target.faults.faults import Faults
from pytest_roadmap.target.faults.killing import Kill

__all__ = ["Fault", "FaultError", "Faults", "Kill", "Works"]
