"""Held packets that are dropped on command, and whatever follows them.

The command has to be quick: a shell on each node waits for it, so that it takes
milliseconds from an event to the drop, and packets that are held for longer
than that are caught in flight.
"""

from __future__ import annotations

import queue
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO, Final, Self

from pytest_roadmap.target.faults import delay_scripts as scripts
from pytest_roadmap.target.faults.delaying import mark
from pytest_roadmap.target.journal import Undo

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

    from pytest_roadmap.target.faults.delaying import Delayed
    from pytest_roadmap.target.machines import Nodes

_DROP, _PASS = "USR1", "USR2"
_LONGEST_S: Final = 600.0
_PASS_ON: Final = (
    scripts.MARKED + ' | while read -r found; do kill -USR2 "$found"; done\nexit 0\n'
)


class Lever:
    """Sends signals to the programs that hold packets, without delay.

    with Lever(nodes, delayed) as lever:
        lever.drop()
    """

    def __init__(self, nodes: Nodes, delayed: Delayed) -> None:
        self._nodes = nodes
        self._delayed = delayed
        self._lines: dict[str, queue.SimpleQueue[bytes | None]] = {}
        self._pids: dict[str, str] = {}
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> Self:
        """Find the programs, and have a shell wait on each node."""
        pids: dict[str, list[str]] = {}
        for pod in self._delayed.pods:
            found = self._nodes.script(pod.node, scripts.MARKED, mark(pod)).split()
            pids.setdefault(pod.node, []).extend(found)
        for node, numbers in pids.items():
            self._pids[node] = " ".join(numbers)
            self._lines[node] = queue.SimpleQueue()
            thread = threading.Thread(target=self._wait, args=(node,), daemon=True)
            thread.start()
            self._threads.append(thread)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Let the shells end."""
        for lines in self._lines.values():
            lines.put(None)
        for thread in self._threads:
            thread.join()

    def drop(self) -> None:
        """Drop from now on, what is held as well."""
        self._send(_DROP)

    def _send(self, signal: str) -> None:
        """Send a signal to every program."""
        for node, lines in self._lines.items():
            lines.put(f"{signal} {self._pids[node]}\n".encode())

    def _wait(self, node: str) -> None:
        """Feed the shell of one node until the end."""

        def feed(pipe: BinaryIO) -> None:
            """Write what is sent, line by line."""
            while (line := self._lines[node].get()) is not None:
                pipe.write(line)
                pipe.flush()

        argv = ["sh", "-c", scripts.LEVER]
        self._nodes.run(node, argv, stdin=feed, within=_LONGEST_S)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dropped:
    """Held packets, and those after them, that go nowhere.

    Attributes:
        says: The fault in words.
        delayed: Whose packets; it says as well to whom they were to go.
        lever: The way to the programs.
        before: How many packets each had dropped before, by pod.
    """

    says: str
    delayed: Delayed
    lever: Lever
    before: Mapping[str, int] = field(default_factory=dict)

    def what(self) -> str:
        """Return the fault in words."""
        return self.says

    def undo(self) -> tuple[Undo, ...]:
        """Let packets go on again, as late as before."""
        return tuple(
            Undo(
                way="run",
                node=pod.node,
                argv=("sh", "-c", _PASS_ON, "roadmap", mark(pod)),
            )
            for pod in self.delayed.pods
        )

    def inject(self) -> None:
        """Pull the lever."""
        self.lever.drop()

    def is_on(self) -> str:
        """Look for programs that drop, and for packets that were dropped."""
        reports = self.delayed.reports()
        lacking = [pod.name for pod in self.delayed.pods]
        for report in reports:
            if report.dropping and report.dropped > self.before.get(report.pod, 0):
                lacking.remove(report.pod)
        return f"{', '.join(lacking)} have dropped nothing" if lacking else ""

    def is_off(self) -> str:
        """Look for programs that drop."""
        left = [report.pod for report in self.delayed.reports() if report.dropping]
        return f"{', '.join(left)} still drop" if left else ""
