"""One experiment on one chain: steady before, watched all the while, judged after."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

from pytest_roadmap.errors import NeverHappenedError, UnavailableError
from pytest_roadmap.target import clock
from pytest_roadmap.target.experiments import impact, recovery, rounds
from pytest_roadmap.target.experiments.conclusion import Conclusion, conclude
from pytest_roadmap.target.experiments.drawing import Drawing
from pytest_roadmap.target.experiments.node_record import NodeRecord
from pytest_roadmap.target.experiments.node_recorder import NodeRecorder

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from types import TracebackType

    from pytest_roadmap.model import Timeline
    from pytest_roadmap.target.chain import ChainInstance
    from pytest_roadmap.target.chain_node import ChainNode
    from pytest_roadmap.target.faults import Fault, Faults

_LEAST_VALIDATORS: Final = 4  # one of three is a third of the power already
_BASELINE_BLOCKS: Final = 6
_STEADY_S: Final = 60.0
_BLOCK_S: Final = 15.0  # what a block of the baseline may take


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """The chain before the first fault.

    `interval` is the mean seconds between two blocks, `peers` the node ids
    that each node was connected to, `restarts` those of every container of
    every pod, `height` the newest block at its end.
    """

    since: float
    until: float
    height: int
    interval: float
    peers: dict[str, frozenset[str]]
    restarts: dict[str, int]


class Experiment:
    """Faults on a chain, and what came of them.

    Args:
        chain: An instance that nobody else disturbs.
        events: The consensus events to record beside NewRoundStep, four kinds
            at most (such as "Vote", "NewRound", "CompleteProposal").
        blocks: How many undisturbed blocks make the baseline.
    """

    def __init__(
        self,
        chain: ChainInstance,
        *,
        events: Sequence[str] = (),
        blocks: int = _BASELINE_BLOCKS,
    ) -> None:
        self.chain = chain
        self.record = NodeRecord()
        self.drawing = Drawing()
        self.baseline = Baseline(
            since=0, until=0, height=0, interval=0, peers={}, restarts={}
        )
        self.budget = 0.0
        """The round budget in seconds."""
        self._events = tuple(events)
        self._blocks = blocks
        self._recorders: dict[str, NodeRecorder] = {}

    # --------------------------------------------------------------- beginning

    def __enter__(self) -> Self:
        """See that the chain is healthy, and measure the baseline.

        Raises:
            UnavailableError: It is not, or has fewer than four validators.
        """
        with contextlib.ExitStack() as on_failure:
            on_failure.callback(self.stop)
            try:
                self._begin()
            except NeverHappenedError as error:
                message = f"the chain is unhealthy before the first fault: {error}"
                raise UnavailableError(message) from error
            on_failure.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop recording."""
        self.stop()

    def _begin(self) -> None:
        """Record every node, and wait for the baseline's blocks."""
        chain = self.chain
        count = len(chain.validators)
        if count < _LEAST_VALIDATORS:
            raise UnavailableError(
                f"the chain has {count} validators, and faults need "
                f"{_LEAST_VALIDATORS}: without one of three no quorum is left"
            )
        if chain.rebuilt:
            self.note(f"the target is a new one: {chain.rebuilt}")
        chain.until_steady(within=_STEADY_S)
        self.follow(*chain.all_nodes)
        since, height = clock.now(), chain.height
        chain.blocks.wait_for_blocks(self._blocks + 1, within=self._blocks * _BLOCK_S)
        chain.until_true(
            lambda: all(self.record.last(n.name) for n in chain.all_nodes),
            within=_STEADY_S,
            what="an answer of every node",
        )
        self.baseline = Baseline(
            since=since,
            until=clock.now(),
            height=height,
            interval=self.mean_interval(since),
            peers={n.name: self._peers(n) for n in chain.all_nodes},
            restarts=impact.restarts(chain),
        )
        limits = rounds.timeouts(chain.validators[0])
        self.budget = rounds.budget(limits, self.baseline.interval)

    def follow(self, *nodes: ChainNode) -> None:
        """Record nodes; those of the beginning are recorded already."""
        port = self.chain.profile.ports.rpc
        for node in nodes:
            if node.name in self._recorders:
                continue
            path = f"/api/v1/namespaces/{self.chain.name}/pods/{node.name}:{port}"
            self._recorders[node.name] = NodeRecorder(
                self.chain.api.requests,
                f"{path}/proxy/websocket",
                node.name,
                self.record,
                self._events,
            )

    def stop(self) -> None:
        """Stop recording; what was recorded stays."""
        for recorder in self._recorders.values():
            recorder.stop()

    # ------------------------------------------------------------------- faults

    @property
    def faults(self) -> Faults:
        """What can be broken on purpose."""
        return self.chain.faults

    @contextlib.contextmanager
    def inject(self, fault: Fault) -> Iterator[Fault]:
        """Have a fault on until the block ends, and in the time-line.

        Raises:
            FaultError: It cannot be seen to be on, or to be off again.
        """
        self.drawing.add(fault)
        with fault:
            yield fault

    def note(self, what: str, at: float | None = None) -> None:
        """Put a kill, or anything else of one moment, into the time-line."""
        self.drawing.note(what, clock.now() if at is None else at)

    # ------------------------------------------------------------------ measures

    def mean_interval(self, since: float, until: float | None = None) -> float:
        """Return the mean seconds between the blocks of a window.

        Raises:
            ValueError: It has fewer than two blocks.
        """
        blocks = self.chain.blocks
        end = clock.now() if until is None else until
        moments = [blocks.committed_at(b.height) for b in blocks.since(since)]
        moments = [moment for moment in moments if moment <= end]
        if len(moments) < 2:  # noqa: PLR2004 - an interval has two ends
            message = "fewer than two blocks in the window"
            raise ValueError(message)
        return (moments[-1] - moments[0]) / (len(moments) - 1)

    def gap_rounds(self, since: float, until: float | None = None) -> float:
        """Return the longest gap between two blocks of a window, in round budgets."""
        return self.chain.blocks.longest_gap(since, until) / self.budget

    def blocks_without_quorum(self, since: float, until: float) -> int:
        """Return how many blocks any node committed in a window without a quorum.

        The height that was being decided when the quorum went may still be
        committed; blocks above it count.
        """
        settled = self.record.highest(since) + 1
        return max(0, self.record.highest(until) - settled)

    def until_recovered(self, node: ChainNode, *, since: float, within: float) -> float:
        """Wait until a node has recovered; return the seconds since `since`.

        Recovered: within two blocks of the highest node, not catching up and,
        for a validator, three commits in a row with its signature.

        Raises:
            NeverHappenedError: It has not, `within` seconds after `since`.
        """
        at = recovery.wait(self.chain, self.record, node, since=since, within=within)
        self.drawing.recovered(at)
        return at - since

    # ------------------------------------------------------------------- judging

    def conclude(self, *nodes: ChainNode, misbehaved: Iterable[str] = ()) -> Conclusion:
        """Return what the experiment ends with: `conclude().judge(evidence)`.

        Args:
            nodes: Whose blocks are compared; every node's by default.
            misbehaved: Addresses of validators that were made to double-sign.

        Raises:
            RpcError: A node does not answer.
            NeverHappenedError: No more blocks come.
        """
        return conclude(self, nodes, misbehaved)

    def timeline(self) -> Timeline:
        """Return samples, blocks and faults as they are now."""
        return self.drawing.timeline(self.record, self.chain.blocks, self.baseline)

    def _peers(self, node: ChainNode) -> frozenset[str]:
        """Return the peers in a node's newest sample."""
        sample = self.record.last(node.name)
        return sample.peers if sample else frozenset()
