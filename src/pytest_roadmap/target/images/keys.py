"""What an image depends on, as one hash: the same key means the same image."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING

from pytest_roadmap.errors import ProvisionError
from pytest_roadmap.target.images.recipe import Recipe, read

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# Part of every key: raise it when the builder makes something else of a recipe.
BUILDER = "1"
_KEY_LENGTH = 16
_FOLDERS_LEFT_OUT = frozenset({".git", "testdata", "__pycache__"})
_SUFFIXES_LEFT_OUT = ("_test.go", ".md")


class Shelf:
    """The recipes of a checkout with their keys, each computed once.

    Args:
        folder: `k8s/images`.
        checkout: What `//` stands for in a recipe.
    """

    def __init__(self, folder: Path, checkout: Path) -> None:
        self.folder = folder
        self.checkout = checkout
        self._recipes: dict[str, Recipe] = {}
        self._keys: dict[str, str] = {}

    def recipe(self, name: str) -> Recipe:
        """Return the recipe `name`."""
        if name not in self._recipes:
            self._recipes[name] = read(self.folder / name)
        return self._recipes[name]

    def key(self, name: str, chain: tuple[str, ...] = ()) -> str:
        """Return the key of the recipe `name`.

        Raises:
            ProvisionError: Recipes need each other in a circle.
        """
        if name in chain:
            circle = " → ".join((*chain[chain.index(name) :], name))
            raise ProvisionError(
                f"recipes need each other in a circle: {circle}",
                where=str(self.folder / name / "recipe.yaml"),
                remedy="take one of these references out",
            )
        if name not in self._keys:
            recipe = self.recipe(name)
            digest = hashlib.sha256(f"builder {BUILDER}\n".encode())
            for path in sorted(self.sources(recipe)):
                _add(digest, path, path.relative_to(self.checkout).as_posix())
            for other in sorted(recipe.needs):
                digest.update(f"{other} {self.key(other, (*chain, name))}\n".encode())
            self._keys[name] = digest.hexdigest()[:_KEY_LENGTH]
        return self._keys[name]

    def resolve(self, recipe: Recipe, source: str) -> Path:
        """Return the file or folder that a recipe means by `source`."""
        if source.startswith("//"):
            return self.checkout / source[2:]
        return (recipe.folder / source).resolve()

    def sources(self, recipe: Recipe) -> set[Path]:
        """Return every file that the recipe's own images depend on.

        Raises:
            ProvisionError: One of them does not exist.
        """
        roots = {recipe.folder: "the recipe"}
        for build in recipe.go:
            module = self.resolve(recipe, build.module)
            roots[module] = f"module {build.module!r}"
            if not (module / "go.mod").is_file():
                _missing(recipe, f"the module {build.module!r} has no go.mod", module)
        for image in recipe.images:
            for source in image.files.values():
                if not source.startswith("bin/") and ":" not in source:
                    roots[self.resolve(recipe, source)] = f"file {source!r}"
        found: set[Path] = set()
        for root, says in roots.items():
            if not root.exists():
                _missing(recipe, f"{says} does not exist", root)
            found.update(_files(root))
        return found


def _files(root: Path) -> Iterator[Path]:
    """Yield the files at or below `root` that can change what is built."""
    if root.is_file():
        yield root
        return
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(set(folders) - _FOLDERS_LEFT_OUT)
        for name in names:
            if not name.startswith(".") and not name.endswith(_SUFFIXES_LEFT_OUT):
                yield root.__class__(folder, name)


def _add(digest: hashlib._Hash, path: Path, name: str) -> None:
    """Add a file's name, mode and content to `digest`."""
    content = path.read_bytes()
    mode = "x" if os.access(path, os.X_OK) else "-"
    digest.update(f"{name} {mode} {len(content)}\n".encode())
    digest.update(content)


def _missing(recipe: Recipe, what: str, path: Path) -> None:
    """Raise the error of a recipe that names something that is not there."""
    raise ProvisionError(
        f"{recipe.name}: {what}: {path}",
        where=str(recipe.folder / "recipe.yaml"),
        remedy="make it, or correct the path in the recipe",
    )
