"""Builds what is missing, two recipes at a time, and says how far it is."""

from __future__ import annotations

import errno
import shutil
import tarfile
import time
from concurrent import futures
from typing import TYPE_CHECKING

from pytest_roadmap.errors import ProvisionError
from pytest_roadmap.target.images import archive, debian, golang, node
from pytest_roadmap.target.images.progress import Progress
from pytest_roadmap.target.images.recipe import DEBIAN, SCRATCH
from pytest_roadmap.target.images.workshop import Workshop

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from pytest_roadmap.target.commands import Commands
    from pytest_roadmap.target.images.archive import Image, Layer
    from pytest_roadmap.target.images.keys import Shelf
    from pytest_roadmap.target.images.recipe import ImageRecipe, Recipe
    from pytest_roadmap.target.images.store import Made, Store

_JOBS = 2
_HEARTBEAT_S = 15.0
_ROOM = 12 * 2**30  # what a build of everything takes, compiler's caches included
_ROOM_PER_RECIPE = 2**30


class Builder:
    """Makes images from recipes.

    Args:
        shelf: The recipes and their keys.
        store: Where finished images are kept.
        commands: Runs programs.
        tell: Is given each line of progress.
        go: Returns the Go command, made available when first needed.
    """

    def __init__(
        self,
        *,
        shelf: Shelf,
        store: Store,
        commands: Commands,
        tell: Callable[[str], None],
        go: Callable[[], str],
    ) -> None:
        self._shelf = shelf
        self._store = store
        self._commands = commands
        self._tell = tell
        self._go = go

    def missing(self, names: Iterable[str]) -> tuple[str, ...]:
        """Return the recipes to be built for `names`, those needed first."""
        order: dict[str, None] = {}

        def visit(name: str) -> None:
            """Add `name` after what it needs, unless it is there."""
            if name in order or self._store.find(name, self._shelf.key(name)):
                return
            for other in self._shelf.recipe(name).needs:
                visit(other)
            order[name] = None

        for name in names:
            visit(name)
        return tuple(order)

    def estimate(self, names: Sequence[str]) -> float:
        """Return about how many seconds it takes to build `names`."""
        return self._progress(names).left_s()

    def ensure(self, names: Sequence[str]) -> dict[str, Made]:
        """Return what `names` are made into, and build what is missing of it.

        Raises:
            ProvisionError: A recipe is wrong, a build failed or the disk is full.
        """
        missing = self.missing(names)
        if missing:
            self._prove_room(missing)
            self._build(missing)
        return {name: self._there(name) for name in names}

    def _build(self, names: Sequence[str]) -> None:
        """Build `names`, each as soon as what it needs is there."""
        progress = self._progress(names)
        waiting = dict.fromkeys(names)
        running: dict[futures.Future[None], str] = {}
        with futures.ThreadPoolExecutor(_JOBS) as pool:
            while waiting or running:
                blocked = {*waiting, *running.values()}
                for name in list(waiting):
                    ready = not blocked & set(self._shelf.recipe(name).needs)
                    if ready and len(running) < _JOBS:
                        del waiting[name]
                        self._tell(progress.started(name))
                        running[pool.submit(self._make, name)] = name
                done, _ = futures.wait(
                    running, _HEARTBEAT_S, return_when=futures.FIRST_COMPLETED
                )
                if not done:
                    self._tell(progress.heartbeat())
                for future in done:
                    name = running.pop(future)
                    if future.exception():
                        waiting.clear()  # what runs may end; nothing new starts
                        futures.wait(running)
                    future.result()
                    self._tell(progress.finished(name))

    def _make(self, name: str) -> None:
        """Build one recipe and keep the result."""
        start = time.monotonic()
        key = self._shelf.key(name)
        with self._store.lock(name):
            if self._store.find(name, key):  # another process was faster
                return
            log = self._store.log(name)
            log.write_bytes(b"")
            try:
                with self._store.making(name) as work:
                    shop = Workshop(folder=work, log=log, commands=self._commands)
                    images = self._images(self._shelf.recipe(name), shop)
                    self._store.keep(name, key, work, images)
            except OSError as error:
                raise _cannot_write(name, error) from error
        self._store.note_duration(name, time.monotonic() - start)

    def _images(self, recipe: Recipe, shop: Workshop) -> list[Image]:
        """Return the images of `recipe`, built in `shop`."""
        for build in recipe.go:
            module = self._shelf.resolve(recipe, build.module)
            golang.build(self._go(), module, build, shop)
        root: tuple[Layer, ...] = ()
        if recipe.debian:
            debs = self._store.folder / "debs" / recipe.name
            root = (archive.finish_layer(debian.build(recipe.debian, debs, shop)),)
        return [self._image(recipe, image, root, shop) for image in recipe.images]

    def _image(
        self,
        recipe: Recipe,
        image: ImageRecipe,
        root: tuple[Layer, ...],
        shop: Workshop,
    ) -> Image:
        """Return one image of `recipe`, whose Debian root is `root`."""
        inherited: dict[str, str] = {}
        layers = root if image.base == DEBIAN else ()
        if image.base not in (SCRATCH, DEBIAN):
            base = self._there(image.base).images[0]
            layers, inherited = base.layers, archive.variables(base.config)
        if image.preload:
            content = [it for name in image.preload for it in self._there(name).images]
            layers = (*layers, node.preload(layers, content, shop))
        if image.files or image.links or image.folders:
            tar = shop.folder / f"files-{recipe.images.index(image)}.tar"
            files = {
                path: self._file(recipe, source, shop)
                for path, source in image.files.items()
            }
            with tarfile.open(tar, "w", format=tarfile.PAX_FORMAT) as out:
                archive.add_files(out, files, image)
            layers = (*layers, archive.finish_layer(tar))
        config = archive.configuration(image, layers, inherited)
        return archive.Image(tag=image.tag, config=config, layers=layers)

    def _file(self, recipe: Recipe, source: str, shop: Workshop) -> Path:
        """Return the file that an image of `recipe` means by `source`."""
        other, colon, rest = source.partition(":")
        if colon:
            return self._there(other).binary(rest.removeprefix("bin/"))
        if source.startswith("bin/"):
            return shop.folder / source
        return self._shelf.resolve(recipe, source)

    def _there(self, name: str) -> Made:
        """Return what the recipe `name` was made into.

        Raises:
            ProvisionError: It is not there (any more).
        """
        made = self._store.find(name, self._shelf.key(name))
        if made is None:
            raise ProvisionError(
                f"the image {name!r} has gone while it was in use",
                where=str(self._store.folder / name),
                remedy="do not empty the cache during a run; run it again",
            )
        return made

    def _progress(self, names: Sequence[str]) -> Progress:
        """Return the progress of a build of `names`, with what is known of it."""
        known = self._store.durations()
        expected = {n: known.get(n, self._shelf.recipe(n).seconds) for n in names}
        return Progress(expected, jobs=_JOBS)

    def _prove_room(self, names: Sequence[str]) -> None:
        """Refuse to start what would fill the disk.

        Raises:
            ProvisionError: Too little room is left.
        """
        self._store.folder.mkdir(parents=True, exist_ok=True)
        needed = min(_ROOM, _ROOM_PER_RECIPE * len(names))
        free = shutil.disk_usage(self._store.folder).free
        if free < needed:
            raise ProvisionError(
                f"too little disk: {free / 2**30:.1f} GiB free, about "
                f"{needed / 2**30:.0f} GiB needed to build {len(names)} images",
                where=str(self._store.folder),
                remedy="make room, or name another disk in PYTEST_ROADMAP_CACHE",
            )


def _cannot_write(name: str, error: OSError) -> ProvisionError:
    """Return the error of a build that could not write its files."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return ProvisionError(
            f"the disk is full: {name} could not be built",
            where=str(error.filename or "the cache"),
            remedy="make room, or name another disk in PYTEST_ROADMAP_CACHE; "
            "what was finished before is kept",
        )
    return ProvisionError(
        f"{name} could not be built: {error.strerror or error}",
        where=str(error.filename or "the cache"),
        remedy="the cache folder must be writable: PYTEST_ROADMAP_CACHE names it",
    )
