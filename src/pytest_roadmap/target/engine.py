"""The container engine: what answers, and how it is spoken to.

An engine that already works is used and never stopped.  One that we start (see
`dockerd`) has its own data, sockets and address pools below our cache folder, so
that it can live beside any other.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_roadmap.target.commands import CommandResult, Commands, Feed
    from pytest_roadmap.target.places import Places

_SYSTEM_SOCKET = "unix:///var/run/docker.sock"
_DEBIAN_CLIENT = "/usr/bin/docker"
_ANSWER_S = 10.0
_OWN = "PYTEST_ROADMAP_ENGINE"  # `own`: look at no other engine


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """A container engine that answers.

    Args:
        host: Its address (`DOCKER_HOST`).
        client: The client that speaks to it.
        version: Its version.
        ours: We started it.
        commands: Runs the client.
    """

    host: str
    client: str
    version: str
    ours: bool
    commands: Commands = field(repr=False, compare=False)

    @property
    def environment(self) -> dict[str, str]:
        """Return the variables by which other programs find this engine."""
        folder = str(Path(self.client).parent)
        path = f"{folder}:{os.environ.get('PATH', '')}"
        return {"DOCKER_HOST": self.host, "DOCKER_CONTEXT": "", "PATH": path}

    def run(
        self,
        *arguments: str,
        stdin: bytes | Feed | None = None,
        timeout_s: float | None = None,
    ) -> CommandResult:
        """Run the client with `arguments`."""
        return self.commands.run(
            [self.client, *arguments],
            stdin=stdin,
            timeout_s=timeout_s,
            environment=self.environment,
        )


def find(places: Places, commands: Commands) -> Engine | None:
    """Return the engine to use: DOCKER_HOST's, the system's or ours, if it answers."""
    ours = socket(places)
    named = os.environ.get("DOCKER_HOST")
    hosts = [named] if named else [_usual(commands), ours]
    if only_own():
        hosts = [ours]
    for host in hosts:
        if found := at(host, places, commands):
            return found
    return None


def only_own() -> bool:
    """Whether the user wants an engine of our own, whatever else there is."""
    return os.environ.get(_OWN) == "own"


def at(host: str, places: Places, commands: Commands) -> Engine | None:
    """Return the engine at the address `host`, if it answers."""
    ours = host == socket(places)
    for client in clients(ours=ours):
        version = _version(host, client, commands)
        if version:
            return Engine(
                host=host, client=client, version=version, ours=ours, commands=commands
            )
    return None


def socket(places: Places) -> str:
    """Return the address of an engine that we start."""
    return unix(places.engine)


def unix(folder: Path) -> str:
    """Return the address of an engine whose socket is in `folder`."""
    return f"unix://{folder / 'docker.sock'}"


def clients(*, ours: bool) -> Sequence[str]:
    """Return the clients on this machine, the best first.

    Debian's engine comes with its client; another one on PATH may be too new
    for it, so ours is asked with Debian's first.
    """
    on_path = shutil.which("docker")
    found = [on_path] if on_path else []
    if Path(_DEBIAN_CLIENT).exists():
        found = [_DEBIAN_CLIENT, *found] if ours else [*found, _DEBIAN_CLIENT]
    return list(dict.fromkeys(found))


def _usual(commands: Commands) -> str:
    """Return the address that Docker's client would use by itself.

    That is the system's socket, or what the user's Docker context says where
    there is none (Docker Desktop, an engine without root).
    """
    for client in () if _there(_SYSTEM_SOCKET) else clients(ours=False):
        argv = [client, "context", "inspect", "--format={{.Endpoints.docker.Host}}"]
        result = commands.run(argv, timeout_s=_ANSWER_S)
        if result.ok and result.stdout.strip():
            return result.stdout.strip()
    return _SYSTEM_SOCKET


def _there(host: str) -> bool:
    """Whether something may answer at `host`: a local socket has to exist."""
    local = host.removeprefix("unix://")
    return local == host or Path(local).exists()


def _version(host: str, client: str, commands: Commands) -> str:
    """Return the version of the engine at `host`, empty if `client` gets none."""
    if not _there(host):
        return ""
    result = commands.run(
        [client, "version", "--format", "{{.Server.Version}}"],
        environment={"DOCKER_HOST": host, "DOCKER_CONTEXT": ""},
        timeout_s=_ANSWER_S,
    )
    return result.stdout.strip() if result.ok else ""
