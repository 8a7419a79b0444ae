"""A cold start: a chain scaled to zero and back, then its set made anew."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from pytest_roadmap.errors import NeverHappenedError, TargetError, UnavailableError
from pytest_roadmap.target import clock, diagnosis, stopping
from pytest_roadmap.target.workloads import StatefulSet

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from pytest_roadmap.target.chain import ChainInstance
    from pytest_roadmap.target.chain_node import ChainNode
    from pytest_roadmap.target.comet import Status
    from pytest_roadmap.target.instances import ChainPool
    from pytest_roadmap.target.stopping import Held, Stop

LONGEST_S = 110.0  # beyond every limit on a start
SETTLING_S = 5.0  # how long an init container runs when it waits for something


@dataclass(slots=True, kw_only=True)
class Restart:
    """How validators came back; `problems` says what did not happen, and why."""

    height: int  # the last one before
    began: float
    first_heights: dict[str, int] = field(default_factory=dict)
    not_ready: tuple[str, ...] = ()
    next_block_after: float | None = None
    manual_steps: tuple[str, ...] = ()
    problems: list[str] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Meeting:
    """How the validator that was started alone found the others."""

    first: str
    missing: tuple[str, ...] = ()
    seconds: float | None = None  # from the moment at which the last validator ran
    signed: bool = False
    restarts: int = 0


@dataclass(slots=True, kw_only=True)
class ColdStart:
    """What was recorded of one instance.

    `before` and `after` hold what each node's RPC said, by pod; `claims` are those
    of the validators, by name.
    """

    chain: ChainInstance
    claims: Mapping[str, Held]
    before: Mapping[str, Status]
    stops: tuple[Stop, ...] = ()
    lost_by_scaling: tuple[str, ...] = ()
    restart: Restart
    meeting: Meeting
    after: Mapping[str, Status] = field(default_factory=dict)
    members: frozenset[str] = frozenset()  # public keys in the validator set
    again: Restart | None = None  # with the StatefulSet made anew
    same_block: bool = False  # the last block before it is still the same
    lost: tuple[str, ...] = ()  # claims that were away at any time


@pytest.fixture(scope="session")
def cold_start(chains: ChainPool) -> Iterator[ColdStart]:
    """The cold start of an instance of its own."""
    chain = chains.acquire()
    try:
        yield _record(chain, chains)
    except NeverHappenedError as error:
        cause = diagnosis.root_cause(chain.space)
        raise UnavailableError(f"no cold start: {error}; {cause}") from error
    finally:
        chains.discard(chain)


def _record(chain: ChainInstance, chains: ChainPool) -> ColdStart:
    """Scale to zero, to one, to all; then delete the set and apply it again."""
    role, count = chain.profile.validators, chain.validator_set.replicas
    claims = stopping.claims_of(chain.validators)
    before = {n.name: n.rpc.status() for n in chain.validators + chain.full}
    began = clock.now()
    stops = stopping.all_of(chain, role)
    lost_by_scaling = stopping.lost(chain, claims, began)
    height = chain.blocks.height
    alone = _start_alone(chain)

    restart = Restart(height=height, began=chain.scale(role, count))
    generation = chain.api.get(StatefulSet, role.object, chain.name).generation
    meeting = _meet(chain, alone, restart)
    _follow(chain, restart)
    restart.manual_steps = tuple(_steps(chain, generation, restart.began))
    story = ColdStart(
        chain=chain,
        claims=claims,
        before=before,
        stops=stops,
        lost_by_scaling=lost_by_scaling,
        restart=restart,
        meeting=meeting,
        after={n.name: s for n in chain.validators + chain.full if (s := _status(n))},
    )
    if restart.next_block_after is not None:
        story.members = _members(chain)
        _make_anew(story, chains)
    story.lost = stopping.lost(chain, claims, began)
    return story


# ------------------------------------------------------------------------ starting


def _start_alone(chain: ChainInstance) -> ChainNode:
    """Scale to one; return that validator when it runs, or waits for something."""
    first = chain.validators[0]
    asked = chain.scale(chain.profile.validators, 1)

    def runs_or_waits() -> bool:
        """Whether its node runs, or an init container has run for a while."""
        pod = chain.pods.get(first.name)
        if pod is None:
            return False
        waiting = any(
            c.running and clock.now() - (c.now.started or asked) > SETTLING_S
            for c in pod.init_containers
        )
        return waiting or pod.container(first.role.container).running

    what = f"{first.name} to run or to wait in an init container"
    chain.until_true(runs_or_waits, within=90, what=what)
    return first


def _meet(chain: ChainInstance, first: ChainNode, restart: Restart) -> Meeting:
    """Follow the first validator until it is connected to all others and signs."""
    meeting = Meeting(first=first.name)
    others = [n for n in chain.validators + chain.full if n.name != first.name]
    known: dict[str, str] = {}  # node ids, by pod

    def met() -> bool:
        """Whether its peers are all the others."""
        for node in others:
            status = None if node.name in known else _status(node)
            if status:
                known[node.name] = status.node_id
        try:
            peers = first.rpc.peers().ids
        except TargetError:
            peers = frozenset()
        away = (n.name for n in others if known.get(n.name) not in peers)
        meeting.missing = tuple(away)
        return not meeting.missing

    def all_run() -> bool:
        """Whether every validator's node process runs."""
        pods = [chain.pods.get(node.name) for node in chain.validators]
        name = chain.profile.validators.container
        return all(pod and pod.container(name).running for pod in pods)

    def follow() -> None:
        """Wait for all of this."""
        chain.until_true(all_run, within=LONGEST_S, what="every validator to run")
        ran = clock.now()
        chain.until_true(met, within=75, what=f"{first.name} to find its peers")
        meeting.seconds = clock.now() - ran
        first.until_signing(after=restart.began, within=45)
        meeting.signed = True

    meeting.missing = tuple(node.name for node in others)
    _try(restart, chain, follow)
    pod = chain.pods.get(first.name)
    meeting.restarts = pod.container(first.role.container).restarts if pod else 0
    return meeting


def _follow(chain: ChainInstance, restart: Restart) -> None:
    """Follow validators until all are Ready and the next block is committed."""
    next_height = restart.height + 1

    def left() -> float:
        """Return the seconds that are left."""
        return max(restart.began + LONGEST_S - clock.now(), 1.0)

    _try(
        restart,
        chain,
        lambda: chain.blocks.wait_for_height(next_height, within=left()),
    )
    if chain.blocks.at(next_height):
        committed = chain.blocks.committed_at(next_height)
        restart.next_block_after = max(committed - restart.began, 0.0)
    nodes = chain.validators
    _try(
        restart,
        chain,
        lambda: chain.until_true(
            lambda: all(node.ready for node in nodes),
            within=left(),
            what="every validator to be Ready",
        ),
    )
    restart.not_ready = tuple(node.name for node in nodes if not node.ready)


def _steps(chain: ChainInstance, generation: int, since: float) -> Iterator[str]:
    """Yield what was changed or deleted by somebody who is no controller."""
    name = chain.profile.validators.object
    for change in chain.space.sets.history(name=name, since=since):
        if change.object.generation > generation:
            yield f"{change.object} was changed"
    deleted = {c.object.uid: c.object for c in chain.pods.history(since=since)}
    for pod in deleted.values():
        if pod.deleting and pod.matches(chain.profile.validators.selector):
            yield f"pod {pod.name} was deleted"


# --------------------------------------------------------------------- made anew


def _make_anew(story: ColdStart, chains: ChainPool) -> None:
    """Scale to zero, delete the StatefulSet, apply it again, and follow that."""
    chain = story.chain
    role = chain.profile.validators
    uid = chain.validator_set.uid
    stopping.all_of(chain, role)
    height = chain.blocks.height
    last = chain.blocks.at(height)
    chain.api.delete(role.kind, role.object, chain.name, how="Foreground")
    chain.space.sets.until_gone([uid], within=60)

    story.again = again = Restart(
        height=height, began=chains.give(chain, role.reference)
    )
    _try(again, chain, lambda: _first_heights(chain, again))
    _follow(chain, again)
    if again.next_block_after is not None and last is not None:
        block = chain.full[0] if chain.full else chain.validators[0]
        story.same_block = block.rpc.block(height).hash == last.hash


def _first_heights(chain: ChainInstance, restart: Restart) -> None:
    """Record the first height that each validator tells."""
    nodes = chain.validators

    def told() -> bool:
        """Whether all have told it."""
        for node in nodes:
            status = None if node.name in restart.first_heights else _status(node)
            if status:
                restart.first_heights[node.name] = status.height
        return len(restart.first_heights) == len(nodes)

    chain.until_true(told, within=LONGEST_S, what="the height of every validator")


# ------------------------------------------------------------------------- asking


def _status(node: ChainNode) -> Status | None:
    """Return what a node says of itself, or None while it does not answer."""
    if not node.exists:
        return None
    try:
        return node.rpc.status(within=2.0)
    except TargetError:
        return None


def _members(chain: ChainInstance) -> frozenset[str]:
    """Return the public keys of the validator set."""
    node = chain.full[0] if chain.full else chain.validators[0]
    return frozenset(member.public_key for member in node.rpc.validators())


def _try(restart: Restart, chain: ChainInstance, deed: Callable[[], object]) -> None:
    """Do one part of the story; what goes wrong is recorded with its cause."""
    try:
        deed()
    except NeverHappenedError as error:
        cause = diagnosis.root_cause(chain.space)
        restart.problems.append(f"{error}; {cause}")
