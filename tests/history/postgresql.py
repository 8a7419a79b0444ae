"""A real PostgreSQL server in a folder of its own, on a Unix socket only.

The server refuses to run as root, so root lends it to `nobody`.
"""

from __future__ import annotations

import itertools
import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path

import psycopg

_NUMBERS = itertools.count()


def programs() -> Path:
    """Return the folder of the newest server that is installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    on_path = shutil.which("initdb")
    if not found and not on_path:
        message = "PostgreSQL is missing: apt-get install postgresql"
        raise RuntimeError(message)
    return (found[-1] if found else Path(on_path).resolve()).parent


class Server:
    """One server.  `crash` ends it as a power cut would."""

    def __init__(self) -> None:
        self._programs = programs()
        self._folder = Path(tempfile.mkdtemp(prefix="roadmap-pg-"))
        self._data = self._folder / "data"
        self._as: dict = {"cwd": self._folder}
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            os.chown(self._folder, nobody.pw_uid, nobody.pw_gid)
            self._as |= {"user": nobody.pw_uid, "group": nobody.pw_gid}
            self._as |= {"extra_groups": []}
        plain = (
            "-A",
            "trust",
            "-U",
            "roadmap",
            "-E",
            "UTF8",
            "--locale=C",
            "--no-sync",
        )
        self._run("initdb", "-D", self._data, *plain)

    def start(self) -> None:
        """Start it and wait until it answers."""
        settings = f"-c listen_addresses='' -c fsync=off -k {self._folder}"
        log = self._folder / "log"
        self._run("pg_ctl", "-D", self._data, "-o", settings, "-l", log, "-w", "start")

    def crash(self) -> None:
        """End it at once."""
        self._run("pg_ctl", "-D", self._data, "-m", "immediate", "-w", "stop")

    def remove(self) -> None:
        """End it and take its folder away."""
        self.crash()
        shutil.rmtree(self._folder)

    def new_database(self) -> str:
        """Make a database and return its URL."""
        name = f"history{next(_NUMBERS)}"
        with psycopg.connect(self._url("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return self._url(name)

    def _url(self, name: str) -> str:
        """Return the URL of a database."""
        return f"postgresql://roadmap@/{name}?host={self._folder}"

    def _run(self, program: str, *arguments: object) -> None:
        """Run one of the server's programs."""
        command = [str(self._programs / program), *map(str, arguments)]
        done = subprocess.run(
            command,
            check=False,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            **self._as,
        )
        assert done.returncode == 0, done.stderr
