"""Programs that we run on this machine, by one way that tests can replace."""

from __future__ import annotations

import contextlib
import os
import subprocess
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, Protocol

from pytest_roadmap.errors import ProvisionError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    Feed = Callable[[BinaryIO], None]

_TAIL_LINES = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandResult:
    """What a program left behind.  A program killed by signal N has status -N."""

    status: int
    stdout: str = ""
    stderr: str = ""

    @property
    def ok(self) -> bool:
        """Whether the program said that it succeeded."""
        return self.status == 0

    @property
    def complaint(self) -> str:
        """Return the last lines that say what went wrong."""
        text = self.stderr.strip() or self.stdout.strip()
        return "\n".join(text.splitlines()[-_TAIL_LINES:])


class Commands(Protocol):
    """Runs programs."""

    def run(  # noqa: PLR0913 - a program has these sides
        self,
        argv: Sequence[str],
        *,
        stdin: bytes | Feed | None = None,
        timeout_s: float | None = None,
        environment: Mapping[str, str] | None = None,
        folder: Path | None = None,
        log: Path | None = None,
    ) -> CommandResult:
        """Run `argv` to its end and return what it left.

        Args:
            argv: The program and its arguments; never shell text.
            stdin: What it reads: bytes, or a function that writes them.
            timeout_s: It is killed after this time (status 124).
            environment: Variables on top of ours.
            folder: Where it runs.
            log: A file that both of its outputs are appended to; they are then
                not in the result, but for the tail of the file in `stderr`.
        """
        ...

    def start(
        self, argv: Sequence[str], *, environment: Mapping[str, str], log: Path
    ) -> Running:
        """Start `argv` in a session of its own: it outlives us."""
        ...


class Running(Protocol):
    """A program that goes on."""

    @property
    def pid(self) -> int:
        """Its process id."""
        ...

    def ended_within(self, seconds: float) -> bool:
        """Wait for its end at most so long; whether it ended."""
        ...


class Machine:
    """Runs programs on the machine that we run on."""

    def start(
        self, argv: Sequence[str], *, environment: Mapping[str, str], log: Path
    ) -> Running:
        """Start `argv` in a session of its own: see `Commands.start`."""
        with log.open("ab") as out:
            process = subprocess.Popen(
                list(argv),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                env={**os.environ, **environment},
                start_new_session=True,
            )
        return _Background(process)

    def run(  # noqa: PLR0913 - a program has these sides
        self,
        argv: Sequence[str],
        *,
        stdin: bytes | Feed | None = None,
        timeout_s: float | None = None,
        environment: Mapping[str, str] | None = None,
        folder: Path | None = None,
        log: Path | None = None,
    ) -> CommandResult:
        """Run `argv` to its end: see `Commands.run`."""
        with contextlib.ExitStack() as stack:
            out = stack.enter_context(log.open("ab")) if log else subprocess.PIPE
            try:
                process = stack.enter_context(
                    subprocess.Popen(
                        list(argv),
                        stdin=subprocess.DEVNULL if stdin is None else subprocess.PIPE,
                        stdout=out,
                        stderr=subprocess.STDOUT if log else subprocess.PIPE,
                        env={**os.environ, **(environment or {})},
                        cwd=folder,
                    )
                )
            except FileNotFoundError:
                return CommandResult(status=127, stderr=f"{argv[0]}: not found")
            return _finish(process, stdin, timeout_s, log)


class _Background:
    """A program that `Machine.start` started."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def ended_within(self, seconds: float) -> bool:
        """Wait for its end at most so long; whether it ended."""
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            # Ours no longer: no warning when the object goes while it runs.
            self._process.returncode = None
            return False
        return True


def _finish(
    process: subprocess.Popen[bytes],
    stdin: bytes | Feed | None,
    timeout_s: float | None,
    log: Path | None,
) -> CommandResult:
    """Feed `process`, wait for its end and return what it left."""
    feeder = None
    if callable(stdin):
        # The pipe is the feeder's now: communicate() must not close it early.
        pipe, process.stdin = process.stdin, None
        feeder = threading.Thread(target=_feed, args=(pipe, stdin), daemon=True)
        feeder.start()
    try:
        data = stdin if isinstance(stdin, bytes) else None
        stdout, stderr = process.communicate(data, timeout=timeout_s)
        status = process.returncode
    except subprocess.TimeoutExpired:
        process.kill()
        stdout, stderr = process.communicate()
        status = 124
    finally:
        if process.poll() is None:  # whatever interrupted the wait for it
            process.kill()
    if feeder:
        feeder.join()
    err = tail(log) if log else (stderr or b"").decode(errors="replace")
    return CommandResult(
        status=status, stdout=(stdout or b"").decode(errors="replace"), stderr=err
    )


def _feed(pipe: BinaryIO, write: Feed) -> None:
    """Write a program's input; one that ends early says why by its status."""
    with contextlib.suppress(BrokenPipeError):
        write(pipe)
    with contextlib.suppress(BrokenPipeError):
        pipe.close()


def tail(log: Path, lines: int = _TAIL_LINES) -> str:
    """Return the last lines of a log file."""
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - 16384))
        text = file.read().decode(errors="replace")
    return "\n".join(text.strip().splitlines()[-lines:])


def must(result: CommandResult, what: str, *, where: str = "", remedy: str = "") -> str:
    """Return the output of a program that has to succeed.

    Raises:
        ProvisionError: It did not.
    """
    if result.ok:
        return result.stdout
    complaint = f":\n{result.complaint}" if result.complaint else ""
    raise ProvisionError(
        f"{what} failed with status {result.status}{complaint}",
        where=where,
        remedy=remedy,
    )
