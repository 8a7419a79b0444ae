"""A runner that makes one fault and is killed at one stage of it.

    python tests/live/killed.py STATE NAMESPACE KIND STAGE

Stages: written (in the journal, not made), injected (made, not looked at),
verified (seen to be on), healing (its first undo step done).
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from pytest_roadmap.target.bulk import Order
from pytest_roadmap.target.chain import ChainInstance
from pytest_roadmap.target.cluster import Cluster
from pytest_roadmap.target.connection import Connection
from pytest_roadmap.target.places import places
from pytest_roadmap.target.profile import default_profile, load_profile
from pytest_roadmap.target.provider import Wishes, provide

SNAPSHOT_BLOCKS = 100  # the reference chain's `snapshot-interval`
SNAPSHOT_S = 150.0
STATE_AHEAD = 5  # blocks until the divergent state begins


def altered(chain):
    """Return the fault of an altered snapshot, once there is one."""
    chain.blocks.wait_for_height(SNAPSHOT_BLOCKS + 2, within=SNAPSHOT_S)
    height = chain.height // SNAPSHOT_BLOCKS * SNAPSHOT_BLOCKS
    return chain.faults.altered(chain.full[0], height)


def beside(chain):
    """Return a namespace of its own, as the probes take one for such pods."""
    space = chain.cluster.space_named(f"{chain.name}-beside")
    space.make()
    return space


KINDS = {
    "stopped": lambda chain, node: chain.faults.stopped(node),
    "cut": lambda chain, node: chain.faults.cut(node),
    "split": lambda chain, _: chain.faults.network.split(
        chain.validators[:2], chain.validators[2:], resets=True
    ),
    "links": lambda chain, node: chain.faults.network.links(
        *((node, other) for other in chain.full)
    ),
    "mute": lambda chain, node: chain.faults.network.mute(node, *chain.full),
    "policies": lambda chain, _: chain.faults.network.policies(
        chain.validators[:2], chain.validators[2:]
    ),
    "grown": lambda chain, node: chain.faults.grown_to(node, 16 << 20),
    "grown_by": lambda chain, node: chain.faults.grown_by(node, 16 << 20, 60),
    "throttled": lambda chain, node: chain.faults.throttled(node, 0.004),
    "skewed": lambda chain, node: chain.faults.skewed(node, 600),
    "frozen": lambda chain, node: chain.faults.frozen(node),
    "filled": lambda chain, node: chain.faults.filled(node),
    "slowed": lambda chain, node: chain.faults.slowed(node),
    "shaped": lambda chain, node: chain.faults.shaped(node, 2_000),
    "delayed": lambda chain, _: chain.faults.delayed(chain.validators, 0.05),
    "held_packets": lambda chain, node: chain.faults.held_packets(
        chain.validators, 0.3, {node.name: chain.full}
    ),
    "held_down": lambda chain, node: chain.faults.held_down(node),
    "starved": lambda chain, node: chain.faults.starved(node),
    "cordoned": lambda chain, node: chain.faults.cordoned(node.worker),
    "scaled_away": lambda chain, _: chain.faults.scaled_away(
        chain, chain.profile.validators, 3
    ),
    "scripted_peer": lambda chain, _: chain.faults.scripted_peer(chain.validators[-1]),
    "impersonated": lambda chain, _: chain.faults.impersonated(
        chain.profile.validators.service, chain.full[0].pod, chain.space
    ),
    "crowded": lambda chain, _: chain.faults.crowded(beside(chain), 1, 60),
    "flooded": lambda chain, _: (
        chain.faults.flooded(chain, Order(size=20_000, most=4_000_000, lapse=20)).fault
    ),
    "altered": lambda chain, _: altered(chain),
    "powered_off": lambda chain, node: chain.faults.powered_off(node.worker),
    "frozen_node": lambda chain, node: chain.faults.frozen_node(node.worker),
    "off_network": lambda chain, node: chain.faults.off_network(node.worker),
    "no_api_server": lambda chain, _: chain.faults.no_api_server(),
    "cluttered": lambda chain, node: chain.faults.cluttered(node.worker),
    "greedy": lambda chain, node: chain.faults.greedy(beside(chain), node.worker),
    "divergent": lambda chain, _: chain.faults.divergent(
        chain.validators[-1], chain.height + STATE_AHEAD
    ),
    "second_signer": lambda chain, _: chain.faults.second_signer(chain.validators[-1]),
}
NODE_KINDS = frozenset(
    {"powered_off", "frozen_node", "off_network", "no_api_server", "cluttered"}
)
# After these a validator is jailed, or has a state that is nobody else's: nothing
# heals that, and the probes throw the chain away.
SPOILING = frozenset({"divergent", "second_signer"})
STAGES = ("written", "injected", "verified", "healing")


class Dying:
    """A sort of fault whose maker is killed at a stage."""

    def __init__(self, works, stage) -> None:
        self.works, self.stage = works, stage

    def what(self):
        return self.works.what()

    def undo(self):
        return self.works.undo()

    def inject(self):
        if self.stage == "written":
            die()
        self.works.inject()
        if self.stage == "injected":
            die()

    def is_on(self):
        return self.works.is_on()

    def is_off(self):
        if self.stage == "healing":
            die()
        return self.works.is_off()


def die() -> None:
    """End without any chance to clean up."""
    os.kill(os.getpid(), signal.SIGKILL)


def main(state: str, namespace: str, kind: str, stage: str) -> None:
    """Make the fault, up to the stage."""
    provider = provide("kind", Wishes(provision="never", tell=lambda _: None))
    cluster = Cluster(
        Connection.of(provider.status(), named=False),
        access=provider.nodes,
        state=Path(state),
        run="killed",
    )
    profile = load_profile(default_profile(places().checkout))
    chain = ChainInstance(cluster, profile, cluster.space_named(namespace))
    chain.pods.wait_synced()
    workers = {node.name for node in chain.nodes.workers}
    node = next(one for one in chain.validators if one.worker in workers)
    fault = KINDS[kind](chain, node)
    fault._works = Dying(fault._works, stage)
    with fault:
        if stage == "verified":
            die()


if __name__ == "__main__":
    main(*sys.argv[1:])
