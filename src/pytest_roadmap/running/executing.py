"""In the process that runs probes: guard it, and tell the controller about it.

A worker of xdist and the controller share a folder (`exchange`):

    collected.json   what the worker has collected
    site.json        where the run takes place (probes.site)
    <worker>.pid     its process
    <worker>.stacks  where a probe hung that nothing could interrupt
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from pytest_roadmap.model.jsonable import from_json, to_json
from pytest_roadmap.probes.registry import Registered
from pytest_roadmap.running.collecting import Collected

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_roadmap.running.collecting import Collecting
    from pytest_roadmap.running.guarding import Guard


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """The folder that the processes of one run share."""

    folder: Path

    def tell_collected(self, collected: Collected) -> None:
        """Write what was collected; all workers write the same."""
        data = {
            "probes": [to_json(entry) for entry in collected.probes],
            "runs": list(collected.runs),
            "problems": list(collected.problems),
        }
        draft = self.folder / f"collected.{os.getpid()}"
        draft.write_text(json.dumps(data), encoding="utf-8")
        draft.replace(self.folder / "collected.json")

    def collected(self) -> Collected:
        """Return what a worker has collected."""
        path = self.folder / "collected.json"
        if not path.exists():
            return Collected()
        data = json.loads(path.read_text(encoding="utf-8"))
        return Collected(
            probes=tuple(from_json(Registered, entry) for entry in data["probes"]),
            runs=tuple(data["runs"]),
            problems=tuple(data["problems"]),
        )

    @property
    def site(self) -> Path:
        """The file that says where the run takes place."""
        return self.folder / "site.json"

    def stacks_of(self, worker: str) -> Path:
        """Return the file for the stacks of a process that hangs."""
        return self.folder / f"{worker}.stacks"

    def tell_process(self, worker: str) -> None:
        """Write this process's number."""
        (self.folder / f"{worker}.pid").write_text(str(os.getpid()), encoding="ascii")

    def process_of(self, worker: str) -> int | None:
        """Return the process number of a worker, if it has told it."""
        path = self.folder / f"{worker}.pid"
        return int(path.read_text(encoding="ascii")) if path.exists() else None


class Executing:
    """The plugin that guards this process and introduces it to the controller."""

    def __init__(
        self, guard: Guard, exchange: Exchange, worker: str, collecting: Collecting
    ) -> None:
        self._guard = guard
        self._exchange = exchange
        self._worker = worker
        self._collecting = collecting

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self) -> None:
        """Introduce the process."""
        self._exchange.tell_process(self._worker)

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Tell what was collected; from now on a signal stops us in good order."""
        self._exchange.tell_collected(self._collecting.collected)
        self._guard.start(session)

    def pytest_unconfigure(self) -> None:
        """Give the signals back."""
        self._guard.end()
