"""Heals a target whose run was killed, without anybody asking for it.

    python -m pytest_roadmap.target.watchdog JOURNAL CLUSTER

It is started beside the first fault of a process, in a session of its own.  It
sleeps in the kernel until the process gives its journal's lock up, which is
when it ends, however it ends.  Faults that are open then are undone.

A machine that goes down as a whole takes the watchdog with it; what it has
done to nodes is undone there when its deadline is over (see `faults.deadline`).
"""

from __future__ import annotations

import fcntl
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pytest_roadmap.errors import NeverHappenedError, RoadmapError, UnavailableError
from pytest_roadmap.target import clock
from pytest_roadmap.target.journal import open_entries
from pytest_roadmap.target.pulse import pulse

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_roadmap.target.heal import Healing

LOG: Final = "watchdog.log"
_TRIES_S: Final = 600.0  # a node or an API server may need minutes to come back
_PAUSE_S: Final = 10.0
_INHERITED: Final = 1024


def start(journal: Path, cluster: str) -> None:
    """Start the watchdog of a journal.

    Args:
        journal: The file, which this process holds a lock on.
        cluster: `kind` or `context:NAME`.
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    log = (os.POSIX_SPAWN_OPEN, 1, str(journal.parent / LOG), flags, 0o600)
    os.posix_spawn(  # it outlives us: that is its purpose
        sys.executable,
        [sys.executable, "-m", __name__, str(journal), cluster],
        os.environ,
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            log,
            (os.POSIX_SPAWN_DUP2, 1, 2),
        ],
        setsid=True,
    )


def main(arguments: Sequence[str]) -> int:
    """Wait for the end of a journal's process; heal; return the exit status."""
    journal, cluster = Path(arguments[0]), arguments[1]
    try:
        with journal.open("r+", encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
    except FileNotFoundError:
        return 0  # it ended in order, before we looked
    if not journal.exists() or not open_entries(journal):
        return 0
    try:
        pulse.ask_until(
            lambda: _healed(cluster, journal),
            within=_TRIES_S,
            what=f"the faults in {journal.name} to be undone",
            every=_PAUSE_S,
        )
    except NeverHappenedError as error:
        _say(f"{error}; run `pytest-roadmap heal --cluster {cluster}`")
        return 1
    return 0


def _healed(cluster: str, journal: Path) -> bool:
    """Undo what dead processes left; whether this journal is done with."""
    try:
        healing = heal_left_behind(cluster, journal.parent)
    except (RoadmapError, UnavailableError) as error:
        _say(f"not yet: {error}")
        return False
    for line in healing.undone:
        _say(f"undone: {line}")
    for line in healing.failed:
        _say(f"not yet undone: {line}")
    return not journal.exists() or not open_entries(journal)


def heal_left_behind(cluster: str, folder: Path) -> Healing:
    """Undo on a cluster what the journals of dead processes in a folder say.

    What they did they were allowed to do: undoing it needs no further leave,
    which an API server that is gone could not give.

    Raises:
        RoadmapError: The cluster cannot be reached.
        UnavailableError: Nobody provides it.
    """
    # Deferred: most watchdogs end without anything to heal.
    from pytest_roadmap.target.cluster import Cluster
    from pytest_roadmap.target.connection import Connection
    from pytest_roadmap.target.provider import Wishes, provide

    provider = provide(cluster, Wishes(provision="never", tell=lambda _: None))
    if provider is None:
        raise UnavailableError(f"nobody provides the cluster {cluster}")
    found = Cluster(
        Connection.of(provider.status(), named=True),
        access=provider.nodes,
        state=folder,
        run="watchdog",
    )
    try:
        return found.heal()
    finally:
        found.close()


def _say(line: str) -> None:
    """Write a line of the log."""
    print(f"{clock.stamp(clock.now())} {line}", flush=True)


if __name__ == "__main__":
    os.closerange(3, _INHERITED)  # who waits for those files waits for the run only
    sys.exit(main(sys.argv[1:]))
