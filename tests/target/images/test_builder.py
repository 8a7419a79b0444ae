"""The builder builds what is missing, once, and leaves nothing half made."""

from __future__ import annotations

import errno
import io
import json
import tarfile
import threading
from pathlib import Path

import pytest

from pytest_roadmap.errors import ProvisionError
from pytest_roadmap.target.commands import CommandResult
from pytest_roadmap.target.images import archive, builder
from pytest_roadmap.target.images.builder import Builder
from pytest_roadmap.target.images.keys import Shelf
from pytest_roadmap.target.images.store import Store


def go_recipe(name, base="scratch", more=""):
    return (
        f"says: {name}\nseconds: 10\ngo: [{{binaries: {{{name}: ./cmd/{name}}}}}]\n"
        f"images: [{{tag: {name}, base: {base}, "
        f"files: {{/{name}: bin/{name}}}{more}}}]\n"
    )


class FakeGo:
    """A compiler that writes its package's name into the binary."""

    def __init__(self):
        self.built = []
        self.answer = CommandResult(status=0)
        self.together = threading.Barrier(1)

    def run(self, argv, *, folder=None, log=None, **_):
        argv = list(argv)
        assert argv[:2] == ["go", "build"]
        self.together.wait(10)
        self.built.append(folder.name)
        log.write_text("compiling\n")
        if self.answer.ok:
            out = Path(argv[argv.index("-o") + 1])
            name = argv[-1].rpartition("/")[2]
            (out / name if out.is_dir() else out).write_text(argv[-1])
        return self.answer


@pytest.fixture
def site(tmp_path):
    checkout = tmp_path / "checkout"
    for name, base in {"base": "scratch", "app": "base", "other": "scratch"}.items():
        folder = checkout / "images" / name
        folder.mkdir(parents=True)
        (folder / "recipe.yaml").write_text(go_recipe(name, base))
        (folder / "go.mod").write_text("module m\n")
    return tmp_path


def make(site, go=None, told=None):
    go = go or FakeGo()
    return Builder(
        shelf=Shelf(site / "checkout/images", site / "checkout"),
        store=Store(site / "cache"),
        commands=go,
        tell=(told if told is not None else []).append,
        go=lambda: "go",
    )


def test_a_second_run_builds_nothing(site):
    go = FakeGo()
    first = make(site, go).ensure(["app", "other"])
    assert sorted(go.built) == ["app", "base", "other"]
    second = FakeGo()
    assert make(site, second).ensure(["app", "other"]) == first
    assert second.built == []
    assert not list((site / "cache").glob("*/.making-*"))


def test_what_is_needed_is_built_first_and_its_layers_lie_below(site):
    go = FakeGo()
    made = make(site, go).ensure(["app"])["app"]
    assert go.built == ["base", "app"]
    base = make(site).ensure(["base"])["base"]
    (image,) = made.images
    assert image.layers[0].digest == base.images[0].layers[0].digest
    with tarfile.open(image.layers[1].path) as tar:
        assert tar.extractfile("app").read() == b"./cmd/app"
    config = json.loads(image.config)
    assert config["rootfs"]["diff_ids"] == [layer.digest for layer in image.layers]


def test_what_is_cached_is_not_built_for_the_sake_of_its_base(site):
    make(site).ensure(["app"])
    for folder in (site / "cache/base").iterdir():
        if folder.is_dir():
            folder.rename(site / "gone")
    assert make(site).missing(["app"]) == ()


def test_independent_builds_overlap(site):
    go = FakeGo()
    go.together = threading.Barrier(2)  # breaks if the two do not meet
    make(site, go).ensure(["base", "other"])
    assert sorted(go.built) == ["base", "other"]


def test_a_failure_shows_the_end_of_the_log_and_leaves_nothing(site):
    go = FakeGo()
    go.answer = CommandResult(status=2, stderr="main.go:7: undefined: x")
    with pytest.raises(ProvisionError) as caught:
        make(site, go).ensure(["other"])
    text = str(caught.value)
    assert "main.go:7: undefined: x" in text
    assert str(site / "cache/logs/other.log") in text
    assert make(site).missing(["other"]) == ("other",)
    assert not list((site / "cache").glob("*/.making-*"))


def test_what_a_killed_build_left_is_removed(site):
    left = site / "cache/other/.making-1"
    left.mkdir(parents=True)
    (left / "half").write_text("x")
    assert make(site).missing(["other"]) == ("other",)
    make(site).ensure(["other"])
    assert not left.exists()


def test_a_disk_that_is_nearly_full_is_told_before(site, monkeypatch):
    full = type("Usage", (), {"free": 2**20})
    monkeypatch.setattr(builder.shutil, "disk_usage", lambda _: full)
    with pytest.raises(ProvisionError, match=r"too little disk: 0\.0 GiB free"):
        make(site).ensure(["other"])


def test_a_disk_that_fills_up_is_told(site, monkeypatch):
    def fail(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Store, "keep", fail)
    with pytest.raises(ProvisionError, match="the disk is full: other") as caught:
        make(site).ensure(["other"])
    assert "PYTEST_ROADMAP_CACHE" in caught.value.remedy


def test_progress_says_what_how_far_and_how_long(site):
    told = []
    make(site, told=told).ensure(["app", "other"])
    assert told[0] == "[0/3] base: building, about 10 s"
    assert told[-1].startswith("[3/3] ")
    assert any("left" in line for line in told)


def test_the_last_duration_is_the_next_estimate(site):
    store = Store(site / "cache")
    (site / "cache").mkdir()
    store.note_duration("other", 200.0)
    assert make(site).estimate(["other"]) == 200.0


def test_only_the_newest_builds_are_kept(site):
    recipe = site / "checkout/images/other/recipe.yaml"
    for number in range(4):
        recipe.write_text(go_recipe("other", more=f", workdir: /{number}"))
        make(site).ensure(["other"])
    assert len(list((site / "cache/other").glob("*/made.json"))) == 2


def test_an_archive_is_both_oci_and_docker(site):
    images = [
        image for made in make(site).ensure(["app"]).values() for image in made.images
    ]
    out = io.BytesIO()
    archive.write(images, out)
    with tarfile.open(fileobj=io.BytesIO(out.getvalue())) as tar:
        index = json.load(tar.extractfile("index.json"))
        docker = json.load(tar.extractfile("manifest.json"))
        names = tar.getnames()
        (entry,) = index["manifests"]
        assert entry["digest"] == images[0].digest
        assert entry["annotations"]["io.containerd.image.name"].endswith("library/app")
        blob = tar.extractfile("blobs/" + entry["digest"].replace(":", "/")).read()
        assert len(blob) == entry["size"]
    assert docker[0]["RepoTags"] == ["app"]
    assert set(docker[0]["Layers"]) <= set(names)


@pytest.mark.parametrize(
    ("tag", "name"),
    [
        ("app", "docker.io/library/app"),
        ("ours/app:1", "docker.io/ours/app:1"),
        ("registry.k8s.io/pause:3", "registry.k8s.io/pause:3"),
        ("localhost/app:1", "localhost/app:1"),
    ],
)
def test_names_are_those_that_containerd_looks_for(tag, name):
    assert archive.Image(tag=tag, config="{}", layers=()).name == name
