"""A container engine of our own: its configuration, start and end."""

from __future__ import annotations

import ipaddress
import json
import os
import select
import signal
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_roadmap.errors import ProvisionError
from pytest_roadmap.target import engine as engines
from pytest_roadmap.target.commands import tail

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from pytest_roadmap.target.commands import Commands
    from pytest_roadmap.target.engine import Engine
    from pytest_roadmap.target.places import Places

ROUTES = Path("/proc/net/route")
_START_TRIES = 150  # of 0.2 s each
_TRY_S = 0.2
_STOP_S = 60.0
_RUNTIME = "without-missing-capabilities"

_WRAPPER = """\
#!/bin/sh
# runc, after it has taken from a container what this host does not have itself:
# an engine asks for every capability, and runc fails for each that is missing.
spec= last=
for word in "$@"; do
  case "$last" in
    --bundle | -b) spec="$word/config.json" ;;
    --process | -p) spec="$word" ;;
  esac
  last="$word"
done
if [ -n "$spec" ] && [ -f "$spec" ]; then
  sed -i -E 's/,"({names})"//g; s/"({names})",?//g' "$spec"
fi
exec runc "$@"
"""


def start(
    places: Places,
    commands: Commands,
    missing: Sequence[str],
    tell: Callable[[str], None],
) -> Engine:
    """Start an engine of our own and return it when it answers.

    Args:
        places: Where its files go.
        commands: Starts it.
        missing: Capabilities that this host lacks.
        tell: Is given a line of progress.

    Raises:
        ProvisionError: It ended or does not answer; with the end of its log.
    """
    folder = places.engine
    folder.mkdir(parents=True, exist_ok=True)
    config = folder / "daemon.json"
    settings = configuration(folder, missing, used_networks(ROUTES.read_text("ascii")))
    config.write_text(json.dumps(settings, indent=1), "utf-8")
    if missing:
        _write_wrapper(folder / _RUNTIME, missing)
    log = folder / "dockerd.log"
    tell(f"starting a container engine of our own (log: {log})")
    running = commands.start(
        ["dockerd", f"--config-file={config}"], environment={"DOCKER_HOST": ""}, log=log
    )
    for _ in range(_START_TRIES):
        if running.ended_within(_TRY_S):
            break
        if found := engines.at(engines.socket(places), places, commands):
            return found
    raise ProvisionError(
        f"the container engine did not start:\n{tail(log)}",
        where=str(log),
        remedy="`pytest-roadmap doctor` says what this machine lacks",
    )


def configuration(
    folder: Path,
    missing: Sequence[str],
    used: Iterable[ipaddress.IPv4Network],
) -> dict[str, object]:
    """Return the settings of an engine whose files are in `folder`."""
    runtimes = {
        "default-runtime": _RUNTIME,
        "runtimes": {_RUNTIME: {"path": str(folder / _RUNTIME)}},
    }
    return {
        "data-root": str(folder / "data"),
        "exec-root": str(folder / "run"),
        "pidfile": str(folder / "docker.pid"),
        "hosts": [engines.unix(folder)],
        # kind makes a network of its own; the default one would only collide
        # with another engine's.
        "bridge": "none",
        "default-address-pools": [{"base": str(free_pool(used)), "size": 24}],
        "log-driver": "json-file",
        "log-opts": {"max-size": "20m", "max-file": "2"},
        **(runtimes if missing else {}),
    }


def wrapper(missing: Sequence[str]) -> str:
    """Return a runtime that removes `missing` from what containers ask for."""
    return _WRAPPER.replace("{names}", "|".join(missing))


def used_networks(routes: str) -> list[ipaddress.IPv4Network]:
    """Return the networks that the host has routes to (text of /proc/net/route)."""
    networks = []
    for line in routes.splitlines()[1:]:
        words = line.split()
        address, mask = (bytes.fromhex(words[at])[::-1] for at in (1, 7))
        if any(mask):  # the default route is no network
            text = f"{ipaddress.IPv4Address(address)}/{ipaddress.IPv4Address(mask)}"
            networks.append(ipaddress.IPv4Network(text))
    return networks


def free_pool(used: Iterable[ipaddress.IPv4Network]) -> ipaddress.IPv4Network:
    """Return private addresses that overlap none of `used`.

    Raises:
        ProvisionError: There are none.
    """
    taken = [*used, *map(ipaddress.IPv4Network, ("10.96.0.0/16", "10.244.0.0/16"))]
    for second in range(210, 255):
        pool = ipaddress.IPv4Network(f"10.{second}.0.0/16")
        if not any(pool.overlaps(network) for network in taken):
            return pool
    for second in range(16, 32):
        pool = ipaddress.IPv4Network(f"172.{second}.0.0/16")
        if not any(pool.overlaps(network) for network in taken):
            return pool
    raise ProvisionError(
        "this host has routes into every private network that we could use",
        where="/proc/net/route",
        remedy="start an engine yourself with a pool that is free, and name it in "
        "DOCKER_HOST",
    )


def stop(places: Places, tell: Callable[[str], None]) -> bool:
    """Stop the engine that we started; whether there was one.

    The recorded process is ended only if it still is our engine.

    Raises:
        ProvisionError: It does not end.
    """
    pid = our_pid(places)
    if pid is None:
        return False
    tell(f"stopping our container engine (process {pid})")
    descriptor = os.pidfd_open(pid)
    try:
        signal.pidfd_send_signal(descriptor, signal.SIGTERM)
        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        if not poll.poll(_STOP_S * 1000):
            raise ProvisionError(
                f"our container engine did not end within {_STOP_S:.0f} s",
                where=f"process {pid}",
                remedy=f"see {places.engine / 'dockerd.log'}",
            )
    finally:
        os.close(descriptor)
    return True


def our_pid(places: Places) -> int | None:
    """Return the process of the engine that we started, if it still runs."""
    try:
        pid = int((places.engine / "docker.pid").read_text("ascii"))
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except (OSError, ValueError):
        return None
    ours = f"--config-file={places.engine / 'daemon.json'}".encode()
    return pid if ours in words else None


def _write_wrapper(file: Path, missing: Sequence[str]) -> None:
    """Write the runtime that leaves `missing` capabilities out."""
    file.write_text(wrapper(missing), "ascii")
    file.chmod(file.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
