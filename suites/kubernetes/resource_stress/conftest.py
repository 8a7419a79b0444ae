"""What the probes of scarce resources have in common."""

from __future__ import annotations

import pytest

from pytest_roadmap.target import clock
from pytest_roadmap.target.pulse import pulse

DRAINED_S = 150  # beyond the limits
OVERRUN_S = 30  # beyond a hold time: only a runner that gets no CPU needs it


@pytest.fixture
def hold():
    """Hold a fault until so many seconds after its injection."""

    def held(fault, seconds):
        """Wait for the moment; only the clock can tell it."""
        pulse.until(
            lambda: clock.now() >= fault.injected + seconds,
            within=seconds + OVERRUN_S,
            what=f"{seconds} s of the fault",
            every=0.1,
        )

    return held


@pytest.fixture
def restarts(experiment):
    """Count the restarts of a chain's nodes since the baseline."""

    def counted(*nodes):
        """Return how often the containers of these nodes were restarted."""
        before = experiment.baseline.restarts
        return sum(
            max(node.container.restarts - before.get(_place(node), 0), 0)
            for node in nodes
        )

    return counted


@pytest.fixture
def drained(experiment):
    """Wait until every mempool is empty, and tell how long that took."""

    def waited(since):
        """Return the seconds from a moment to the last node's empty mempool."""
        names = [node.name for node in experiment.chain.all_nodes]

        def empty():
            """Whether every node's newest answer since then tells of none."""
            lasts = [experiment.record.last(name) for name in names]
            return all(one.at > since and not one.pending for one in lasts)

        pulse.until(empty, within=DRAINED_S, what="every mempool to be empty")
        return clock.now() - since

    return waited


def _place(node):
    """Return what the baseline calls a node's container."""
    return f"{node.name}/{node.role.container}"
