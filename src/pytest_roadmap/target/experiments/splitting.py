"""Splits in the middle of one height, at the step that an event tells of.

Packets wait in queues on their way, so that those of the step which the event
tells of can still be dropped.  Whether that came out as wanted is seen from the
validators' own consensus; where not, the height was `Missed`.
"""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from pytest_roadmap.errors import NeverHappenedError, TargetError
from pytest_roadmap.target import clock
from pytest_roadmap.target.comet import RpcError
from pytest_roadmap.target.experiments import round_state
from pytest_roadmap.target.experiments.phase_split import Missed, PhaseSplit
from pytest_roadmap.target.pulse import pulse

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_roadmap.target.chain_node import ChainNode
    from pytest_roadmap.target.experiments.experiment import Experiment
    from pytest_roadmap.target.experiments.node_record import NodeEvent
    from pytest_roadmap.target.experiments.round_state import RoundState
    from pytest_roadmap.target.faults import Fault
    from pytest_roadmap.target.faults.delaying import Delay
    from pytest_roadmap.target.faults.dropping import Lever

HEIGHT_S: Final = 60.0  # for a height to get to the step that is waited for
DECIDED_S: Final = 90.0  # beyond the limits
RESTART_S: Final = 60.0
_LOOK_S: Final = 0.3
_COMMIT: Final = "RoundStepCommit"
_QUORUM: Final = 3  # of four


class Splitter:
    """Splits one height.

    Args:
        experiment: On which chain; it records CompleteProposal, Lock,
            TimeoutPropose and Vote.
        held: The fault by which its validators' packets are held.
        lever: What drops them.
    """

    def __init__(self, experiment: Experiment, held: Delay, lever: Lever) -> None:
        self.experiment = experiment
        self.chain = experiment.chain
        self.record = experiment.record
        self._held = held
        self._lever = lever

    # -------------------------------------------------------------------- splits

    def on_proposal(self, hold: float) -> PhaseSplit:
        """Drop what goes between the halves when a proposer has its own proposal.

        Raises:
            Missed: The other half got the proposal, or decided without it.
        """
        with self._dropped_on("CompleteProposal") as (event, drop):
            near = next(h for h in self._halves() if event.node in map(str, h))
            far = [node for node in self.chain.validators if node not in near]
            until = drop.injected + hold
            for node in far:
                self._must_time_out(node, event, until)
            states = self._states()
            self._hold(until)
            split = self._split(event, [n.name for n in near], drop, states)
        with_it = {state.node: state.proposal for state in states}
        blocks = {with_it[node.name] for node in near}
        if "" in blocks or len(blocks) > 1 or any(with_it[n.name] for n in far):
            raise Missed(f"the proposal of height {event.height} is at {with_it}")
        split = replace(split, block=blocks.pop(), healed=drop.healed or 0)
        return self._decided(split)

    def on_lock(self) -> PhaseSplit:
        """Drop what goes between the halves on a lock, and restart a locked half.

        Nobody is left in it who could tell the others of the lock.

        Raises:
            Missed: The height was decided, or no half stayed locked.
        """
        with self._dropped_on("Lock") as (event, drop):
            states = self._locked(event)
            by_name = {state.node: state for state in states}
            (block,) = {state.locked for state in states if state.locked}
            victims = next(
                tuple(half)
                for half in self._halves()
                if all(by_name[node.name].locked for node in half)
            )
            side = [state.node for state in states if state.locked]
            split = self._split(event, side, drop, states)
            split = self._restarted(replace(split, block=block, victims=victims))
            split = replace(split, committed=self.record.highest())
        return self._decided(replace(split, healed=drop.healed or 0))

    def on_commit(self, hold: float) -> PhaseSplit:
        """Drop everything when the first validator commits, and see all recover.

        Raises:
            Missed: All have committed, or none.
        """
        with self._dropped_on("NewRoundStep", _COMMIT) as (event, drop):
            side = self._partly_committed(event)
            states = self._states()
            block = self._hash_at(side[0], event.height)
            self._hold(drop.injected + hold)
            if self._committed(event.height) != side:
                raise Missed(f"height {event.height} spread while everybody was cut")
            split = self._split(event, side, drop, states)
        split = replace(split, block=block, healed=drop.healed or 0)
        return self._all_recovered(self._decided(split))

    # -------------------------------------------------------------------- pieces

    @contextlib.contextmanager
    def _dropped_on(
        self, kind: str, step: str = ""
    ) -> Iterator[tuple[NodeEvent, Fault]]:
        """Drop at the first event of a height that nobody has told of before.

        The drop is in the journal by then, so that it takes no time.
        """
        says = f"held packets are dropped on {step or kind}"
        drop = self.chain.faults.dropped(self._held, self._lever, says)
        drop.prepare()
        try:
            since, known = clock.now(), self.record.highest() + 1
            event = self.record.until_event(
                kind,
                since=since,
                within=HEIGHT_S,
                where=lambda one: one.height > known and step in {"", one.step},
            )
            with self.experiment.inject(drop):
                yield event, drop
        finally:
            drop.heal()

    def _halves(self) -> tuple[list[ChainNode], list[ChainNode]]:
        """Return the halves."""
        four = list(self.chain.validators)
        return four[:2], four[2:]

    def _must_time_out(self, node: ChainNode, event: NodeEvent, until: float) -> None:
        """Wait until a node has waited in vain for the proposal."""
        try:
            self.record.until_event(
                "TimeoutPropose",
                node=node.name,
                height=event.height,
                where=lambda one: one.round == event.round,
                within=max(until - clock.now(), 0),
            )
        except NeverHappenedError as error:
            message = f"{node} got the proposal of height {event.height}"
            raise Missed(message) from error

    def _hash_at(self, name: str, height: int) -> str:
        """Return the hash of the block that a validator has at a height."""
        return self.chain.node(name).rpc.headers(height, height)[0].hash

    def _hold(self, until: float) -> None:
        """Let a split last."""
        pulse.until(
            lambda: clock.now() >= until,
            within=max(until - clock.now(), 0) + 1,
            what="the end of the split",
            every=_LOOK_S,
        )

    def _states(self) -> tuple[RoundState, ...]:
        """Return where each validator's consensus stands."""
        return tuple(round_state.ask(node) for node in self.chain.validators)

    def _locked(self, event: NodeEvent) -> tuple[RoundState, ...]:
        """Wait until a half is locked on one block, with precommits of its own."""
        found: tuple[RoundState, ...] = ()

        def enough() -> bool:
            """Whether one is, at the height that was split."""
            nonlocal found
            found = self._states()
            hashes = {state.locked for state in found if state.locked}
            own = {
                state.node
                for node, state in zip(self.chain.validators, found, strict=True)
                if state.locked and state.has_precommit_of(node.address)
            }
            halves = ({node.name for node in half} for half in self._halves())
            return len(hashes) == 1 and any(half <= own for half in halves)

        try:
            pulse.ask_until(
                enough, within=self.experiment.budget, what="two locks", every=_LOOK_S
            )
        except NeverHappenedError as error:
            raise Missed(f"no half was locked at height {event.height}") from error
        if any(s.height != event.height or s.precommits >= _QUORUM for s in found):
            raise Missed(f"height {event.height} was decided")
        return found

    def _restarted(self, split: PhaseSplit) -> PhaseSplit:
        """Kill the locked half's processes, and see what it is locked on then."""
        restarts = {node.name: node.container.restarts for node in split.victims}
        since = clock.now()
        for node in split.victims:
            self.experiment.note(f"{node} is killed", self.chain.faults.killed(node).at)
        for node in split.victims:
            node.until_restarted(restarts[node.name], within=RESTART_S)
        codes = [node.exit_code_since(since) for node in split.victims]

        def locked() -> bool:
            """Whether all are locked on a block again."""
            return all(self._lock_of(node, split.height) for node in split.victims)

        try:
            pulse.ask_until(locked, within=RESTART_S, what="the locks", every=_LOOK_S)
        except NeverHappenedError as error:
            split = replace(split, problem=str(error))
        locks = tuple(self._lock_of(node, split.height) for node in split.victims)
        return replace(split, relocked=locks, exit_codes=tuple(codes))

    @staticmethod
    def _lock_of(node: ChainNode, height: int) -> str:
        """Return what a node is locked on at a height; empty for nothing."""
        try:
            state = round_state.ask(node)
        except RpcError:
            return ""
        return state.locked if state.height == height else ""

    def _partly_committed(self, event: NodeEvent) -> tuple[str, ...]:
        """Wait for the first commit, and return who has it."""
        try:
            self.record.until_event(
                "NewRoundStep",
                height=event.height + 1,
                since=event.at,
                within=self.experiment.budget,
            )
        except NeverHappenedError as error:
            raise Missed(f"nobody committed height {event.height}") from error
        side = self._committed(event.height)
        if len(side) == len(self.chain.validators):
            raise Missed(f"all have committed height {event.height}")
        return side

    def _committed(self, height: int) -> tuple[str, ...]:
        """Return the validators that have committed a height."""
        names = (node.name for node in self.chain.validators)
        return tuple(name for name in names if self.record.height_of(name) >= height)

    def _split(
        self,
        event: NodeEvent,
        side: Iterable[str],
        drop: Fault,
        states: tuple[RoundState, ...],
    ) -> PhaseSplit:
        """Return what is known of a split that holds."""
        return PhaseSplit(
            height=event.height,
            block=event.block,
            side=tuple(side),
            began=drop.injected,
            committed=self.record.highest(),
            states=states,
            reports=self._held.works.reports(),
        )

    def _decided(self, split: PhaseSplit) -> PhaseSplit:
        """Wait until the height is decided."""
        try:
            self.chain.blocks.wait_for_height(split.height + 1, within=DECIDED_S)
        except NeverHappenedError as error:
            return replace(split, problem=split.problem or str(error))
        return replace(split, decided=self.record.reached_at(split.height))

    def _all_recovered(self, split: PhaseSplit) -> PhaseSplit:
        """Wait until every validator has recovered."""
        try:
            seconds = max(
                self.experiment.until_recovered(
                    node, since=split.healed, within=DECIDED_S
                )
                for node in self.chain.validators
            )
        except (NeverHappenedError, TargetError) as error:
            return replace(split, problem=split.problem or str(error))
        return replace(split, recovered=seconds)
