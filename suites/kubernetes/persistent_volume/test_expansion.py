from __future__ import annotations

import pytest

from pytest_roadmap.probes import probe, unavailable
from pytest_roadmap.target import clock, file_systems
from pytest_roadmap.target.objects import Claim
from pytest_roadmap.target.requests import ApiError


@probe("INFRA-PV-7", strength="exercised")
def test_a_volume_grows_under_a_writing_node(chain, profile, evidence):
    """A data volume grows under a writing node, without a restart or a pause."""
    validator = chain.validators[1]
    claim, before = validator.claim, validator.container
    if claim.storage_class != profile.storage.growing_class:
        unavailable(f"{claim.name} is not of class {profile.storage.growing_class}")
    size = _size(chain, validator)
    wanted = claim.request + claim.request // 2

    with chain.traffic():
        asked = _grow(chain, claim, wanted)
        _until_grown(chain, validator, claim, wanted, size)
        seconds = clock.now() - asked
        chain.blocks.wait_for_blocks(5, within=30)

    growth = _size(chain, validator) - size
    after = validator.container
    evidence.attach("conditions", _conditions(chain, claim, asked))
    evidence.measure("seconds_to_grow", seconds)
    evidence.measure("growth_seen_percent", 100 * growth / (wanted - claim.request))
    evidence.measure("restarts", after.restarts - before.restarts)
    assert after.id == before.id, "the node runs in another container now"
    missed = chain.blocks.missed_in_a_row(validator.address, since=asked)
    evidence.measure("missed_blocks_in_a_row", missed)


def _grow(chain, claim, wanted):
    """Ask for more; return when."""
    asked = clock.now()
    more = {"spec": {"resources": {"requests": {"storage": str(wanted)}}}}
    try:
        chain.api.patch(Claim, claim.name, more, chain.name)
    except ApiError as error:
        pytest.fail(f"claim {claim.name} may not grow: {error.what}")
    return asked


def _until_grown(chain, validator, claim, wanted, size):
    """Wait until claim and file system have settled at the new size."""
    chain.space.claims.until_one(
        claim.name,
        lambda now: now.capacity >= wanted and not now.conditions,
        within=90,
        what=f"{claim.name} to have {wanted} bytes",
    )
    chain.until_true(
        lambda: _size(chain, validator) - size >= 0.9 * (wanted - claim.request),
        within=30,
        what=f"{validator} to see a file system that has grown",
    )


def _size(chain, node):
    """Return the bytes of the file system that a node's process sees."""
    role = node.role
    return file_systems.behind(chain.nodes, node.pod, role.container, role.home).size


def _conditions(chain, claim, since):
    """Return what the claim's conditions have said since a moment."""
    changes = chain.space.claims.history(name=claim.name, since=since)
    return [
        f"{change.at - since:.2f} s {condition.type}"
        for change in changes
        for condition in change.object.conditions
    ]
