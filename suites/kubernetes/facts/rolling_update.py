"""A rolling update to a compatible release, followed to its last pod."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from pytest_roadmap.errors import NeverHappenedError, UnavailableError
from pytest_roadmap.target import clock, diagnosis
from pytest_roadmap.target.evicting import asking

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pytest_roadmap.target.chain import ChainInstance
    from pytest_roadmap.target.chain_node import ChainNode
    from pytest_roadmap.target.evicting import Asked
    from pytest_roadmap.target.instances import ChainPool
    from pytest_roadmap.target.pods import Pod
    from pytest_roadmap.target.profile import Role

LONGEST_S = 330.0  # beyond the limit on the update
STEADY_S = 60.0
API_S = 150.0
ASKED_EVERY_S = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Replacement:
    """How one validator was replaced; what did not happen is None.

    Attributes:
        deleted: When its deletion was seen.
        ready: When its new pod was seen to be Ready.
        became_ready: When the kubelet said so, in whole seconds: a watch may
            be late, and the budget may know before we do.
        signed: When the first block that the new process signed was committed.
        followed: When, from the deletion on, the budget allowed nothing.
    """

    name: str
    deleted: float
    ready: float | None
    became_ready: float | None
    signed: float | None
    followed: float | None

    def down_at(self, moment: float) -> bool:
        """Whether it was down at a moment."""
        return self.deleted <= moment and (self.ready is None or moment < self.ready)

    def __str__(self) -> str:
        """Return what happened when, in seconds after the deletion."""
        after = {
            "budget followed": self.followed,
            "Ready": self.ready,
            "signed": self.signed,
        }
        moments = ", ".join(
            f"{what} {'never' if at is None else f'after {at - self.deleted:.1f} s'}"
            for what, at in after.items()
        )
        return f"{self.name} deleted at {self.deleted:.1f}: {moments}"


@dataclass(frozen=True, slots=True, kw_only=True)
class RollingUpdate:
    """What was recorded; replacements in the order of their deletion.

    Attributes:
        problem: Why the update did not end, or empty.
        asked: The evictions that were asked for (dry runs) meanwhile.
        most_down_at_once: Validators that were deleted or not Ready together.
        revisions: By role, those of its pods at the end.
    """

    began: float
    ended: float
    problem: str
    replacements: tuple[Replacement, ...]
    asked: tuple[Asked, ...]
    most_down_at_once: int
    longest_gap: float
    revisions: Mapping[str, tuple[str, ...]]

    @property
    def taken_early(self) -> tuple[str, ...]:
        """Validators that were deleted before the one before them had signed."""
        return tuple(
            later.name
            for former, later in itertools.pairwise(self.replacements)
            if former.signed is None or later.deleted < former.signed
        )

    def asked_while_down(self) -> tuple[Asked, ...]:
        """The evictions asked of others while one was down and had been counted."""
        return tuple(
            asked
            for asked in self.asked
            for down in self.replacements
            if down.followed is not None
            and asked.pod.name != down.name
            and down.followed <= asked.sent
            and asked.answered <= (down.became_ready or self.ended)
        )

    def asked_between(self) -> tuple[Asked, ...]:
        """The evictions asked while all validators were up, in the update."""
        return tuple(
            asked
            for asked in self.asked
            if not any(r.down_at(asked.sent) for r in self.replacements)
            and self.replacements[0].deleted < asked.sent
            and asked.answered < self.replacements[-1].deleted
        )


@pytest.fixture(scope="session")
def rolling_update(chains: ChainPool) -> RollingUpdate:
    """An update of the validators, then of the API role, under transactions."""
    chain = chains.acquire()
    try:
        chain.with_api(2)
        with chain.traffic():
            return _update(chain)
    except NeverHappenedError as error:
        raise UnavailableError(f"no update could be begun: {error}") from error
    finally:
        chains.discard(chain)


def _update(chain: ChainInstance) -> RollingUpdate:
    """Roll both roles out, one after the other, and tell what was seen."""
    validators, api = chain.profile.validators, chain.profile.role("api")
    for node in chain.validators:
        chain.address_of(node)  # learnt while every node answers
    chain.space.budgets.wait_synced()

    def up() -> list[Pod]:
        """The validators' pods that could be evicted."""
        pods = chain.pods_of(validators)
        return [pod for pod in pods if pod.node and not pod.deleting]

    with asking(chain.api, up, every=ASKED_EVERY_S) as asker:
        began = chain.roll_out("compatible", validators)
        problem = _all_updated(chain, validators)
    if not problem:
        chain.roll_out("compatible", api)
        problem = _settled(chain, api)
    ended = clock.now()
    return RollingUpdate(
        began=began,
        ended=ended,
        problem=problem,
        replacements=_replacements(chain, began),
        asked=tuple(asker.asked),
        most_down_at_once=_most_down_at_once(chain, began),
        longest_gap=chain.blocks.longest_gap(began, ended),
        revisions={
            role.name: tuple(
                sorted({p.revision for p in chain.pods_of(role) if not p.deleting})
            )
            for role in (validators, api)
        },
    )


def _all_updated(chain: ChainInstance, validators: Role) -> str:
    """Wait until every validator is updated and signs; return what went wrong."""
    try:
        chain.until_settled(validators, within=LONGEST_S)
        chain.until_steady(within=STEADY_S)
    except NeverHappenedError as error:
        return f"{error}; {diagnosis.root_cause(chain.space)}"
    return ""


def _settled(chain: ChainInstance, role: Role) -> str:
    """Wait for a role's new pods; return what went wrong, if anything."""
    try:
        chain.until_settled(role, within=API_S)
    except NeverHappenedError as error:
        return str(error)
    return ""


def _replacements(chain: ChainInstance, began: float) -> tuple[Replacement, ...]:
    """Return how each validator was replaced, in the order of the deletions."""
    found = (_replacement(chain, node, began) for node in chain.validators)
    return tuple(sorted((r for r in found if r), key=lambda r: r.deleted))


def _replacement(
    chain: ChainInstance, node: ChainNode, began: float
) -> Replacement | None:
    """Return how one validator was replaced; None if it was not."""
    deletions = chain.pods.flips(lambda p: p.deleting, name=node.name, since=began)
    deleted = next((flip.at for flip in deletions if flip.answer is True), None)
    if deleted is None:
        return None
    gone = next((f.at for f in deletions if f.at > deleted), None)
    ready = became_ready = None
    for flip in (
        ()
        if gone is None
        else chain.pods.flips(lambda pod: pod.ready, name=node.name, since=gone)
    ):
        if flip.answer is True and ready is None:
            condition = flip.object.condition("Ready")
            ready = flip.at
            became_ready = min(ready, condition.since if condition else ready)
    return Replacement(
        name=node.name,
        deleted=deleted,
        ready=ready,
        became_ready=became_ready,
        signed=None if gone is None else _signed(chain, node, gone),
        followed=_followed(chain, deleted, ready),
    )


def _signed(chain: ChainInstance, node: ChainNode, gone: float) -> float | None:
    """Return when the first block was committed that the new pod has signed."""
    vote = chain.blocks.first_signature(node.address, gone)
    return None if vote is None else chain.blocks.committed_at(vote.height)


def _followed(
    chain: ChainInstance, deleted: float, ready: float | None
) -> float | None:
    """Return when the budget, from a deletion on, allowed no disruption.

    None where the validator was Ready again before the budget took notice.
    """
    name = chain.profile.validators.budget
    closed = chain.space.budgets.flips(lambda b: b.allowed == 0, name=name)
    for flip, after in itertools.zip_longest(closed, closed[1:]):
        if flip.answer is True and (after is None or after.at > deleted):
            moment = max(flip.at, deleted)
            return moment if ready is None or moment < ready else None
    return None


def _most_down_at_once(chain: ChainInstance, began: float) -> int:
    """Return how many validators at most were gone or not Ready together."""
    spells = [s for node in chain.validators for s in _spells(chain, node, began)]
    return max(
        (sum(a <= begun < b for a, b in spells) for begun, _ in spells), default=0
    )


def _spells(
    chain: ChainInstance, node: ChainNode, began: float
) -> Iterator[tuple[float, float]]:
    """Yield from when to when a validator was not up."""
    flips = chain.pods.flips(
        lambda pod: pod.ready and not pod.deleting, name=node.name, since=began
    )
    for flip, after in itertools.zip_longest(flips, flips[1:]):
        if flip.answer is not True:
            yield flip.at, math.inf if after is None else after.at
