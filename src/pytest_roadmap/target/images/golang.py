"""Binaries from Go modules, with versions and hashes pinned by go.sum."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_roadmap.target.images.recipe import GoBuild
    from pytest_roadmap.target.images.workshop import Workshop

_REMEDY = (
    "the log has everything; a download that failed can be tried again, nothing "
    "that was compiled is lost"
)


def build(go: str, module: Path, recipe: GoBuild, shop: Workshop) -> None:
    """Build the binaries of `recipe` from `module` into the folder `bin`.

    Packages whose last path element is the binary's name are built by one
    command: they share what they link.

    Raises:
        ProvisionError: The compiler refused; with the end of its output.
    """
    out = shop.folder / "bin"
    out.mkdir(exist_ok=True)
    together = {n: p for n, p in recipe.binaries.items() if p.rpartition("/")[2] == n}
    apart = {n: p for n, p in recipe.binaries.items() if n not in together}
    runs = [(f"{out}/", tuple(together.values()))] if together else []
    runs += [(str(out / name), (package,)) for name, package in apart.items()]
    for target, packages in runs:
        shop.run(
            f"go build in {module.name}",
            *(go, "build", *_flags(recipe), "-o", target, *packages),
            remedy=_REMEDY,
            environment=_environment(recipe),
            folder=module,
        )


def _flags(recipe: GoBuild) -> list[str]:
    """Return the compiler's flags: reproducible, small binaries."""
    written = [f"-X {name}={value}" for name, value in recipe.variables.items()]
    flags = ["-trimpath", f"-ldflags={' '.join(['-s', '-w', *written])}"]
    return [*flags, f"-tags={','.join(recipe.tags)}"] if recipe.tags else flags


def _environment(recipe: GoBuild) -> dict[str, str]:
    """Return what the compiler is told by variables."""
    return {
        "CGO_ENABLED": "0",
        "GOFLAGS": "-buildvcs=false -mod=readonly",
        "GOWORK": "off",
        **({"GONOSUMDB": ",".join(recipe.unlisted)} if recipe.unlisted else {}),
    }
