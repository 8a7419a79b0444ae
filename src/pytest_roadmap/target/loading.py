"""Images on their way to where they run: into the engine, and onto the nodes."""

from __future__ import annotations

from concurrent import futures
from typing import TYPE_CHECKING

from pytest_roadmap.errors import ProvisionError
from pytest_roadmap.target.images import archive

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_roadmap.target.engine import Engine
    from pytest_roadmap.target.images.archive import Image
    from pytest_roadmap.target.nodes import EngineNodes

_LOAD_S = 600


def into_engine(image: Image, engine: Engine) -> bool:
    """Put `image` into the engine; whether it was not there before.

    Raises:
        ProvisionError: The engine refused it.
    """
    there = engine.run("image", "inspect", "--format={{.Id}}", image.tag)
    former = there.stdout.strip() if there.ok else ""
    if former == image.config_digest:
        return False
    result = engine.run(
        "load",
        "--quiet",
        stdin=lambda out: archive.write([image], out),
        timeout_s=_LOAD_S,
    )
    if not result.ok:
        raise ProvisionError(
            f"the engine did not take the image {image.tag}: {result.complaint}",
            where=engine.host,
            remedy="if its disk is full, make room (`docker system prune`)",
        )
    if former:  # nothing is named by it any more, and it is large
        engine.run("image", "rm", former)
    return True


def onto_nodes(images: Sequence[Image], nodes: EngineNodes) -> int:
    """Put `images` on every running node that lacks them; return how many went.

    Raises:
        ProvisionError: A node refused one.
    """
    running = [node.name for node in nodes.all() if node.state == "running"]
    with futures.ThreadPoolExecutor(max(1, len(running))) as pool:
        return sum(pool.map(lambda node: _onto(images, node, nodes), running))


def _onto(images: Sequence[Image], node: str, nodes: EngineNodes) -> int:
    """Put those of `images` on one node that it lacks; return how many."""
    listed = nodes.run(node, ["ctr", "--namespace=k8s.io", "images", "ls"])
    there = {
        (words[0], words[2])
        for line in listed.stdout.splitlines()[1:]
        if len(words := line.split()) > 2  # noqa: PLR2004 - name, type, digest
    }
    lacking = [image for image in images if (image.name, image.digest) not in there]
    if not lacking:
        return 0
    result = nodes.run(
        node,
        ["ctr", "--namespace=k8s.io", "images", "import", "--digests=false", "-"],
        stdin=lambda out: archive.write(lacking, out),
        timeout_s=_LOAD_S,
    )
    if not result.ok:
        tags = ", ".join(image.tag for image in lacking)
        raise ProvisionError(
            f"the node did not take the images {tags}: {result.complaint}",
            where=f"node {node}",
            remedy="make room on a full disk; else run `pytest-roadmap down` first",
        )
    return len(lacking)
