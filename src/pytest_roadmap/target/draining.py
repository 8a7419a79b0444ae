"""A drain: evictions that are asked for until they are admitted."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_roadmap.target import clock
from pytest_roadmap.target.pulse import pulse
from pytest_roadmap.target.requests import ApiError

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_roadmap.target.api import Api
    from pytest_roadmap.target.evictions import Refusal
    from pytest_roadmap.target.faults.fault import Fault
    from pytest_roadmap.target.pods import Pod
    from pytest_roadmap.target.watching import Watch

_PAUSE = 1.0  # seconds between two askings for the same pod, as patient tools do


@dataclass(frozen=True, slots=True, kw_only=True)
class Evicted:
    """An eviction that was admitted: of which pod, and when."""

    pod: Pod
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """An eviction that was refused: of which pod, when, and why."""

    pod: Pod
    at: float
    refusal: Refusal


class Drain:
    """The eviction of pods from one node, in the background.

    Attributes:
        began: When the node had been cordoned and the drain began.
        evicted: The evictions that were admitted, oldest first.
        refused: Those that were refused.
        ended: When the last pod was gone; None before.
    """

    def __init__(
        self,
        api: Api,
        pods: Watch[Pod],
        node: str,
        only: Callable[[Pod], bool],
        cordon: Fault,
    ) -> None:
        self._api = api
        self._pods = pods
        self._only = only
        self._cordon = cordon
        self._stopping = threading.Event()
        self._thread = threading.Thread(
            target=self._run, name=f"drain {node}", daemon=True
        )
        self.node = node
        self.began = clock.now()
        self.evicted: list[Evicted] = []
        self.refused: list[Refused] = []
        self.ended: float | None = None
        self.problem = ""

    @property
    def left(self) -> tuple[Pod, ...]:
        """The pods that are still on the node."""
        return tuple(
            pod
            for pod in self._pods.now()
            if pod.node == self.node and not pod.ended and self._only(pod)
        )

    @property
    def seconds(self) -> float:
        """How long it took, or takes so far."""
        return (self.ended or clock.now()) - self.began

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Ask for no further eviction."""
        self._stopping.set()
        self._thread.join(10)

    def uncordon(self) -> float:
        """Let pods onto the node again; return when."""
        self._cordon.heal()
        assert self._cordon.healed is not None  # noqa: S101 - heal has set it
        return self._cordon.healed

    def wait(self, *, within: float) -> float:
        """Wait until no pod is left; return how long the drain took.

        Raises:
            NeverHappenedError: Some are left, with the last refusals.
        """
        pulse.until(
            lambda: self.ended is not None,
            within=within,
            what=f"the drain of {self.node}",
            seen=self.brief,
        )
        return self.seconds

    def wait_for_refusals(self, count: int, *, within: float) -> None:
        """Wait until so many evictions have been refused.

        Raises:
            NeverHappenedError: They were not.
        """
        pulse.until(
            lambda: len(self.refused) >= count,
            within=within,
            what=f"{count} refused evictions",
            seen=self.brief,
        )

    def wait_for_answers(self, refusals: int, *, within: float) -> None:
        """Wait for so many refusals, or for the first eviction that is admitted.

        Raises:
            NeverHappenedError: There was neither.
        """
        pulse.until(
            lambda: len(self.refused) >= refusals or self.evicted,
            within=within,
            what=f"{refusals} refused evictions, or an admitted one",
            seen=self.brief,
        )

    def brief(self) -> str:
        """Return in a few words how it stands."""
        last = f", last: {self.refused[-1].refusal.message}" if self.refused else ""
        left = ", ".join(pod.name for pod in self.left) or "nobody"
        trouble = f" ({self.problem})" if self.problem else ""
        return (
            f"left: {left}; {len(self.evicted)} evicted, "
            f"{len(self.refused)} refused{last}{trouble}"
        )

    def _run(self) -> None:
        """Ask for each pod until all are gone."""
        gone: set[str] = set()
        while not self._stopping.is_set():
            left = self.left
            if not left:
                self.ended = clock.now()
                pulse.beat()
                return
            waiting = [p for p in left if p.uid not in gone and not p.deleting]
            for pod in waiting:
                if self._ask(pod):
                    gone.add(pod.uid)
            pulse.beat()
            self._wait(bool(waiting))

    def _ask(self, pod: Pod) -> bool:
        """Ask once for a pod's eviction; True when it was admitted or is gone."""
        at = clock.now()
        try:
            refusal = self._api.evict(pod)
        except ApiError as error:
            self.problem = "" if error.missing else str(error.what)
            return error.missing
        if refusal is not None:
            self.refused.append(Refused(pod=pod, at=at, refusal=refusal))
            return False
        self.evicted.append(Evicted(pod=pod, at=at))
        return True

    def _wait(self, refused: bool) -> None:
        """Wait for the next asking, or for the end of a pod that was evicted."""
        known = len(self.left)
        if refused:
            self._stopping.wait(_PAUSE)
            return
        try:
            pulse.until(
                lambda: self._stopping.is_set() or len(self.left) != known,
                within=_PAUSE,
                what="a pod's end",
            )
        except AssertionError:
            return
