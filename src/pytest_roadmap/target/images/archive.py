"""Images as files: layers, configuration and the archive that engines load.

An archive is written in both forms at once: OCI layout for containerd and
Docker's own manifest for Docker, over the same blobs.  Everything in it is a
function of the content, so that the same recipe gives the same digest.
"""

from __future__ import annotations

import hashlib
import io
import json
import platform
import tarfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from pytest_roadmap.target.images.recipe import ImageRecipe

_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
_CONFIG = "application/vnd.oci.image.config.v1+json"
_LAYER = "application/vnd.oci.image.layer.v1.tar"
_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
_EXECUTABLE, _READABLE = 0o755, 0o644


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """A tar file that is one layer; its digest is both its own and its diff id."""

    path: Path
    digest: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """A finished image.

    Args:
        tag: Its name.
        config: Its configuration, as JSON text.
        layers: Its layers, lowest first.
    """

    tag: str
    config: str
    layers: tuple[Layer, ...]

    @property
    def config_digest(self) -> str:
        """Return what Docker calls the image's id."""
        return _digest(self.config.encode())

    @property
    def digest(self) -> str:
        """Return the digest of the manifest: what containerd knows it by."""
        return _digest(self.manifest)

    @property
    def name(self) -> str:
        """Return the tag with the registry that containerd adds."""
        host, slash, _ = self.tag.partition("/")
        if slash and ("." in host or ":" in host or host == "localhost"):
            return self.tag
        return f"docker.io/{self.tag}" if slash else f"docker.io/library/{self.tag}"

    @property
    def manifest(self) -> bytes:
        """Return the OCI manifest."""
        config = self.config.encode()
        return _json(
            {
                "schemaVersion": 2,
                "mediaType": _MANIFEST,
                "config": _blob(_CONFIG, self.config_digest, len(config)),
                "layers": [_blob(_LAYER, it.digest, it.size) for it in self.layers],
            }
        )


def configuration(
    recipe: ImageRecipe, layers: Sequence[Layer], inherited: Mapping[str, Any]
) -> str:
    """Return the configuration of an image; it inherits its base's variables."""
    machine = platform.machine()
    environment = {**inherited, **recipe.environment}
    settings = {
        "Entrypoint": list(recipe.entrypoint) or None,
        "Cmd": list(recipe.command) or None,
        "Env": [f"{name}={value}" for name, value in environment.items()],
        "User": recipe.user,
        "WorkingDir": recipe.workdir or "/",
        "StopSignal": recipe.stop_signal or None,
    }
    config = {
        "architecture": _ARCHITECTURES.get(machine, machine),
        "os": "linux",
        "config": {name: value for name, value in settings.items() if value},
        "rootfs": {"type": "layers", "diff_ids": [it.digest for it in layers]},
    }
    return _json(config).decode()


def variables(config: str) -> dict[str, str]:
    """Return the environment that an image's configuration sets."""
    entries = json.loads(config)["config"].get("Env") or []
    return dict(entry.split("=", 1) for entry in entries)


def add_files(
    tar: tarfile.TarFile, files: Mapping[str, Path], recipe: ImageRecipe
) -> None:
    """Add an image's folders, files and links to a layer, parents first."""
    made: set[str] = set()
    for folder in sorted(recipe.folders):
        _add_folders(tar, folder.strip("/"), made)
    for target in sorted(files):
        for name, path in _expand(target.strip("/"), files[target]):
            _add_folders(tar, name.rpartition("/")[0], made)
            _add_file(tar, name, path)
    for name, target in sorted(recipe.links.items()):
        _add_folders(tar, name.strip("/").rpartition("/")[0], made)
        entry = tarfile.TarInfo(name.strip("/"))
        entry.type, entry.linkname = tarfile.SYMTYPE, target
        tar.addfile(entry)


def finish_layer(path: Path) -> Layer:
    """Return the tar file at `path` as a layer."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Layer(path=path, digest=f"sha256:{digest}", size=path.stat().st_size)


def write(images: Iterable[Image], out: BinaryIO) -> None:
    """Write an archive of `images` to `out` (a file or a program's input)."""
    images = tuple(images)
    index = {
        "schemaVersion": 2,
        "manifests": [
            {
                **_blob(_MANIFEST, image.digest, len(image.manifest)),
                "annotations": {"io.containerd.image.name": image.name},
            }
            for image in images
        ],
    }
    docker = [
        {
            "Config": _place(image.config_digest),
            "RepoTags": [image.tag],
            "Layers": [_place(layer.digest) for layer in image.layers],
        }
        for image in images
    ]
    with tarfile.open(fileobj=out, mode="w|", format=tarfile.PAX_FORMAT) as tar:
        _add_bytes(tar, "oci-layout", b'{"imageLayoutVersion":"1.0.0"}')
        for layer in {it.digest: it for im in images for it in im.layers}.values():
            entry = tarfile.TarInfo(_place(layer.digest))
            entry.size = layer.size
            with layer.path.open("rb") as file:
                tar.addfile(entry, file)
        for image in images:
            _add_bytes(tar, _place(image.config_digest), image.config.encode())
            _add_bytes(tar, _place(image.digest), image.manifest)
        _add_bytes(tar, "index.json", _json(index))
        _add_bytes(tar, "manifest.json", _json(docker))


def _expand(name: str, path: Path) -> Iterable[tuple[str, Path]]:
    """Yield each file of `path` with its name in the image."""
    if path.is_file():
        yield name, path
        return
    for file in sorted(path.rglob("*")):
        if file.is_file():
            yield f"{name}/{file.relative_to(path).as_posix()}", file


def _add_folders(tar: tarfile.TarFile, name: str, made: set[str]) -> None:
    """Add the folder `name` and those above it, once each."""
    if not name or name in made:
        return
    _add_folders(tar, name.rpartition("/")[0], made)
    made.add(name)
    entry = tarfile.TarInfo(name)
    entry.type, entry.mode = tarfile.DIRTYPE, _EXECUTABLE
    tar.addfile(entry)


def _add_file(tar: tarfile.TarFile, name: str, path: Path) -> None:
    """Add one file as root's, readable by all, without its time."""
    entry = tarfile.TarInfo(name)
    status = path.stat()
    entry.size = status.st_size
    entry.mode = _EXECUTABLE if status.st_mode & 0o100 else _READABLE
    with path.open("rb") as file:
        tar.addfile(entry, file)


def _add_bytes(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    """Add a small file to an archive."""
    entry = tarfile.TarInfo(name)
    entry.size = len(content)
    tar.addfile(entry, io.BytesIO(content))


def _blob(media_type: str, digest: str, size: int) -> dict[str, Any]:
    """Return an OCI descriptor."""
    return {"mediaType": media_type, "digest": digest, "size": size}


def _place(digest: str) -> str:
    """Return where a blob lies in an archive."""
    return f"blobs/{digest.replace(':', '/')}"


def _digest(content: bytes) -> str:
    """Return the digest of `content` in OCI's words."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _json(value: object) -> bytes:
    """Return `value` as JSON that depends on nothing but it."""
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()
