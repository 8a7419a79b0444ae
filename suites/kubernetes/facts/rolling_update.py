"""A rolling update to a compatible release, followed to its last pod."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from pytest_roadmap.errors import NeverHappenedError
from pytest_roadmap.target import clock, diagnosis
from pytest_roadmap.target.evicting import asking

if TYPE_CHECKING:
    from pytest_roadmap.target.chain import ChainInstance
    from pytest_roadmap.target.chain_node import ChainNode
    from pytest_roadmap.target.evicting import Asked
    from pytest_roadmap.target.instances import ChainPool

LONGEST_S = 330.0  # beyond the limit on the update
ASKED_EVERY_S = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Replacement:
    """How one validator was replaced; what did not happen is None.

    `followed` is when the budget allowed no disruption any more.
    """

    name: str
    deleted: float
    ready: float | None
    signed: float | None
    followed: float | None

    def down_at(self, moment: float) -> bool:
        """Whether it was down at a moment."""
        return self.deleted <= moment and (self.ready is None or moment < self.ready)


@dataclass(frozen=True, slots=True, kw_only=True)
class RollingUpdate:
    """What was recorded; replacements in the order of their deletion."""

    began: float
    ended: float
    problem: str
    replacements: tuple[Replacement, ...]
    asked: tuple[Asked, ...]
    longest_gap: float
    revisions: tuple[str, ...]

    @property
    def most_down_at_once(self) -> int:
        """The largest number of validators that were down at one time."""
        moments = [replacement.deleted for replacement in self.replacements]
        return max(
            (sum(r.down_at(moment) for r in self.replacements) for moment in moments),
            default=0,
        )

    @property
    def taken_early(self) -> tuple[str, ...]:
        """Validators that were deleted before the one before them had signed."""
        pairs = zip(self.replacements, self.replacements[1:], strict=False)
        return tuple(
            later.name
            for former, later in pairs
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
            and asked.answered <= (down.ready or self.ended)
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
    finally:
        chains.discard(chain)


def _update(chain: ChainInstance) -> RollingUpdate:
    """Roll both roles out, one after the other, and tell what was seen."""
    validators, api = chain.profile.validators, chain.profile.role("api")
    for node in chain.validators:
        assert node.address, "addresses are learnt while every node answers"
    chain.space.budgets.now()  # followed from before the update on
    problem = ""

    def up() -> list:
        """The validators' pods that could be evicted."""
        pods = [pod for pod in chain.pods_of(validators) if not pod.deleting]
        return [pod for pod in pods if pod.node]

    with asking(chain.api, up, every=ASKED_EVERY_S) as asker:
        began = chain.roll_out("compatible", validators)
        try:
            chain.until_settled(validators, within=LONGEST_S)
            chain.until_steady(within=60)
        except NeverHappenedError as error:
            problem = f"{error}; {diagnosis.root_cause(chain.space)}"
    if not problem:
        chain.roll_out("compatible", api)
        problem = _settled(chain, api)
    pods = chain.pods_of(validators)
    return RollingUpdate(
        began=began,
        ended=clock.now(),
        problem=problem,
        replacements=_replacements(chain, began),
        asked=tuple(asker.asked),
        longest_gap=chain.blocks.longest_gap(began),
        revisions=tuple(sorted({pod.revision for pod in pods})),
    )


def _settled(chain: ChainInstance, role: object) -> str:
    """Wait for the API role; return what went wrong, if anything."""
    try:
        chain.until_settled(role, within=120)
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
    returns = chain.pods.flips(lambda p: p.ready, name=node.name, since=deleted)
    ready = next((flip.at for flip in returns if flip.answer is True), None)
    runs = chain.pods.flips(
        lambda p: p.container(node.role.container).running,
        name=node.name,
        since=deleted,
    )
    gone = next((flip.at for flip in runs if flip.answer is not True), deleted)
    run = next((f.at for f in runs if f.answer is True and f.at > gone), None)
    vote = None if run is None else chain.blocks.first_signature(node.address, run)
    closed = chain.space.budgets.flips(
        lambda b: b.allowed == 0,
        name=chain.profile.validators.budget,
        since=deleted,
    )
    followed = next((flip.at for flip in closed if flip.answer is True), None)
    if ready is not None and (followed is None or followed > ready):
        followed = None
    return Replacement(
        name=node.name,
        deleted=deleted,
        ready=ready,
        signed=None if vote is None else chain.blocks.committed_at(vote.height),
        followed=followed,
    )
