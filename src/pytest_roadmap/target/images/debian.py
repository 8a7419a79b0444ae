"""Root file systems of Debian packages."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_roadmap.target.images.recipe import DebianRoot
    from pytest_roadmap.target.images.workshop import Workshop

APT = Path("/etc/apt")
_ARCHIVE = "http://deb.debian.org/debian"
_NEEDLESS = (
    "var/cache/apt",
    "var/lib/apt/lists",
    "var/log",
    "usr/share/doc",
    "usr/share/man",
    "usr/share/locale",
    "usr/share/info",
    "usr/share/lintian",
)
_CHANGING = ("var/cache/ldconfig/aux-cache", "etc/machine-id", "etc/hostname")


def build(recipe: DebianRoot, debs: Path, shop: Workshop) -> Path:
    """Return a root file system as a tar file.

    Args:
        recipe: Suite and packages.
        debs: A folder that keeps downloaded packages.
        shop: Where it is built.

    Raises:
        ProvisionError: A program failed; with the end of its output.
    """
    debs.mkdir(parents=True, exist_ok=True)
    root = shop.folder / "root"
    shop.run(
        f"debootstrap of {recipe.suite}",
        "debootstrap",
        "--variant=minbase",
        f"--cache-dir={debs}",
        f"--include={','.join(recipe.packages)}",
        recipe.suite,
        str(root),
        mirror(APT),
        remedy="it needs root and the package mirror that /etc/apt names",
    )
    slim(root)
    out = shop.folder / "root.tar"
    pack(root, out, shop)
    shutil.rmtree(root)
    return out


def slim(root: Path) -> None:
    """Remove what no container reads, and what differs from build to build."""
    for name in _NEEDLESS:
        folder = root / name
        for path in folder.iterdir() if folder.is_dir() else ():
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()
    for name in _CHANGING:
        (root / name).unlink(missing_ok=True)


def pack(root: Path, out: Path, shop: Workshop) -> None:
    """Write `root` as a tar file that keeps owners, modes and capabilities."""
    shop.run(
        f"packing {out.name}",
        "tar",
        "--numeric-owner",
        "--sort=name",
        "--mtime=@0",
        "--xattrs",
        "--xattrs-include=*",
        *(f"--exclude=./{name}/*" for name in ("dev", "proc", "sys")),
        *("-C", str(root), "-cf", str(out), "."),
    )


def mirror(apt: Path) -> str:
    """Return the mirror of Debian that this machine's apt uses."""
    lists = sorted((apt / "sources.list.d").glob("*")) if apt.is_dir() else []
    for file in [*lists, apt / "sources.list"]:
        if not file.is_file():
            continue
        for line in file.read_text("utf-8", "replace").splitlines():
            words = re.sub(r"\[.*?\]", "", line).split()
            if len(words) > 1 and words[0] in ("URIs:", "deb"):
                address = words[1].rstrip("/")
                if address.endswith("/debian"):
                    return address
    return _ARCHIVE
