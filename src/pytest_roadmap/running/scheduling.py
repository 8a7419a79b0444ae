"""The scheduler that pytest-xdist asks: glue around `dealing`."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn, Protocol

from pytest_roadmap.running.collecting import REST
from pytest_roadmap.running.dealing import Dealer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from pytest_roadmap.running.dealing import Unit


class WorkerController(Protocol):
    """What we use of a worker as xdist's controller knows it."""

    @property
    def shutting_down(self) -> bool:
        """Whether it has been told to end, or has ended."""

    def send_runtest_some(self, indices: Sequence[int]) -> None:
        """Add tests, by their place in its collection, to what it runs."""


class Scheduler:
    """Gives units to the workers of xdist, each followed by `Waiting`.

    Args:
        expected: How many workers were started at first.
        prepare: Called once, when all of them have collected; returns the
            units.  May raise what ends the session.
    """

    def __init__(self, expected: int, prepare: Callable[[], Iterable[Unit]]) -> None:
        self._expected = expected
        self._prepare = prepare
        self._dealer: Dealer[WorkerController] = Dealer(())
        self._begun = False
        self._nodes: list[WorkerController] = []
        self._ids: dict[WorkerController, list[str]] = {}

    @property
    def nodes(self) -> list[WorkerController]:
        """The workers that take part, in xdist's word."""
        return list(self._nodes)

    @property
    def collection_is_completed(self) -> bool:
        """Whether the first workers have all collected."""
        return self._begun or len(self._ids) >= self._expected

    @property
    def tests_finished(self) -> bool:
        """Whether nothing is left to run."""
        return self._begun and self._dealer.done

    @property
    def has_pending(self) -> bool:
        """Whether something is left to run."""
        return self._begun and not self._dealer.done

    def add_node(self, node: WorkerController) -> None:
        """A worker has started."""
        self._nodes.append(node)

    def add_node_collection(
        self, node: WorkerController, collection: Sequence[str]
    ) -> None:
        """A worker has collected."""
        self._ids[node] = list(collection)

    def schedule(self) -> None:
        """All workers, or a later one, are ready to work."""
        if not self._begun:
            self._begun = True
            self._dealer = Dealer(self._prepare(), rest=REST)
        for node in self._nodes:
            if node in self._ids and not node.shutting_down:
                self._dealer.join(node)
        self._deal()

    def mark_test_complete(
        self, node: WorkerController, item_index: int, duration: float = 0
    ) -> None:
        """A worker has ended a test; it may be the one it waits with."""
        del duration
        self._dealer.finish(node, self._ids[node][item_index])
        self._deal()

    def remove_node(self, node: WorkerController) -> str | None:
        """A worker is gone; return the test that it was running.

        Raises:
            KeyError: It is not one of ours, which xdist expects to hear so.
        """
        if node not in self._nodes:
            raise KeyError(node)
        self._nodes.remove(node)
        self._ids.pop(node, None)
        lost = self._dealer.leave(node)
        self._deal()
        return lost

    def _deal(self) -> None:
        """Send what may begin now."""
        for node, unit in self._dealer.deal():
            ids = self._ids[node]
            indices = [ids.index(test) for test in unit.tests]
            node.send_runtest_some([*indices, len(ids) - 1])

    def mark_test_pending(self, item: str) -> NoReturn:
        """Refuse: what has been run is not run again."""
        raise RuntimeError(f"{item} has been run: it is not run again")

    def remove_pending_tests_from_node(
        self, node: WorkerController, indices: Sequence[int]
    ) -> NoReturn:
        """Refuse: nothing is taken back from a worker."""
        raise RuntimeError(f"{len(indices)} tests stay with {node}")
