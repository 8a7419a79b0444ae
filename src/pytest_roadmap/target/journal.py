"""What must be undone, written to disk before it is done.

One file for each process that breaks things, one JSON line for each fault and
one for its end.  The process holds a lock on its file as long as it lives, so
that `heal` can tell a fault that is going on from one that was left behind.
"""

from __future__ import annotations

import dataclasses
import fcntl
import json
import os
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pytest_roadmap.errors import TargetError
from pytest_roadmap.target import clock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_PATTERN = "faults-*.jsonl"


@dataclass(frozen=True, slots=True, kw_only=True)
class Undo:
    """One step that undoes a fault; doing it twice does no harm.

    `way` is one of

        run      run `argv` on `node` (a status other than 0 is a failure)
        uncordon let pods onto `node` again
        scale    set the replicas of `object` in `namespace` to `replicas`
        patch    apply the JSON merge patch `patch` to `object` in `namespace`
        delete   delete `object` in `namespace` (namespace empty: of the cluster)
        start    switch `node` on
        resume   let the frozen `node` go on
        connect  put `node` back on the network
    """

    way: str
    node: str = ""
    argv: tuple[str, ...] = ()
    object: str = ""  # Kind/name
    namespace: str = ""
    replicas: int = 0
    patch: str = ""  # JSON

    def __str__(self) -> str:
        """Return the step in words."""
        return {
            "run": f"run `{' '.join(self.argv)[:80]}` on {self.node}",
            "uncordon": f"uncordon {self.node}",
            "scale": f"scale {self.object} in {self.namespace} to {self.replicas}",
            "patch": f"patch {self.object} in {self.namespace}",
            "delete": f"delete {self.object} {self.namespace}".rstrip(),
            "start": f"switch {self.node} on",
            "resume": f"let {self.node} go on",
            "connect": f"put {self.node} back on the network",
        }[self.way]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A fault that was begun: what it is, and how it is undone."""

    id: str
    at: float
    context: str  # the cluster's kubeconfig context, so that heal finds its own
    what: str
    undo: tuple[Undo, ...]


class Journal:
    """The journal of this process, in a folder shared by all of them.

    Args:
        folder: Where the journals of all processes are.
        context: What names the cluster that is disturbed.
        watch: Is given the journal's file as soon as there is one.
    """

    def __init__(
        self,
        folder: Path,
        context: str,
        watch: Callable[[Path], None] | None = None,
    ) -> None:
        self.folder = folder
        self.context = context
        self._watch = watch
        self._file: Any = None

    def begin(self, what: str, undo: tuple[Undo, ...]) -> Entry:
        """Write a fault down, to the disk itself, and return its entry.

        Raises:
            TargetError: It cannot be written; then the fault must not be made.
        """
        entry = Entry(
            id=uuid.uuid4().hex[:12],
            at=clock.now(),
            context=self.context,
            what=what,
            undo=undo,
        )
        self._write(dataclasses.asdict(entry))
        return entry

    def end(self, entry: Entry) -> None:
        """Write down that a fault was undone."""
        self._write({"ended": entry.id})

    def close(self) -> None:
        """Give the lock up; an empty or finished journal is removed."""
        if self._file is None:
            return
        path = self.folder / self._file.name
        unfinished = open_entries(path)
        self._file.close()
        self._file = None
        if not unfinished:
            path.unlink(missing_ok=True)

    def _write(self, line: dict[str, Any]) -> None:
        """Append one line and wait until the disk has it."""
        try:
            if self._file is None:
                self._file = _opened(self.folder)
                if self._watch is not None:
                    self._watch(self.folder / self._file.name)
            self._file.write(json.dumps(line) + "\n")
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError as error:
            raise TargetError(
                f"the journal of faults cannot be written: {error.strerror}",
                where=str(self.folder),
                remedy="make room on the disk: without it nothing may be broken",
            ) from error


def left_behind(folder: Path) -> Iterator[tuple[Path, tuple[Entry, ...]]]:
    """Yield the journals of processes that are gone, with what they left.

    Each file is locked while it is yielded, so that two healers never meet.
    """
    for path in sorted(folder.glob(_PATTERN)):
        try:
            file = path.open("r+")
        except FileNotFoundError:
            continue  # another one has just healed it
        with file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue  # its process lives
            yield path, open_entries(path)


def _opened(folder: Path) -> Any:
    """Open and lock a new journal, and make its name lasting."""
    folder.mkdir(parents=True, exist_ok=True)
    name = f"faults-{os.getpid()}-{uuid.uuid4().hex[:8]}.jsonl"
    file = (folder / name).open("x", encoding="utf-8")
    fcntl.flock(file, fcntl.LOCK_EX)
    directory = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
    return file


def open_entries(path: Path) -> tuple[Entry, ...]:
    """Return the faults in a journal that were begun and not ended.

    A last line that was cut off belongs to a fault that was never made.
    """
    begun: dict[str, Entry] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            fields = json.loads(line)
        except ValueError:
            continue
        if "ended" in fields:
            begun.pop(fields["ended"], None)
        else:
            steps = tuple(
                Undo(**{**step, "argv": tuple(step["argv"])})
                for step in fields.pop("undo")
            )
            begun[fields["id"]] = Entry(**fields, undo=steps)
    return tuple(begun.values())
