"""One validator, deleted with its own grace period, to its successor's signature."""

from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from pytest_roadmap.errors import NeverHappenedError, TargetError, UnavailableError
from pytest_roadmap.target import clients, clock

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_roadmap.target.chain import ChainInstance
    from pytest_roadmap.target.chain_node import ChainNode, SigningState
    from pytest_roadmap.target.clients import Resolution
    from pytest_roadmap.target.instances import ChainPool
    from pytest_roadmap.target.machines import End
    from pytest_roadmap.target.pods import Pod

MARGIN_S = 20.0  # beyond the grace period
REPLACED_S = 120.0
SIGNED_S = 120.0
RESIDENTS_S = 45.0  # after the replacement has its address


@dataclass(frozen=True, slots=True, kw_only=True)
class Volume:
    """What a validator's data are on; empty where there is no claim."""

    claim_uid: str
    volume: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GracefulStop:
    """What was seen.

    `last` is the deleted pod in its last version; `end` the end of its node
    process with its log, as its machine saw them.  `problem` says what did
    not happen after the deletion; what depends on it is None then.
    """

    chain: ChainInstance
    validator: ChainNode
    before: Pod
    last: Pod
    deleted: float
    end: End
    volume_before: Volume
    volume_after: Volume
    height_before: int
    height_after: int | None
    signing_states: tuple[SigningState, ...]
    after: Pod | None
    has_address: float | None
    signed: float | None
    log_after: str
    evidence: int
    node_ids: Mapping[str, str]  # by stable name, as each node says of itself
    resolutions: tuple[Resolution, ...]
    problem: str

    @property
    def steps_back(self) -> int:
        """How often a reading of the signing state was below the one before."""
        pairs = itertools.pairwise(self.signing_states)
        return sum(later < earlier for earlier, later in pairs)


@pytest.fixture(scope="session")
def graceful_stop(chains: ChainPool) -> GracefulStop:
    """The deletion of one validator, recorded from before it to its signature."""
    chain = chains.acquire()
    try:
        stop = _record(chain)
    except (NeverHappenedError, TargetError) as error:
        chains.discard(chain)
        message = f"the stop of a validator could not be recorded: {error}"
        raise UnavailableError(message) from error
    if stop.problem:
        chains.discard(chain)
    else:
        chains.release(chain)
    return stop


def _record(chain: ChainInstance) -> GracefulStop:
    """Return the record, made under transactions and with residents that ask."""
    names = {
        f"{v.name}.{v.role.service}": v.rpc.status().node_id for v in chain.validators
    }
    workers = [worker.name for worker in chain.nodes.workers]
    questions = clients.name_questions(chain, names)
    with (
        chain.traffic(),
        clients.asking(chain, questions, on=workers, name="resident") as residents,
    ):
        return Story(chain, chain.validators[-1]).told(residents, names)


class Story:
    """Deletes the validator, and writes down what is seen on the way."""

    def __init__(self, chain: ChainInstance, validator: ChainNode) -> None:
        self.chain = chain
        self.validator = validator
        self.before = validator.pod
        self.volume = _volume(validator)
        self.height = validator.rpc.status().height
        self.states = [validator.signing_state()]
        self.height_after: int | None = None
        self.signed: float | None = None

    def told(
        self, residents: clients.Clients, names: Mapping[str, str]
    ) -> GracefulStop:
        """Return the whole record."""
        deleted, end = self._stop()
        problem = self._follow(deleted)
        after = self.chain.pods.get(self.validator.name)
        address = self._address_seen(after)
        if after is not None and address is not None:
            _hear_out(self.chain, residents, after, until=address + RESIDENTS_S)
        return GracefulStop(
            chain=self.chain,
            validator=self.validator,
            before=self.before,
            last=self.chain.pods.history(uid=self.before.uid)[-1].object,
            deleted=deleted,
            end=end,
            volume_before=self.volume,
            volume_after=_volume(self.validator),
            height_before=self.height,
            height_after=self.height_after,
            signing_states=tuple(self.states),
            after=after,
            has_address=address,
            signed=self.signed,
            log_after=self._log(),
            evidence=self.chain.blocks.evidence(above=self.height),
            node_ids=dict(names),
            resolutions=residents.resolutions(),
            problem=problem,
        )

    def _stop(self) -> tuple[float, End]:
        """Delete the pod and follow its node process to its end."""
        container = self.validator.role.container
        nodes = self.chain.nodes
        within = self.before.grace + MARGIN_S
        with ThreadPoolExecutor(1) as pool:
            follow = pool.submit(
                nodes.follow_to_end, self.before, container, within=within + MARGIN_S
            )
            nodes.process_of(self.before, container)  # so long the follower takes too
            self.height = max(self.height, self.validator.rpc.status().height)
            self.states.append(self.validator.signing_state())
            deleted = self.validator.delete()
            return deleted, follow.result()

    def _follow(self, deleted: float) -> str:
        """Follow the replacement to its signature; return what went wrong."""
        node = self.validator
        try:
            node.until_replaced(self.before.uid, within=REPLACED_S)
            node.until_running(within=REPLACED_S)
            self.states.append(node.signing_state())
            node.until_answering(within=SIGNED_S)
            self.height_after = node.rpc.status().height
            self.states.append(node.signing_state())
            after = max(deleted, node.container.now.started or 0.0)
            self.signed = node.until_signing(after=after, within=SIGNED_S).at
            self.states.append(node.signing_state())
        except (NeverHappenedError, TargetError) as error:
            return str(error)
        return ""

    def _address_seen(self, after: Pod | None) -> float | None:
        """Return when the replacement first had an address."""
        if after is None or after.uid == self.before.uid:
            return None
        changes = self.chain.pods.history(uid=after.uid)
        return next((change.at for change in changes if change.object.ip), None)

    def _log(self) -> str:
        """Return what the replacement has logged so far."""
        try:
            return self.validator.log()
        except TargetError:
            return ""


def _volume(node: ChainNode) -> Volume:
    """Return what a node's data are on."""
    try:
        claim = node.claim
    except TargetError:
        return Volume(claim_uid="", volume="")
    return Volume(claim_uid=claim.uid, volume=claim.volume)


def _hear_out(
    chain: ChainInstance, residents: clients.Clients, pod: Pod, *, until: float
) -> None:
    """Let the residents ask until each has met everybody, or the time is over.

    The name of the replaced validator has to lead to the new `pod`.
    """

    def all_met() -> bool:
        """Whether every resident's newest answers all lead where they should."""
        newest = {(q.client, q.name): q for q in residents.resolutions()}
        met = all(q.nodes and all(i for _, i in q.nodes) for q in newest.values())
        own = [q for (_, name), q in newest.items() if name.startswith(f"{pod.name}.")]
        return met and all(q.addresses == (pod.ip,) for q in own)

    chain.until_true(
        lambda: clock.now() > until or all_met(),
        within=max(until - clock.now(), 0) + MARGIN_S,
        what="the residents' answers",
    )
