"""Built images on disk: one folder for each key, whole or not there at all."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_roadmap.target.images.archive import Image, Layer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

_RECORD = "made.json"
_KEPT = 2  # of each recipe: the newest, and the one before it


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What a recipe has been made into."""

    name: str
    key: str
    folder: Path
    images: tuple[Image, ...]

    def binary(self, name: str) -> Path:
        """Return one of the recipe's binaries."""
        return self.folder / "bin" / name


class Store:
    """The cache folder of built images.

    Args:
        folder: Where it is.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def find(self, name: str, key: str) -> Made | None:
        """Return what was made of the recipe `name` under `key`, if it was."""
        folder = self.folder / name / key
        with contextlib.suppress(FileNotFoundError):
            record = json.loads((folder / _RECORD).read_text("utf-8"))
            images = tuple(
                Image(
                    tag=image["tag"],
                    config=image["config"],
                    layers=tuple(
                        Layer(
                            path=folder / it["file"],
                            digest=it["digest"],
                            size=it["size"],
                        )
                        for it in image["layers"]
                    ),
                )
                for image in record["images"]
            )
            return Made(name=name, key=key, folder=folder, images=images)
        return None

    @contextlib.contextmanager
    def lock(self, name: str) -> Iterator[None]:
        """Keep other processes from building the recipe `name` meanwhile."""
        (self.folder / name).mkdir(parents=True, exist_ok=True)
        with (self.folder / name / "lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    @contextlib.contextmanager
    def making(self, name: str) -> Iterator[Path]:
        """Yield an empty folder to build in; what a killed build left goes first."""
        for left in (self.folder / name).glob(".making-*"):
            shutil.rmtree(left)
        folder = self.folder / name / f".making-{os.getpid()}"
        folder.mkdir(parents=True)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def keep(self, name: str, key: str, folder: Path, images: Sequence[Image]) -> Made:
        """Put a finished build from `folder` in its place, in one step."""
        layers = folder / "layers"
        layers.mkdir()
        record = []
        for image in images:
            kept = []
            for layer in image.layers:
                file = layers / f"{layer.digest.removeprefix('sha256:')}.tar"
                if not file.exists():
                    os.link(layer.path, file)
                kept.append(
                    {
                        "file": f"layers/{file.name}",
                        "digest": layer.digest,
                        "size": layer.size,
                    }
                )
            record.append({"tag": image.tag, "config": image.config, "layers": kept})
        (folder / _RECORD).write_text(json.dumps({"images": record}), "utf-8")
        for path in folder.iterdir():
            if path.name not in ("bin", "layers", _RECORD):
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        folder.rename(self.folder / name / key)
        self._forget_old(name)
        made = self.find(name, key)
        assert made is not None  # noqa: S101 - it was just put there
        return made

    def log(self, name: str) -> Path:
        """Return the file for the output of a build of the recipe `name`."""
        folder = self.folder / "logs"
        folder.mkdir(parents=True, exist_ok=True)
        return folder / f"{name}.log"

    def durations(self) -> dict[str, float]:
        """Return how long each recipe took when it was last built."""
        with contextlib.suppress(FileNotFoundError, ValueError):
            return dict(json.loads((self.folder / "durations.json").read_text("utf-8")))
        return {}

    def note_duration(self, name: str, seconds: float) -> None:
        """Remember how long a build took, for the next estimate."""
        file = self.folder / "durations.json"
        with (self.folder / "durations.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            known = self.durations() | {name: round(seconds, 1)}
            part = file.with_suffix(".part")
            part.write_text(json.dumps(known, indent=1, sort_keys=True), "utf-8")
            part.rename(file)

    def _forget_old(self, name: str) -> None:
        """Remove all but the newest builds of a recipe."""
        builds = [it.parent for it in (self.folder / name).glob(f"*/{_RECORD}")]
        builds.sort(key=lambda it: it.stat().st_mtime, reverse=True)
        for old in builds[_KEPT:]:
            shutil.rmtree(old, ignore_errors=True)
