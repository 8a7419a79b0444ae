"""The chain of this section's experiments is the one that serves snapshots."""

from __future__ import annotations

import pytest

from pytest_roadmap.errors import NeverHappenedError
from pytest_roadmap.target import joining, snapshot


@pytest.fixture
def chain(snapshot_source, evidence):
    """The chain that is joined; one probe after the other has it."""
    found = snapshot_source.chain
    evidence.on_failure(found.name, lambda: snapshot.take(found.api, found.name))
    return found


@pytest.fixture
def joiner(chain, snapshot_source, experiment, evidence):
    """A node that begins to restore the newest snapshot, from a block pinned now."""
    snapshot_source.until_snapshot()
    root = joining.pin(chain)
    evidence.attach("pinned block", root)
    with joining.joining(chain) as found:
        experiment.follow(found.node)
        yield found
    joining.unpin(chain)


@pytest.fixture
def restored(experiment, evidence):
    """Wait until a joining node is at the tip; measure how long that takes."""

    def wait(joiner, *, since, within):
        """Measure the seconds since a moment, or `within` when it never is."""
        try:
            seconds = experiment.until_recovered(
                joiner.node, since=since, within=within
            )
        except NeverHappenedError as error:
            evidence.measure("restore_seconds", within)
            message = f"restarted {joiner.restarts} times: {error}"
            raise NeverHappenedError(message) from error
        return evidence.measure("restore_seconds", seconds)

    return wait
