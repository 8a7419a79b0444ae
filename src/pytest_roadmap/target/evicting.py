"""Evictions that are asked for: several at one moment, or again and again.

for asked in asked_at_once(api, pods):              # each once, all together
    asked.pod.name, asked.admitted, asked.refusal
with asking(api, lambda: others, every=0.5) as asker:   # dry runs, for the record
    …
asker.asked
"""

from __future__ import annotations

import contextlib
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_roadmap.errors import TargetError
from pytest_roadmap.target import clock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pytest_roadmap.target.api import Api, Refusal
    from pytest_roadmap.target.pods import Pod


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One eviction that was asked for, when it was sent and when answered."""

    pod: Pod
    sent: float
    answered: float
    refusal: Refusal | None

    @property
    def admitted(self) -> bool:
        """Whether the pod may go, or would be allowed to (dry run)."""
        return self.refusal is None

    @property
    def by_budget(self) -> bool:
        """Whether a budget has refused it."""
        return self.refusal is not None and self.refusal.by_budget

    def __str__(self) -> str:
        """Return the pod and the answer."""
        answer = "admitted" if self.refusal is None else self.refusal.message
        return f"{self.pod.name}: {answer}"


def asked_at_once(
    api: Api, pods: Sequence[Pod], *, dry_run: bool = False
) -> tuple[Asked, ...]:
    """Ask for the eviction of every pod at the same moment, each once.

    Raises:
        ApiError: A pod is not there, or it is not a matter of budgets.
    """
    start = threading.Barrier(len(pods))

    def ask(pod: Pod) -> Asked:
        """Ask once all are ready to ask."""
        start.wait()
        return _ask(api, pod, dry_run=dry_run)

    with ThreadPoolExecutor(len(pods)) as pool:
        return tuple(pool.map(ask, pods))


class Asker:
    """Asks with dry runs, at a rhythm and in the background.

    Attributes:
        asked: All answers, oldest first.
    """

    def __init__(
        self, api: Api, pods: Callable[[], Sequence[Pod]], every: float
    ) -> None:
        self._api = api
        self._pods = pods
        self._every = every
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="asker", daemon=True)
        self.asked: list[Asked] = []

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Ask no more."""
        self._stopping.set()
        self._thread.join(10)

    def _run(self) -> None:
        """Ask for every pod of the moment, then wait for the next beat."""
        while not self._stopping.is_set():
            begun = clock.now()
            for pod in self._pods():
                with contextlib.suppress(
                    TargetError
                ):  # gone since, or no answer at all
                    self.asked.append(_ask(self._api, pod, dry_run=True))
            self._stopping.wait(max(begun + self._every - clock.now(), 0))


@contextlib.contextmanager
def asking(
    api: Api, pods: Callable[[], Sequence[Pod]], *, every: float
) -> Iterator[Asker]:
    """Ask for evictions (dry runs) every so many seconds until the block ends."""
    asker = Asker(api, pods, every)
    asker.start()
    try:
        yield asker
    finally:
        asker.stop()


def _ask(api: Api, pod: Pod, *, dry_run: bool) -> Asked:
    """Ask once."""
    sent = clock.now()
    refusal = api.evict(pod, dry_run=dry_run)
    return Asked(pod=pod, sent=sent, answered=clock.now(), refusal=refusal)
