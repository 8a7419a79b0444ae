"""What each node of a chain has said: samples and consensus events, by node.

record.height_of("validator-0"), record.highest
record.last("validator-0").catching_up
record.events("Vote", node="full-0", since=moment)
record.until_event("TimeoutPropose", height=12, within=20)
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_roadmap.target.pulse import pulse

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What a node said at a moment.

    `height` is the newest block that it has committed, `round` the one that it
    is in now, `peers` are node ids, `pending` the transactions in its mempool,
    `latency` the seconds it took to answer.
    """

    at: float
    node: str
    height: int
    round: int
    catching_up: bool
    peers: frozenset[str]
    pending: int
    latency: float


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeEvent:
    """An event of a node's consensus, when it reached us.

    `kind` is CometBFT's name of it (NewRoundStep, NewRound, CompleteProposal,
    Polka, Lock, TimeoutPropose, TimeoutWait, Vote, NewBlock).  `block` is the
    block's hash where the event has one, `address` the voter or the proposer,
    `vote` is "prevote" or "precommit".
    """

    at: float
    node: str
    kind: str
    height: int
    round: int = 0
    step: str = ""
    block: str = ""
    address: str = ""
    vote: str = ""


class NodeRecord:
    """Grows while an experiment runs; safe to read meanwhile."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._samples: dict[str, list[Sample]] = {}
        self._events: list[NodeEvent] = []
        self._steps: dict[str, tuple[int, int]] = {}
        self._heights: dict[str, int] = {}

    # ------------------------------------------------------------------ writing

    def add_sample(self, sample: Sample) -> None:
        """Take a sample over."""
        with self._lock:
            self._samples.setdefault(sample.node, []).append(sample)
            self._reached(sample.node, sample.height)
        pulse.beat()

    def add_event(self, event: NodeEvent) -> None:
        """Take an event over."""
        with self._lock:
            self._events.append(event)
            self._steps[event.node] = (event.height, event.round)
            self._reached(event.node, event.height - 1)
        pulse.beat()

    # ------------------------------------------------------------------ reading

    @property
    def nodes(self) -> tuple[str, ...]:
        """The nodes that have said anything."""
        with self._lock:
            return tuple(sorted(self._samples))

    def samples(
        self, node: str, since: float = 0.0, until: float = float("inf")
    ) -> tuple[Sample, ...]:
        """Return a node's samples of a window, oldest first."""
        with self._lock:
            known = tuple(self._samples.get(node, ()))
        return tuple(sample for sample in known if since <= sample.at <= until)

    def last(self, node: str) -> Sample | None:
        """Return a node's newest sample."""
        with self._lock:
            known = self._samples.get(node)
            return known[-1] if known else None

    def round_of(self, node: str, height: int) -> int:
        """Return the round that a node is in, if it decides the block at `height`."""
        with self._lock:
            known = self._steps.get(node, (0, 0))
        return known[1] if known[0] == height else 0

    def height_of(self, node: str, moment: float | None = None) -> int:
        """Return the newest height that a node has committed, or had by a moment."""
        with self._lock:
            if moment is None:
                return self._heights.get(node, 0)
            deciding = [
                event.height - 1
                for event in self._events
                if event.node == node and event.at <= moment
            ]
            sampled = [s.height for s in self._samples.get(node, ()) if s.at <= moment]
        return max(*deciding, *sampled, 0, 0)

    def highest(self, moment: float | None = None) -> int:
        """Return the newest height that any node has committed, or had by then."""
        return max((self.height_of(node, moment) for node in self.nodes), default=0)

    def reached_at(self, height: int) -> float | None:
        """Return when a node was first seen to have committed a height, if one was.

        Votes of before a split may decide a block long after their own time, which
        is the one that blocks tell.
        """
        with self._lock:
            told = [event.at for event in self._events if event.height > height]
            known = [sample for node in self._samples.values() for sample in node]
        sampled = [sample.at for sample in known if sample.height >= height]
        return min([*told, *sampled], default=None)

    def events(  # noqa: PLR0913 - each narrows by one property of an event
        self,
        kind: str,
        *,
        node: str = "",
        height: int | None = None,
        since: float = 0.0,
        until: float = float("inf"),
        where: Callable[[NodeEvent], bool] = lambda _: True,
    ) -> tuple[NodeEvent, ...]:
        """Return the events of a kind that are so, in the order of their arrival."""
        with self._lock:
            known = tuple(self._events)
        return tuple(
            event
            for event in known
            if event.kind == kind
            and (not node or event.node == node)
            and (height is None or event.height == height)
            and since <= event.at <= until
            and where(event)
        )

    def until_event(  # noqa: PLR0913 - the same as `events`
        self,
        kind: str,
        *,
        within: float,
        node: str = "",
        height: int | None = None,
        since: float = 0.0,
        where: Callable[[NodeEvent], bool] = lambda _: True,
    ) -> NodeEvent:
        """Wait for the first event that is so.

        Raises:
            NeverHappenedError: None came.
        """
        found = pulse.until(
            lambda: self.events(
                kind, node=node, height=height, since=since, where=where
            ),
            within=within,
            what=f"{kind} at {node or 'any node'}",
            seen=self.brief,
        )
        return found[0]

    def brief(self) -> str:
        """Return in a few words where each node is."""
        lasts = [self.last(node) for node in self.nodes]
        return ", ".join(
            f"{one.node} at {self.height_of(one.node)} with {len(one.peers)} peers"
            for one in lasts
            if one is not None
        )

    def _reached(self, node: str, height: int) -> None:
        """Remember the newest height of a node."""
        self._heights[node] = max(height, self._heights.get(node, 0))
