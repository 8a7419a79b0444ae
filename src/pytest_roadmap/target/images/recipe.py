"""What an image is made of: `recipe.yaml`, read strictly."""

from __future__ import annotations

import difflib
import types
import typing
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path  # noqa: TC003 - a field's type, resolved when read
from typing import Any

import yaml

from pytest_roadmap.errors import ProvisionError

RECIPE = "recipe.yaml"
SCRATCH = "scratch"
DEBIAN = "debian"


@dataclass(frozen=True, slots=True, kw_only=True)
class GoBuild:
    """Binaries built from one Go module.

    Args:
        module: The folder with go.mod: relative to the recipe's, or from the
            checkout's root with a leading `//`.
        binaries: The package of each binary, by the binary's name.
        variables: What the linker writes into string variables (`-X`).
        tags: Build tags.
        unlisted: Modules that the public checksum database does not list; their
            hashes are pinned in go.sum, which is checked all the same.
    """

    module: str = "."
    binaries: dict[str, str]
    variables: dict[str, str] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    unlisted: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DebianRoot:
    """A root file system of Debian packages, without documentation."""

    suite: str
    packages: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageRecipe:
    """One image.

    Args:
        tag: Its full name; a published image's name stands for our build of it.
        base: `scratch`, `debian` (this recipe's root) or another recipe's name,
            which stands for that recipe's first image.
        files: Where a file comes from, by its path in the image: `bin/NAME` is a
            binary of this recipe, `RECIPE:bin/NAME` of another one, `//PATH` is
            from the checkout's root, all else is beside the recipe.  A folder is
            copied whole.
        links: What a symbolic link points to, by its path in the image.
        folders: Empty folders.
        preload: Recipes whose images lie ready in this (node) image's containerd.
        entrypoint: The program.
        command: Its arguments.
        user: UID or UID:GID.
        workdir: Where it starts.
        environment: Its variables.
        stop_signal: What asks it to end.
    """

    tag: str
    base: str = SCRATCH
    files: dict[str, str] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)
    folders: tuple[str, ...] = ()
    preload: tuple[str, ...] = ()
    entrypoint: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    user: str = ""
    workdir: str = ""
    environment: dict[str, str] = field(default_factory=dict)
    stop_signal: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """One folder below `k8s/images`.

    Args:
        folder: That folder.
        says: What it makes, in one sentence.
        seconds: How long it takes on two cores when nothing is cached.
        go: Its Go builds.
        debian: Its root file system.
        images: Its images; a recipe without any only builds binaries.
    """

    folder: Path
    says: str
    seconds: float = 60.0
    go: tuple[GoBuild, ...] = ()
    debian: DebianRoot | None = None
    images: tuple[ImageRecipe, ...] = ()

    @property
    def name(self) -> str:
        """Return the recipe's name: its folder's."""
        return self.folder.name

    @property
    def preloads(self) -> bool:
        """Whether one of its images has other images inside."""
        return any(image.preload for image in self.images)

    @property
    def needs(self) -> tuple[str, ...]:
        """Return the names of the recipes that this one builds upon."""
        names: dict[str, None] = {}
        for image in self.images:
            if image.base not in (SCRATCH, DEBIAN):
                names[image.base] = None
            for source in image.files.values():
                other, colon, _ = source.partition(":")
                if colon:
                    names[other] = None
            names.update(dict.fromkeys(image.preload))
        return tuple(names)


def read(folder: Path) -> Recipe:
    """Return the recipe in `folder`.

    Raises:
        ProvisionError: It is missing or wrong; the text says where and how.
    """
    file = folder / RECIPE
    try:
        data = yaml.safe_load(file.read_text("utf-8"))
    except OSError as error:
        known = sorted(path.parent.name for path in folder.parent.glob(f"*/{RECIPE}"))
        raise ProvisionError(
            f"there is no image recipe {folder.name!r}: {error.strerror}",
            where=str(file),
            remedy=f"the recipes here are: {', '.join(known) or 'none'}",
        ) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        line = getattr(getattr(error, "problem_mark", None), "line", 0) + 1
        raise ProvisionError(
            f"this is no YAML: {getattr(error, 'problem', None) or error}",
            where=f"{file}:{line}",
            remedy="mend it; k8s/images/README.md describes recipes",
        ) from error
    recipe: Recipe = _revive(Recipe, data, str(file), "recipe", {"folder": folder})
    _prove(recipe, file)
    return recipe


def _prove(recipe: Recipe, file: Path) -> None:
    """Refuse what has the right form but no meaning.

    Raises:
        ProvisionError: A file, binary or root is named that the recipe lacks.
    """
    binaries = {name for build in recipe.go for name in build.binaries}
    for image in recipe.images:
        if image.base == DEBIAN and recipe.debian is None:
            _wrong(file, f"image {image.tag}: base is `debian`, but there is no debian")
        for path, source in image.files.items():
            if not path.startswith("/"):
                _wrong(file, f"image {image.tag}: {path!r} is not an absolute path")
            name = source.removeprefix("bin/")
            if source.startswith("bin/") and name not in binaries:
                near = difflib.get_close_matches(name, binaries, 1)
                hint = f"; did you mean {near[0]!r}?" if near else ""
                _wrong(file, f"image {image.tag}: no binary {name!r} is built{hint}")
    if not (recipe.go or recipe.images):
        _wrong(file, "it makes nothing: neither `go` nor `images` is given")


def _revive(
    kind: Any,
    data: Any,
    file: str,
    where: str,
    given: dict[str, Any] | None = None,
) -> Any:
    """Return `data` as a `kind`, or say which field is wrong."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is types.UnionType:
        return None if data is None else _revive(arguments[0], data, file, where)
    if origin is tuple:
        if not isinstance(data, list):
            _wrong(file, f"{where}: expected a list, found {data!r}")
        return tuple(
            _revive(arguments[0], entry, file, f"{where}[{number}]")
            for number, entry in enumerate(data)
        )
    if origin is dict or hasattr(kind, "__dataclass_fields__"):
        if not isinstance(data, dict):
            _wrong(file, f"{where}: expected a mapping, found {data!r}")
        if origin is dict:
            return {
                str(key): _revive(arguments[1], value, file, f"{where}.{key}")
                for key, value in data.items()
            }
        return _fields(kind, data, file, where, given or {})
    if kind is str and isinstance(data, (int, float)) and not isinstance(data, bool):
        return str(data)
    if kind is float and isinstance(data, int):
        return float(data)
    if not isinstance(data, kind):
        _wrong(file, f"{where}: expected {kind.__name__}, found {data!r}")
    return data


def _fields(
    kind: Any,
    data: dict[str, Any],
    file: str,
    where: str,
    given: dict[str, Any],
) -> Any:
    """Return a `kind` from a mapping of its fields; `given` ones are not in it."""
    hints = typing.get_type_hints(kind)
    allowed = [name for name in hints if name not in given]
    for name in data:
        if name not in allowed:
            near = difflib.get_close_matches(str(name), allowed, 1)
            hint = f"did you mean {near[0]!r}?" if near else f"known: {allowed}"
            _wrong(file, f"{where}: unknown field {name!r}; {hint}")
    for entry in fields(kind):
        required = entry.default is MISSING and entry.default_factory is MISSING
        if required and entry.name in allowed and entry.name not in data:
            _wrong(file, f"{where}: field {entry.name!r} is missing")
    values = {
        name: _revive(hints[name], value, file, f"{where}.{name}")
        for name, value in data.items()
    }
    return kind(**given, **values)


def _wrong(file: str | Path, what: str) -> typing.NoReturn:
    """Raise the error of a recipe that is not as it should be."""
    raise ProvisionError(
        what, where=str(file), remedy="k8s/images/README.md describes recipes"
    )
