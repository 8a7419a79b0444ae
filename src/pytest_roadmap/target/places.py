"""Where things are: the checkout, and our folder outside of it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from pytest_roadmap.errors import TargetError

_CACHE = "PYTEST_ROADMAP_CACHE"
_HOME = "PYTEST_ROADMAP_HOME"


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """The folders that the tool uses.

    Args:
        checkout: The folder with `k8s/` and `suites/`.
        cache: Ours, outside the checkout: images, engine, state.
    """

    checkout: Path
    cache: Path

    @property
    def recipes(self) -> Path:
        """Return the folder with one folder for each image."""
        return self.checkout / "k8s" / "images"

    @property
    def cluster(self) -> Path:
        """Return the folder with the cluster's configuration."""
        return self.checkout / "k8s" / "cluster"

    @property
    def addons(self) -> Path:
        """Return the folder with the manifests of the cluster's add-ons."""
        return self.checkout / "k8s" / "addons"

    @property
    def images(self) -> Path:
        """Return the folder of built images."""
        return self.cache / "images"

    @property
    def engine(self) -> Path:
        """Return the folder of an engine that we start."""
        return self.cache / "engine"

    @property
    def state(self) -> Path:
        """Return the folder of what we made and must find again."""
        return self.cache / "state"

    @property
    def kubeconfig(self) -> Path:
        """Return the file that says how our cluster is reached."""
        return self.state / "kubeconfig"


def places(checkout: Path | None = None, cache: Path | None = None) -> Places:
    """Return the folders of this run, from the environment where not given."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    ours = cache or Path(os.environ.get(_CACHE) or Path(home) / "pytest-roadmap")
    return Places(checkout=checkout or find_checkout(), cache=ours.absolute())


def find_checkout(start: Path | None = None) -> Path:
    """Return the folder with `k8s/images`, above `start` or above this file.

    Raises:
        TargetError: There is none.
    """
    if named := os.environ.get(_HOME):
        return Path(named).absolute()
    here = (start or Path.cwd()).absolute()
    source = Path(__file__).absolute()
    for folder in (here, *here.parents, *source.parents):
        if (folder / "k8s" / "images").is_dir():
            return folder
    raise TargetError(
        "no folder with k8s/images was found here or above",
        where=str(here),
        remedy=f"run in a checkout of pytest-roadmap, or name it in {_HOME}",
    )
