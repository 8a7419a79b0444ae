"""The heights that nodes tell, asked for all the time, and when each was told.

with heights.asked(nodes, every=0.5) as record:
    …
record.last(node.name, by=moment).height
record.silent(node.name)                    # questions without an answer
"""

from __future__ import annotations

import contextlib
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_roadmap.errors import TargetError
from pytest_roadmap.target import clock
from pytest_roadmap.target.pulse import pulse

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pytest_roadmap.target.blocks import Blocks
    from pytest_roadmap.target.chain_node import ChainNode

_PATIENCE_S = 5.0  # a node that takes longer does not answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a node said of its height; None where it did not answer."""

    node: str
    asked: float
    answered: float
    height: int | None
    problem: str = ""


class Heights:
    """What several nodes said, each asked by a thread of its own."""

    def __init__(self) -> None:
        self._told: list[Told] = []
        self._lock = threading.Lock()

    def add(self, told: Told) -> None:
        """Take over one answer."""
        with self._lock:
            self._told.append(told)
        pulse.beat()

    def of(self, node: str, since: float = 0.0) -> tuple[Told, ...]:
        """Return what a node said since a moment, oldest first."""
        with self._lock:
            told = list(self._told)
        return tuple(one for one in told if one.node == node and one.asked >= since)

    def silent(self, node: str, since: float = 0.0) -> tuple[Told, ...]:
        """Return the questions that a node left without an answer."""
        return tuple(one for one in self.of(node, since) if one.height is None)

    def last(self, node: str, by: float) -> Told:
        """Return the last height that a node has told by a moment.

        Raises:
            TargetError: It has told none.
        """
        known = [t for t in self.of(node) if t.height is not None and t.answered <= by]
        if not known:
            raise TargetError(f"{node} had told no height by then", where="its RPC")
        return known[-1]

    def behind(self, node: str, blocks: Blocks, at: float) -> int:
        """Return how many blocks a node was behind its network, as it last said.

        Raises:
            TargetError: It has told no height by then.
        """
        told = self.last(node, by=at)
        return max(network_height(blocks, told.answered) - (told.height or 0), 0)


def network_height(blocks: Blocks, at: float) -> int:
    """Return the newest height that was committed by a moment; 0 for none."""
    known = (b.height for b in blocks.since() if blocks.committed_at(b.height) <= at)
    return max(known, default=0)


@contextlib.contextmanager
def asked(nodes: Sequence[ChainNode], *, every: float) -> Iterator[Heights]:
    """Ask nodes for their heights until the block ends.

    Args:
        nodes: Who is asked.
        every: Seconds between an answer and the next question.
    """
    record, over = Heights(), threading.Event()

    def ask(node: ChainNode) -> None:
        """Ask one node again and again."""
        while not over.is_set():
            record.add(_ask(node))
            over.wait(every)

    threads = [threading.Thread(target=ask, args=(n,), daemon=True) for n in nodes]
    for thread in threads:
        thread.start()
    try:
        yield record
    finally:
        over.set()
        for thread in threads:
            thread.join()


def _ask(node: ChainNode) -> Told:
    """Ask a node once."""
    began = clock.now()
    height, problem = None, ""
    try:
        height = node.rpc.status(within=_PATIENCE_S).height
    except TargetError as error:
        problem = str(error)
    return Told(
        node=node.name,
        asked=began,
        answered=clock.now(),
        height=height,
        problem=problem,
    )
