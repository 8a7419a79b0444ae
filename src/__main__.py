"""The two commands of the README, on a machine that has only Python.

    python3 src run  [pytest options]   install, make the cluster, score the plan
    python3 src test [step …]           install what the tests need, run them all

Standard library only, since nothing is installed yet.  The package goes into
`.venv` in the checkout, and the tests' PostgreSQL comes from Debian; whatever
else is needed (an engine, Go, images) the installed tool itself fetches later,
and says so before it does.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
VENV = CHECKOUT / ".venv"
PYTHON = VENV / "bin" / "python"
POSTGRESQL = Path("/usr/lib/postgresql")
NO_CLUSTER = Path("/etc/postgresql-common/createcluster.d/roadmap.conf")


def main(arguments: list[str]) -> int:
    """Install what the command needs and run it; return its exit status."""
    command, *rest = arguments or [""]
    if sys.version_info < (3, 11):  # noqa: UP036 - told here, not by a SyntaxError
        return _complain("Python 3.11 or newer is needed", "install python3.11")
    if command == "run":
        install("")
        return _run([str(VENV / "bin" / "pytest"), "--roadmap", *rest])
    if command == "test":
        install("[test]")
        provide_postgresql()
        return _run([str(PYTHON), str(CHECKOUT / "tests" / "everything.py"), *rest])
    print(__doc__, file=sys.stderr)
    return 2


def install(extra: str) -> None:
    """Put the package, with the optional dependencies `extra`, into `.venv`.

    Does nothing when the last installation was made from the same
    pyproject.toml with the same extra.
    """
    stamp = VENV / f"installed{extra}"
    wanted = hashlib.sha256((CHECKOUT / "pyproject.toml").read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        return
    if not PYTHON.exists():
        _make_venv()
    print(f"Installing pytest-roadmap{extra} into {VENV} …", flush=True)
    pip = [str(PYTHON), "-m", "pip", "install", "--quiet", "--editable"]
    subprocess.run([*pip, f"{CHECKOUT}{extra}"], check=True)
    stamp.write_text(wanted)


def _make_venv() -> None:
    """Create `.venv`; install Debian's python3-venv first where it is missing."""
    make = [sys.executable, "-m", "venv", str(VENV)]
    if subprocess.run(make, check=False, capture_output=True).returncode == 0:
        return
    shutil.rmtree(VENV, ignore_errors=True)
    if not _may_install():
        sys.exit(
            _complain(
                "this Python cannot make virtual environments",
                "as root: apt-get install python3-venv, then again",
            )
        )
    print("Installing Debian's python3-venv: this Python has no ensurepip.", flush=True)
    _apt_get("python3-venv")
    subprocess.run(make, check=True)


def provide_postgresql() -> None:
    """Install Debian's PostgreSQL for the tests of the history, if it is missing.

    They start a server of their own, so Debian's is kept from making one.
    """
    if shutil.which("initdb") or any(POSTGRESQL.glob("*/bin/initdb")):
        return
    if not _may_install():
        remedy = "as root: apt-get install postgresql; the other tests run without"
        _complain("the tests of the history need PostgreSQL", remedy)
        return
    print(
        "Installing Debian's postgresql: the tests of the history use it.", flush=True
    )
    fresh = not NO_CLUSTER.parent.parent.exists()
    if fresh:
        NO_CLUSTER.parent.mkdir(parents=True)
        NO_CLUSTER.write_text("create_main_cluster = false\n")
    try:
        _apt_get("postgresql")
    finally:
        if fresh:
            NO_CLUSTER.unlink(missing_ok=True)


def _may_install() -> bool:
    """Tell whether Debian's packages can be installed."""
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def _apt_get(package: str) -> None:
    """Install a package of Debian."""
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = ["apt-get", "-qy", "install", "--no-install-recommends", package]
    subprocess.run(["apt-get", "-q", "update"], check=True, env=quiet)
    subprocess.run(install, check=True, env=quiet)


def _run(command: list[str]) -> int:
    """Run `command` in the checkout; a Ctrl-C is the child's to handle."""
    process = subprocess.Popen(command, cwd=CHECKOUT)
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue


def _complain(what: str, remedy: str) -> int:
    """Say what is wrong and what to do about it; return the exit status."""
    print(f"pytest-roadmap: {what}\n  → {remedy}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
