"""All validators evicted as fast as the API allows, followed to their peers."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from pytest_roadmap.errors import NeverHappenedError, TargetError, UnavailableError
from pytest_roadmap.target import clock
from pytest_roadmap.target.evicting import asked_at_once
from pytest_roadmap.target.experiments import Experiment
from pytest_roadmap.target.experiments.recovery import NEAR
from pytest_roadmap.target.pulse import pulse

if TYPE_CHECKING:
    from pytest_roadmap.target.chain_node import ChainNode
    from pytest_roadmap.target.evicting import Asked
    from pytest_roadmap.target.experiments import Conclusion
    from pytest_roadmap.target.instances import ChainPool
    from pytest_roadmap.target.pods import Pod

EVICTED_S = 240.0  # beyond the limit
ASKED_EVERY_S = 0.3
BACK_S = 90.0
PEERED_S = 60.0  # beyond the limit


@dataclass(frozen=True, slots=True, kw_only=True)
class Eviction:
    """How one validator was evicted.

    Attributes:
        accepted: When its eviction was accepted.
        near: When it was within two blocks of the highest node again.
        reason: Of the condition DisruptionTarget of its former pod.
    """

    before: Pod
    after: Pod
    accepted: float
    near: float
    reason: str

    def __str__(self) -> str:
        """Return what happened, in a line."""
        return (
            f"{self.before.name} evicted ({self.reason}), near after "
            f"{self.near - self.accepted:.1f} s, {self.before.ip} → {self.after.ip}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class EvictionStorm:
    """What was recorded, as far as the storm got; `problem` says what it lacks.

    Attributes:
        evictions: In the order in which they were accepted.
        refused: How often an eviction was refused.
        round_trip: The seconds from the first request until all had recovered.
        missing: Which validator lacked which node among its peers at last.
        peering: The seconds from the last pod's readiness until none did; None
            where it did not come so far.
    """

    evictions: tuple[Eviction, ...]
    refused: int
    others: tuple[str, ...]
    gap_rounds: float
    round_trip: float
    missing: tuple[str, ...]
    peering: float | None
    conclusion: Conclusion
    problem: str

    @property
    def most_away(self) -> int:
        """The most validators that were away at one time."""
        return max(
            sum(e.accepted <= moment < e.near for e in self.evictions)
            for moment in (e.accepted for e in self.evictions)
        )


@pytest.fixture(scope="session")
def eviction_storm(chains: ChainPool) -> EvictionStorm:
    """Every validator evicted once, under transactions."""
    chain = chains.acquire()
    try:
        with chain.traffic(), Experiment(chain) as experiment:
            return _Storm(experiment).told()
    except (NeverHappenedError, TargetError) as error:
        message = f"the storm of evictions could not be recorded: {error}"
        raise UnavailableError(message) from error
    finally:
        chains.discard(chain)


class _Storm:
    """Evicts the validators, and writes down what is seen."""

    def __init__(self, experiment: Experiment) -> None:
        self.experiment = experiment
        self.chain = experiment.chain
        self.before = {node.name: node.pod for node in self.chain.validators}
        self.ids = {
            node.name: node.rpc.status().node_id
            for node in self.chain.validators + self.chain.full
        }
        self.accepted: dict[str, Asked] = {}
        self.refused: list[Asked] = []
        self.missing: tuple[str, ...] = ()
        self.peering: float | None = None

    def told(self) -> EvictionStorm:
        """Return the whole record."""
        experiment = self.experiment
        began = clock.now()
        problem = self._evict_all() or self._followed()
        ended = clock.now()
        return EvictionStorm(
            evictions=tuple(self._eviction(name) for name in self.accepted),
            refused=len(self.refused),
            others=tuple(str(one) for one in self.refused if not one.by_budget),
            gap_rounds=experiment.gap_rounds(began, ended),
            round_trip=ended - began,
            missing=self.missing,
            peering=self.peering,
            conclusion=experiment.conclude(),
            problem=problem,
        )

    def _evict_all(self) -> str:
        """Ask until each validator has been evicted once; return what went wrong."""

        def all_accepted() -> bool:
            """Ask for those that are left, all at once."""
            left = [
                pod for name, pod in self.before.items() if name not in self.accepted
            ]
            for asked in asked_at_once(self.chain.api, left):
                if asked.admitted:
                    self.accepted[asked.pod.name] = asked
                    self.experiment.note(f"{asked.pod.name} evicted", asked.answered)
                else:
                    self.refused.append(asked)
            return len(self.accepted) == len(self.before)

        try:
            pulse.ask_until(
                all_accepted,
                within=EVICTED_S,
                what="the eviction of every validator",
                every=ASKED_EVERY_S,
                seen=lambda: f"evicted: {', '.join(self.accepted)}",
            )
        except NeverHappenedError as error:
            return str(error)
        return ""

    def _followed(self) -> str:
        """Follow all to their peers and to their signatures; return what went wrong."""
        chain = self.chain
        try:
            for name, pod in self.before.items():
                chain.node(name).until_replaced(pod.uid, within=BACK_S)
            pods = [chain.node(n).until_ready(within=BACK_S) for n in self.before]
            self._await_peers(max(chain.first_ready(pod) for pod in pods))
            for name in self.before:
                self.experiment.until_recovered(
                    chain.node(name), since=self._started(name), within=BACK_S
                )
        except NeverHappenedError as error:
            return str(error)
        return ""

    def _started(self, name: str) -> float:
        """Return when the new process of a validator was started."""
        pod, former = self.chain.pods.get(name), self.before[name]
        if pod is None or pod.uid == former.uid:
            return clock.now()
        return pod.container(self.chain.node(name).role.container).now.started or (
            clock.now()
        )

    def _eviction(self, name: str) -> Eviction:
        """Return how one validator was evicted."""
        before = self.before[name]
        conditions = (
            change.object.condition("DisruptionTarget")
            for change in self.chain.pods.history(uid=before.uid)
        )
        return Eviction(
            before=before,
            after=self.chain.pods.get(name) or before,
            accepted=self.accepted[name].answered,
            near=self._near(self.chain.node(name), self._started(name)),
            reason=next((c.reason for c in conditions if c is not None), ""),
        )

    def _near(self, node: ChainNode, started: float) -> float:
        """Return when a validator was at the tip again.

        Its samples come once a second; a vote of its own tells it to the moment.
        """
        record = self.experiment.record
        near = [
            sample.at
            for sample in record.samples(node.name, started)
            if sample.height >= record.highest(sample.at) - NEAR
        ]
        vote = self.chain.blocks.first_signature(node.address, started)
        return min([*near[:1], *([vote.at] if vote else [])], default=clock.now())

    # --------------------------------------------------------------------- peers

    def _await_peers(self, ready: float) -> None:
        """Wait until each has all its peers; write down who lacks whom."""

        def complete() -> bool:
            """Whether nobody lacks a peer."""
            self.missing = self._missing()
            return not self.missing

        within = max(ready + PEERED_S - clock.now(), 1.0)
        what = "every validator to have every peer"
        with contextlib.suppress(NeverHappenedError):  # who lacks whom is told
            pulse.ask_until(complete, within=within, what=what, every=0.5)
        self.peering = clock.now() - ready

    def _missing(self) -> tuple[str, ...]:
        """Return which validator lacks which node, under its present address."""
        there = {name: self.chain.node(name).pod.ip for name in self.ids}
        found = []
        for node in self.chain.validators:
            peers = {
                peer["node_info"]["id"]: peer["remote_ip"]
                for peer in node.rpc.call("net_info")["peers"]
            }
            found += [
                f"{node} lacks {name}"
                for name, identity in self.ids.items()
                if name != node.name and peers.get(identity) != there[name]
            ]
        return tuple(found)
