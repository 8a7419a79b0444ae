"""A mempool that is filled to the brim.

A client inside the cluster sends large transfers to the full node, as fast as
they are taken; each lapses by itself after some blocks.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from pytest_roadmap.errors import TargetError
from pytest_roadmap.target import bulk, mempools
from pytest_roadmap.target.journal import Undo

if TYPE_CHECKING:
    from pytest_roadmap.target.bulk import Order, Sender
    from pytest_roadmap.target.chain import ChainInstance
    from pytest_roadmap.target.faults.fault import Fault
    from pytest_roadmap.target.mempools import Mempool

_FULL: Final = 0.95
_ENTERED: Final = "mempool_entered"  # the profile's word for that counter
_STARTED_S: Final = 90.0


@dataclass(slots=True, kw_only=True)
class Flooded:
    """A flood, and what its sender tells."""

    chain: ChainInstance
    order: Order
    capacity: Mempool
    _sender: Sender | None = field(default=None, init=False)
    _before: float = field(default=0.0, init=False)

    @property
    def sender(self) -> Sender:
        """Who sends.

        Raises:
            TargetError: Nobody does yet.
        """
        if self._sender is None:
            raise TargetError("the flood has not begun", where=self.chain.name)
        return self._sender

    def what(self) -> str:
        """Return the fault in words."""
        return f"the mempools are flooded with transfers of {self.order.size} bytes"

    def undo(self) -> tuple[Undo, ...]:
        """Delete the sender; what it has sent lapses."""
        pod = f"Pod/{bulk.NAME}"
        return (Undo(way="delete", object=pod, namespace=self.chain.name),)

    def inject(self) -> None:
        """Begin to send.

        Raises:
            NeverHappenedError: The sender does not start.
        """
        self._before = self.chain.full[0].metric(_ENTERED, absent=0)
        self.chain.space.apply(bulk.pod(self.chain, self.order))
        self.chain.pods.until_one(
            bulk.NAME,
            lambda one: one.ready or one.ended,
            within=_STARTED_S,
            what="the sender of large transfers to run",
        )
        self._sender = bulk.Sender(self.chain)

    def is_on(self) -> str:
        """Look for a full mempool, or for one that has taken all that was sent.

        What it has taken the node counts itself: a part of it may be in blocks by
        then, and another part may have lapsed.
        """
        node = self.chain.full[0]
        held = mempools.held(node)
        if held.share_of(self.capacity) >= _FULL:
            return ""
        entered = node.metric(_ENTERED, absent=0) - self._before
        said = self.sender.told
        if said.final and said.taken and entered >= _FULL * said.taken:
            return ""
        return (
            f"the full node holds {held.transactions} transactions ({entered:.0f} have "
            f"entered), {held.bytes >> 20} MiB of {self.capacity.bytes >> 20}; {said}"
        )

    def is_off(self) -> str:
        """Look for the sender."""
        if self.chain.pods.get(bulk.NAME) is not None:
            return "the sender is still there"
        if self._sender is not None:
            self._sender.stop()
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flood:
    """A flood as a fault, and its works."""

    fault: Fault
    works: Flooded

    @property
    def sender(self) -> Sender:
        """Who sends.

        Raises:
            TargetError: Nobody does yet.
        """
        return self.works.sender
