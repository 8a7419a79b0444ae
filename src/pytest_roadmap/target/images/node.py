"""A node image's own layer: its files, and images ready in its containerd."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_roadmap.target.images import archive, debian

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_roadmap.target.images.archive import Image, Layer
    from pytest_roadmap.target.images.workshop import Workshop

_PRELOAD = Path(__file__).with_name("preload.sh")


def preload(base: Sequence[Layer], images: Sequence[Image], shop: Workshop) -> Layer:
    """Return a layer with `images` in /var/lib/containerd, for nodes upon `base`.

    Raises:
        ProvisionError: A program failed; with the end of its output.
    """
    root, diff = shop.folder / "base", shop.folder / "diff"
    store = diff / "var" / "lib" / "containerd"
    root.mkdir()
    store.mkdir(parents=True)
    for layer in base:
        keep = ("--xattrs", "--xattrs-include=*")
        place = ("-C", str(root), "-xpf", str(layer.path))
        shop.run("unpacking the node's base", "tar", *keep, *place)
    bundle = shop.folder / "images.tar"
    with bundle.open("wb") as file:
        archive.write(images, file)
    packed = sorted({layer.digest for image in images for layer in image.layers})
    shop.run(
        "putting images into the node image",
        *("unshare", "--mount", "--pid", "--fork", "--kill-child"),
        *("sh", str(_PRELOAD), str(root), str(store), str(bundle), *packed),
        remedy="it needs root with CAP_SYS_ADMIN; see `pytest-roadmap doctor`",
    )
    bundle.unlink()
    out = shop.folder / "preloaded.tar"
    debian.pack(diff, out, shop)
    shutil.rmtree(root)
    shutil.rmtree(diff)
    return archive.finish_layer(out)
