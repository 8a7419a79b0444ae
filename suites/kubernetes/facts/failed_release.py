"""A release that cannot start: rolled out, observed, undone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from pytest_roadmap.errors import NeverHappenedError, TargetError
from pytest_roadmap.target import clock, diagnosis
from pytest_roadmap.target.evicting import asked_at_once

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_roadmap.target.chain import ChainInstance
    from pytest_roadmap.target.chain_node import ChainNode
    from pytest_roadmap.target.evicting import Asked
    from pytest_roadmap.target.instances import ChainPool
    from pytest_roadmap.target.pods import Pod

BREAKING_S = 150.0
BLOCKS_MADE = 10
BLOCKS_S = 60.0
MENDING_S = 150.0  # beyond the limit on the undo
CONFIGURATION = ("config/config.toml", "config/app.toml", "config/genesis.json")
NODE_INFO = "/cosmos/base/tendermint/v1beta1/node_info"
UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedRelease:
    """What was recorded of one instance.

    Attributes:
        problem: What did not happen after the release, or empty.
        taken: Validators whose pods were replaced when it stood still.
        complete: Whether the StatefulSet reported the update as complete then.
        blocks_made: Blocks from the first CrashLoopBackOff to that moment.
        longest_gap: Between two blocks until that moment, in seconds.
        asked: The evictions (dry runs) of that moment.
        revision_before: That of all pods before the release.
        traits_before: By validator and name, the values that a release changes.
        traits_after: The same after the undo.
        revisions_after: Current and update revision after the undo.
        pods_after: By validator, its pod's revision after the undo.
        signed_after: Seconds from the undo until each taken one has signed;
            None when one did not.
        replaced_healthy: Others whose pods the undo has replaced.
        undo_problem: What did not happen after the undo, or empty.
    """

    problem: str
    taken: tuple[str, ...]
    complete: bool
    blocks_made: int
    longest_gap: float
    asked: tuple[Asked, ...]
    revision_before: str
    traits_before: Mapping[str, Mapping[str, str]]
    traits_after: Mapping[str, Mapping[str, str]]
    revisions_after: tuple[str, str]
    pods_after: Mapping[str, str]
    signed_after: float | None
    replaced_healthy: tuple[str, ...]
    undo_problem: str


@pytest.fixture(scope="session")
def failed_release(chains: ChainPool) -> FailedRelease:
    """The failing release, rolled out until it stands still, then undone."""
    chain = chains.acquire()
    try:
        return Story(chain).told()
    finally:
        chains.discard(chain)


class Story:
    """Rolls the release out, looks, undoes it, and looks again."""

    def __init__(self, chain: ChainInstance) -> None:
        self.chain = chain
        self.role = chain.profile.validators
        self.uids = {node.name: node.pod.uid for node in chain.validators}
        self.traits = {node.name: _traits(node) for node in chain.validators}
        self.addresses = {node.name: node.address for node in chain.validators}
        self.revision = chain.validator_set.update_revision
        self.blocks_made = 0
        self.problem = self.undo_problem = ""

    def told(self) -> FailedRelease:
        """Return the whole record; every part is told as far as it went."""
        chain = self.chain
        began = chain.roll_out("failing")
        self._until_it_stands()
        complete, gap = chain.validator_set.updated, chain.blocks.longest_gap(began)
        standing = {name: _uid(chain, name) for name in self.uids}
        taken = tuple(n for n, uid in self.uids.items() if standing[n] != uid)
        asked = self._asked()

        undone = chain.undo()
        signed_after = self._mended({n: standing[n] for n in taken}, undone)
        found = chain.validator_set
        others = [name for name in self.uids if name not in taken]
        return FailedRelease(
            problem=self.problem,
            taken=taken,
            complete=complete,
            blocks_made=self.blocks_made,
            longest_gap=gap,
            asked=asked,
            revision_before=self.revision,
            traits_before=self.traits,
            traits_after={node.name: _traits(node) for node in chain.validators},
            revisions_after=(found.current_revision, found.update_revision),
            pods_after={pod.name: pod.revision for pod in chain.pods_of(self.role)},
            signed_after=signed_after,
            replaced_healthy=tuple(
                name for name in others if _uid(chain, name) != self.uids[name]
            ),
            undo_problem=self.undo_problem,
        )

    def _until_it_stands(self) -> None:
        """Wait for the first broken pod, then for ten further blocks."""
        chain, height = self.chain, None
        try:
            chain.pods.until(
                lambda pods: any(self._crashing(pod) for pod in pods),
                within=BREAKING_S,
                what="a pod of the failing release in CrashLoopBackOff",
            )
            height = chain.height
            chain.blocks.wait_for_blocks(BLOCKS_MADE, within=BLOCKS_S)
        except NeverHappenedError as error:
            self.problem = f"{error}; {diagnosis.root_cause(chain.space)}"
        self.blocks_made = 0 if height is None else chain.height - height

    def _crashing(self, pod: Pod) -> bool:
        """Whether a validator's pod waits in CrashLoopBackOff."""
        if not pod.matches(self.role.selector):
            return False
        return pod.container(self.role.container).now.reason == "CrashLoopBackOff"

    def _asked(self) -> tuple[Asked, ...]:
        """Ask (dry run) for the eviction of every validator."""
        pods = [pod for pod in self.chain.pods_of(self.role) if not pod.deleting]
        try:
            return asked_at_once(self.chain.api, pods, dry_run=True) if pods else ()
        except TargetError as error:
            self.problem += f"; evictions could not be asked for: {error}"
            return ()

    def _mended(self, broken: Mapping[str, str], undone: float) -> float | None:
        """Return how long after the undo the broken ones signed; None for never.

        Args:
            broken: Their pods' uids when the undo was run, by name.
            undone: When it was run.
        """
        chain, last = self.chain, undone
        try:
            for name, uid in broken.items():
                chain.node(name).until_replaced(uid, within=MENDING_S)
                vote = chain.blocks.wait_for_signature(
                    self.addresses[name], after=_seen(chain, name), within=MENDING_S
                )
                last = max(last, vote.at)
        except NeverHappenedError as error:
            self.undo_problem = f"{error}; {diagnosis.root_cause(chain.space)}"
            return None
        try:
            chain.until_settled(self.role, within=MENDING_S)
            chain.space.sets.until_one(
                self.role.object,
                lambda found: found.updated,
                within=MENDING_S,
                what=f"{self.role.reference} to report the update as complete",
            )
        except NeverHappenedError as error:
            self.undo_problem = f"{error}; {diagnosis.root_cause(chain.space)}"
        return last - undone


def _uid(chain: ChainInstance, name: str) -> str:
    """Return the uid of the present pod of this name; empty for none."""
    pod = chain.pods.get(name)
    return "" if pod is None else pod.uid


def _seen(chain: ChainInstance, name: str) -> float:
    """Return when the present pod of this name was seen for the first time."""
    return chain.pods.history(uid=_uid(chain, name))[0].at


def _traits(node: ChainNode) -> dict[str, str]:
    """Return what a release changes of a validator, by name.

    What cannot be read is missing; why, is a trait of its own.
    """
    traits: dict[str, str] = {}
    try:
        container = node.container
        traits["arguments"] = " ".join(container.command)
        traits["variables"] = str(container.variables)
        traits["image"] = _told(container.image_id, "an image digest")
        for path in CONFIGURATION:
            traits[path] = node.file_sha(path)
        version = node.rpc.abci_info().get("version")
        traits["version in abci_info"] = _told(version, "a version in /abci_info")
        traits["application_version"] = _told(_application(node), "a version by REST")
    except (TargetError, ValueError) as error:
        traits[UNREADABLE] = f"at {clock.now():.0f}: {error}"
    return traits


def _told(value: object, what: str) -> str:
    """Return a value as text; nothing is no value to compare.

    Raises:
        ValueError: It is empty.
    """
    if not value:
        message = f"there is no {what.partition(' ')[2]}"
        raise ValueError(message)
    return str(value)


def _application(node: ChainNode) -> str:
    """Return the application version that a node's REST API tells."""
    chain = node.instance
    port = chain.profile.ports.rest
    answer = chain.api.proxy(chain.name, node.name, port, NODE_INFO)
    return str(answer.json().get("application_version", {}).get("version", ""))
