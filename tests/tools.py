"""Get what the tests of the reports need beside Python, and nothing twice.

    python tests/tools.py

Chromium comes as Debian's package; axe-core and the schemas of CTRF and SARIF
come from npm, promtool from Debian's prometheus package, and pytest-html, with
which a benchmark compares, from PyPI, all of them into the user's cache:
unpacked, not installed, so that nothing is started, and no run of pytest gets
plugins that it did not ask for.  The tests fail where one of them is missing.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

CACHE = (
    Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    / "pytest-roadmap"
    / "tests"
)
CHROMIUM = "chromium"
PROMTOOL = CACHE / "prometheus" / "usr" / "bin" / "promtool"

# npm package, the file of it that the tests read.
AXE = ("axe-core@4.14.1", "axe.min.js")
CTRF = ("ctrf@0.3.0", "dist/ctrf-schema-0.0.json")
SARIF = ("@microsoft/jest-sarif@1.0.0-beta.0", "lib/schemas/sarif-2.1.0-rtm.5.json")
# pytest-html and what it needs beside pytest.
HTML = ("pytest-html==4.2.0", "pytest-metadata==3.1.1", "jinja2==3.1.6", "markupsafe")

REMEDY = "run `python tests/tools.py`"
_APT = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}


def chromium() -> str:
    """Return the browser; the tests fail without it."""
    found = shutil.which(CHROMIUM)
    assert found, f"{CHROMIUM} is not on PATH: {REMEDY}"
    return found


def promtool() -> Path:
    """Return Prometheus' own checker of rules."""
    assert PROMTOOL.exists(), f"{PROMTOOL} is missing: {REMEDY}"
    return PROMTOOL


def pytest_html() -> Path:
    """Return the folder that pytest-html can be imported from."""
    path = CACHE / HTML[0]
    assert path.exists(), f"{path} is missing: {REMEDY}"
    return path


def packed(package: tuple[str, str]) -> Path:
    """Return the file that the tests read of an npm package."""
    path = _place(package)
    assert path.exists(), f"{path} is missing: {REMEDY}"
    return path


def _place(package: tuple[str, str]) -> Path:
    """Return where the file of an npm package is kept."""
    name, file = package
    return CACHE / name.replace("/", "-") / Path(file).name


def main() -> int:
    """Get whatever is missing; return 1 with a reason if something cannot be got."""
    try:
        if not shutil.which(CHROMIUM):
            _apt("install", "--yes", "--no-install-recommends", CHROMIUM)
        if not PROMTOOL.exists():
            _unpack_prometheus()
        for package in (AXE, CTRF, SARIF):
            if not _place(package).exists():
                _unpack(package)
        if not (CACHE / HTML[0]).exists():
            _unpack_wheels(CACHE / HTML[0])
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"the tests' tools could not be got: {error}", file=sys.stderr)
        return 1
    return 0


def _apt(*arguments: str, folder: Path | None = None) -> None:
    """Run apt-get with fresh lists."""
    # A foreign source that does not answer is no reason to stop here.
    subprocess.run(["apt-get", "-qq", "update"], check=False, env=_APT)
    subprocess.run(["apt-get", "-q", *arguments], check=True, env=_APT, cwd=folder)


def _unpack_prometheus() -> None:
    """Unpack Debian's prometheus into the cache; installing would start it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)  # apt downloads as a user of its own
        _apt("download", "prometheus", folder=folder)
        (package,) = folder.glob("prometheus_*.deb")
        target = CACHE / "prometheus"
        target.mkdir(parents=True, exist_ok=True)
        subprocess.run(["dpkg", "-x", package, target], check=True)


def _unpack_wheels(target: Path) -> None:
    """Put pytest-html where only who asks for it finds it."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE) as folder:
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps"]
        subprocess.run([*pip, "--target", f"{folder}/html", *HTML], check=True)
        Path(folder, "html").rename(target)


def _unpack(package: tuple[str, str]) -> None:
    """Take one file out of an npm package, without running anything of it."""
    if not shutil.which("npm"):
        _apt("install", "--yes", "--no-install-recommends", "npm")
    name, file = package
    with tempfile.TemporaryDirectory() as folder:
        command = ["npm", "pack", "--silent", "--pack-destination", folder, name]
        subprocess.run(command, check=True, cwd=folder, stdout=subprocess.DEVNULL)
        (archive,) = Path(folder).glob("*.tgz")
        with tarfile.open(archive) as tar:
            content = tar.extractfile(f"package/{file}")
            assert content is not None, f"{name} has no {file}"
            data = content.read()
    place = _place(package)
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(data)


if __name__ == "__main__":
    sys.exit(main())
