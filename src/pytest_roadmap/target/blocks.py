"""The blocks of a chain as they come, and what probes ask about them.

    blocks.height                                  # the newest
    blocks.wait_for_blocks(10, within=30)
    blocks.wait_for_signature(address, after=moment, within=90)
    blocks.longest_gap(since=moment)               # seconds, the open gap included
    blocks.missed_in_a_row(address, since=moment)

A block is committed when its precommits are made; that moment stands, as the
median of the votes' own times, in the header of the next block.  So gaps are
measured by what the chain itself has written, and by our clock only for the
newest block.
"""

from __future__ import annotations

import itertools
import statistics
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_roadmap.target import clock
from pytest_roadmap.target.pulse import pulse

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pytest_roadmap.target.comet import Block

_SKEW = 120.0  # seconds by which a vote may be later than its block's median
_CLOSE = 0.2  # seconds between two looks at the clock where only time can tell


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """A validator's vote in the commit of a block, and when it was made."""

    height: int
    at: float


class Blocks:
    """What is known of a chain's blocks; safe to read while it grows.

    Args:
        first: The height that the record begins with; None for the first
            block that comes.
    """

    def __init__(self, first: int | None = None) -> None:
        self._first = first
        self._blocks: dict[int, Block] = {}
        self._lock = threading.Lock()
        self.problem = ""  # why no block comes, as far as the recorder can tell

    def add(self, block: Block) -> None:
        """Take a block over; one that is known already stays as it is."""
        with self._lock:
            new = block.height not in self._blocks
            self._blocks.setdefault(block.height, block)
            self._first = block.height if self._first is None else self._first
        if new:
            pulse.beat()

    # ------------------------------------------------------------------ reading

    @property
    def latest(self) -> Block | None:
        """The newest block, or None."""
        with self._lock:
            return self._blocks[max(self._blocks)] if self._blocks else None

    @property
    def height(self) -> int:
        """The newest height; 0 before the first block."""
        latest = self.latest
        return latest.height if latest else 0

    def at(self, height: int) -> Block | None:
        """Return the block at a height, if it is known."""
        return self._blocks.get(height)

    def since(self, moment: float = 0.0) -> tuple[Block, ...]:
        """Return the blocks that were committed since a moment, oldest first."""
        with self._lock:
            blocks = [self._blocks[height] for height in sorted(self._blocks)]
        return tuple(b for b in blocks if self.committed_at(b.height) >= moment)

    def after(self, height: int) -> tuple[Block, ...]:
        """Return the blocks above a height, oldest first."""
        return tuple(b for b in self.since() if b.height > height)

    def missing(self, upto: int) -> tuple[int, ...]:
        """Return the heights below `upto` that are not known."""
        first = upto if self._first is None else self._first
        return tuple(h for h in range(first, upto) if h not in self._blocks)

    def committed_at(self, height: int) -> float:
        """Return when the block at a height was committed.

        Raises:
            KeyError: The block is not known.
        """
        following = self._blocks.get(height + 1)
        if following is not None:
            return following.time
        block = self._blocks[height]
        return block.time if block.arrived is None else block.arrived

    def signatures(self, height: int) -> frozenset[str] | None:
        """Return who signed the block at a height; None before the next one."""
        following = self._blocks.get(height + 1)
        return None if following is None else following.signers

    def longest_gap(self, since: float, until: float | None = None) -> float:
        """Return the longest time between two blocks in a window, in seconds.

        A gap counts whole when its end lies in the window; the gap that is
        still open at the window's end counts as long as it is by then.
        """
        end = clock.now() if until is None else until
        moments = sorted(self.committed_at(block.height) for block in self.since())
        before = [moment for moment in moments if moment < since][-1:] or [since]
        inside = [moment for moment in moments if since <= moment <= end]
        line = [*before, *inside, end]
        return max(later - earlier for earlier, later in itertools.pairwise(line))

    def median_interval(self, since: float = 0.0, until: float | None = None) -> float:
        """Return the median seconds between the blocks of a window.

        Raises:
            ValueError: It has fewer than two blocks.
        """
        end = clock.now() if until is None else until
        moments = [self.committed_at(block.height) for block in self.since(since)]
        moments = [moment for moment in moments if moment <= end]
        if len(moments) < 2:  # noqa: PLR2004 - an interval has two ends
            message = "fewer than two blocks in the window"
            raise ValueError(message)
        return statistics.median(b - a for a, b in itertools.pairwise(moments))

    def missed_in_a_row(
        self, address: str, since: float, until: float | None = None
    ) -> int:
        """Return the most blocks in a row that a validator did not sign."""
        longest = run = 0
        end = clock.now() if until is None else until
        for block in self.since(since):
            signers = self.signatures(block.height)
            if signers is None or self.committed_at(block.height) > end:
                continue
            run = 0 if address in signers else run + 1
            longest = max(longest, run)
        return longest

    def signed_percent(
        self, address: str, since: float, until: float | None = None
    ) -> float:
        """Return how many percent of a window's blocks a validator has signed.

        Raises:
            ValueError: The window has no block whose signatures are known.
        """
        end = clock.now() if until is None else until
        known = [
            signers
            for block in self.since(since)
            if self.committed_at(block.height) <= end
            and (signers := self.signatures(block.height)) is not None
        ]
        if not known:
            message = "no block with known signatures in the window"
            raise ValueError(message)
        return 100 * sum(address in signers for signers in known) / len(known)

    def evidence(self, above: int = 0) -> int:
        """Return how many proofs of misbehaviour the blocks above a height hold."""
        return sum(block.evidence for block in self.after(above))

    def first_signature(self, address: str, after: float) -> Signature | None:
        """Return the first known vote that a validator made after a moment."""
        found = None
        with self._lock:
            blocks = [self._blocks[height] for height in sorted(self._blocks)]
        for block in reversed(blocks):
            if block.time < after - _SKEW:
                break  # nobody's vote in an older block is so young
            at = block.votes.get(address)
            if at is not None and at >= after:
                found = Signature(height=block.height - 1, at=at)
        return found

    @property
    def quiet_for(self) -> float:
        """The seconds since the newest block; 0 before the first one."""
        latest = self.latest
        return clock.now() - self.committed_at(latest.height) if latest else 0.0

    # ------------------------------------------------------------------ waiting

    def wait_for_height(self, height: int, *, within: float) -> Block:
        """Wait for a height; return its block.

        Raises:
            NeverHappenedError: It did not come.
        """
        found = pulse.until(
            lambda: self.at(height),
            within=within,
            what=f"height {height}",
            seen=self.brief,
        )
        assert found is not None  # noqa: S101 - until returns true answers only
        return found

    def wait_for_blocks(self, count: int, *, within: float) -> Block:
        """Wait for `count` more blocks than there are now; return the last.

        Raises:
            NeverHappenedError: They did not come.
        """
        return self.wait_for_height(self.height + count, within=within)

    def wait_for_signature(
        self, address: str, *, after: float, within: float
    ) -> Signature:
        """Wait for a vote that a validator made after a moment.

        Raises:
            NeverHappenedError: No commit had one.
        """
        found = pulse.until(
            lambda: self.first_signature(address, after),
            within=within,
            what=f"a signature of validator {address}",
            seen=self.brief,
        )
        assert found is not None  # noqa: S101 - until returns true answers only
        return found

    def wait_for_all_signatures(
        self, addresses: Iterable[str], *, after: float, within: float
    ) -> dict[str, Signature]:
        """Wait until each validator has voted after a moment.

        Raises:
            NeverHappenedError: One did not; names those that are missing.
        """
        wanted = tuple(addresses)

        def missing() -> tuple[str, ...]:
            """Return the validators that have not voted."""
            return tuple(a for a in wanted if not self.first_signature(a, after))

        pulse.until(
            lambda: not missing(),
            within=within,
            what=f"signatures of {len(wanted)} validators",
            seen=lambda: f"none of {', '.join(missing())}; {self.brief()}",
        )
        found = {a: self.first_signature(a, after) for a in wanted}
        return {address: vote for address, vote in found.items() if vote}

    def wait_for_stall(self, seconds: float, *, within: float) -> int:
        """Wait until no block has come for so many seconds; return the height.

        Raises:
            NeverHappenedError: Blocks went on.
        """
        pulse.until(
            lambda: self.quiet_for >= seconds,
            within=within,
            what=f"{seconds:g} s without a block",
            seen=self.brief,
            every=_CLOSE,
        )
        return self.height

    def brief(self) -> str:
        """Return in a few words how the chain is."""
        latest = self.latest
        if latest is None:
            return f"no block{f' ({self.problem})' if self.problem else ''}"
        return (
            f"height {latest.height}, {self.quiet_for:.1f} s ago, "
            f"signed by {len(latest.signers)}"
        )
