"""Proposers that hang at their turn: one, then three in a row at one height."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from pytest_roadmap.errors import NeverHappenedError
from pytest_roadmap.target.experiments import Experiment
from pytest_roadmap.target.experiments.proposers import following, standings
from pytest_roadmap.target.faults import FaultError
from pytest_roadmap.target.pulse import pulse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_roadmap.target.chain_node import ChainNode
    from pytest_roadmap.target.experiments import Conclusion
    from pytest_roadmap.target.faults import Fault
    from pytest_roadmap.target.instances import ChainPool

EVENTS = ("NewRound", "TimeoutPropose", "Vote")
TRIES = 6  # a turn may be over before the processes are held
TURN_S = 60
DECIDED_S = 150  # far beyond the limits
RECOVERED_S = 90
IN_A_ROW = 3  # later heights that must be decided in round 0
LATER_S = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class HungHeight:
    """A height whose first proposers hung.

    Attributes:
        proposers: Their names by round, from round 0 to the deciding one.
        held: Those of them that were seen in process state T.
        timeouts: Who reported TimeoutPropose, by round.
        round: In which the height was decided.
        decided_by: The address of the block's proposer.
        gap: Seconds from the block before to this one.
        behind: The rounds that the network began, after a node was continued,
            before that node was in the network's round; by name.
    """

    height: int
    proposers: tuple[str, ...]
    held: tuple[str, ...]
    timeouts: Mapping[int, frozenset[str]]
    round: int
    decided_by: str
    gap: float
    behind: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class FrozenProposers:
    """What was recorded.

    `recovery` are the seconds that the single one needed, `later` the rounds in
    which the heights after it were decided, `addresses` those of the validators
    by name.
    """

    one: HungHeight
    recovery: float
    later: tuple[int, ...]
    three: HungHeight
    addresses: Mapping[str, str]
    conclusion: Conclusion


@pytest.fixture(scope="session")
def frozen_proposers(chains: ChainPool) -> FrozenProposers:
    """One hung proposer, then three in a row, on one chain."""
    chain = chains.acquire()
    try:
        with Experiment(chain, events=EVENTS) as experiment:
            return Story(experiment).told()
    finally:
        chains.discard(chain)


class Story:
    """Holds proposers, and writes down what the others make of it."""

    def __init__(self, experiment: Experiment) -> None:
        self.experiment = experiment
        self.chain = experiment.chain
        self.record = experiment.record
        self.addresses = {node.name: node.address for node in self.chain.validators}
        self.names = {address: name for name, address in self.addresses.items()}

    def told(self) -> FrozenProposers:
        """Return the whole record."""
        one, stops = self._tried(1)
        (name,) = one.held
        recovery = self._recovered(name, stops[name])
        later = self._later(one.height)
        three, stops = self._tried(3)
        for name in three.held:
            self._recovered(name, stops[name])
        return FrozenProposers(
            one=one,
            recovery=recovery,
            later=later,
            three=three,
            addresses=self.addresses,
            conclusion=self.experiment.conclude(),
        )

    def _tried(self, count: int) -> tuple[HungHeight, dict[str, Fault]]:
        """Let `count` proposers in a row hang at one height, and return that height.

        Raises:
            FaultError: One has proposed at each of several heights.
        """
        seen = ""
        for _ in range(TRIES):
            stops = self._stops()
            height, turns = self._ahead(count + 1)
            self._held(height, turns, [stops[name] for name in turns[:count]])
            told = self._height(height, turns[:count], stops)
            seen = f"height {height}: {dict(told.timeouts)}, round {told.round}"
            if self._is_on(told):
                return told, stops
            for name in turns[:count]:
                self._recovered(name, stops[name])
        message = f"{count} proposers in a row could not be held in time; {seen}"
        raise FaultError(message)

    def _stops(self) -> dict[str, Fault]:
        """Return a stop of each validator, its process looked up already."""
        nodes = self.chain.validators
        with ThreadPoolExecutor(len(nodes)) as pool:
            made = pool.map(self.experiment.faults.stopped, nodes)
            return dict(zip((node.name for node in nodes), made, strict=True))

    def _ahead(self, count: int) -> tuple[int, tuple[str, ...]]:
        """Return the height after the next one, and its proposers by round."""
        now = self.chain.height
        rpc = self.chain.validators[0].rpc
        turns = following(standings(rpc, now), count + 1)
        return now + 2, tuple(self.names[address] for address in turns[1:])

    def _held(self, height: int, turns: tuple[str, ...], stops: list[Fault]) -> None:
        """Hold the first proposer before its turn, each next one in the round before.

        It is held from the height before on, which the other three decide: so it
        cannot have begun its turn.
        """
        self.record.until_event("NewRound", height=height - 1, within=TURN_S)
        with ExitStack() as held:
            for number, stop in enumerate(stops):
                if number and not self._voted(turns[number], height, number - 1):
                    break  # the height was decided before
                held.enter_context(self.experiment.inject(stop))
                if number:
                    stops[number - 1].heal()
            self.chain.blocks.wait_for_height(height, within=DECIDED_S)

    def _voted(self, name: str, height: int, number: int) -> bool:
        """Wait until a peer has a validator's precommit of a round."""
        address = self.addresses[name]

        def reached() -> bool:
            """Whether it has, or whether the height is decided."""
            return self.chain.height >= height or self._precommit(
                name, address, height, number
            )

        pulse.until(
            reached,
            within=DECIDED_S,
            what=f"the precommit of {name} at {height}/{number}",
            seen=self.record.brief,
        )
        return self._precommit(name, address, height, number)

    def _precommit(self, name: str, address: str, height: int, number: int) -> bool:
        """Whether a peer has told of a validator's precommit."""
        return bool(
            self.record.events(
                "Vote",
                height=height,
                where=lambda event: (
                    event.address == address
                    and event.vote == "precommit"
                    and event.round == number
                    and event.node != name
                ),
            )
        )

    def _height(
        self, height: int, held: tuple[str, ...], stops: Mapping[str, Fault]
    ) -> HungHeight:
        """Return what became of a height."""
        following_block = self.chain.blocks.wait_for_height(
            height + 1, within=DECIDED_S
        )
        block = self.chain.blocks.at(height)
        begun = {
            event.round: self.names.get(event.address, event.address)
            for event in self.record.events("NewRound", height=height)
        }
        on_record = [stops[name] for name in held if stops[name].since]
        at = self.chain.blocks.committed_at
        return HungHeight(
            height=height,
            proposers=tuple(begun[number] for number in sorted(begun)),
            held=tuple(name for name in held if stops[name] in on_record),
            timeouts=self._timeouts(height),
            round=following_block.round,
            decided_by=block.proposer if block else "",
            gap=at(height) - at(height - 1),
            behind={name: self._behind(name, stops[name]) for name in held},
        )

    def _timeouts(self, height: int) -> dict[int, frozenset[str]]:
        """Return which validators reported TimeoutPropose at a height, by round."""
        found: dict[int, set[str]] = {}
        for event in self.record.events("TimeoutPropose", height=height):
            if event.node in self.addresses:
                found.setdefault(event.round, set()).add(event.node)
        return {number: frozenset(found[number]) for number in sorted(found)}

    def _is_on(self, told: HungHeight) -> bool:
        """Whether each held proposer missed its turn, and the others noticed.

        All others, where one hung; of three in a row one is enough, for who has
        just been continued may learn of the round's end before its own timeout.
        """
        others = len(self.addresses) - 1 if len(told.held) == 1 else 1
        return told.proposers[: len(told.held)] == told.held and all(
            len(told.timeouts.get(number, frozenset()) - {name}) >= others
            for number, name in enumerate(told.held)
        )

    def _behind(self, name: str, stop: Fault) -> int:
        """Return how many rounds began before a continued node was where all are."""
        continued = stop.healed
        if continued is None:
            return 0
        steps = self.record.events("NewRoundStep", since=continued)
        network = self.record.events("NewRoundStep", until=continued)
        newest = max((e.height, e.round) for e in network if e.node != name)
        begun: set[tuple[int, int]] = set()
        for event in steps:
            place = (event.height, event.round)
            if event.node != name and event.node in self.addresses:
                if place > newest:
                    begun.add(place)
            elif event.node == name and place >= max([newest, *begun]):
                return len(begun)
        return len(begun)

    def _recovered(self, name: str, stop: Fault) -> float:
        """Return the seconds that a validator needed, from being continued."""
        node: ChainNode = self.chain.node(name)
        since = stop.healed or stop.injected
        if not since:
            return 0.0  # it was not held: the height was decided before its turn
        return self.experiment.until_recovered(node, since=since, within=RECOVERED_S)

    def _later(self, height: int) -> tuple[int, ...]:
        """Return the rounds of the heights after one, until they are calm again."""

        def rounds() -> list[int]:
            """Return in which rounds they were decided."""
            return [block.round for block in self.chain.blocks.after(height + 1)]

        try:
            pulse.until(
                lambda: rounds()[-IN_A_ROW:] == [0] * IN_A_ROW,
                within=LATER_S,
                what=f"{IN_A_ROW} heights in a row that are decided in round 0",
            )
        except NeverHappenedError:
            return tuple(rounds())  # for the probe to judge
        return tuple(rounds())
