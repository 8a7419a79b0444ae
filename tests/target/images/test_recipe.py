"""A recipe says exactly what is made; a wrong one says exactly what is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_roadmap.errors import ProvisionError
from pytest_roadmap.target.images import recipe
from pytest_roadmap.target.images.keys import Shelf

CHECKOUT = Path(__file__).parents[3]
RECIPES = CHECKOUT / "k8s" / "images"

GOOD = """\
says: two releases of one program
go:
  - module: ../chain
    binaries: {node-v1: ./cmd/node}
    variables: {main.release: v1}
  - module: ../chain
    binaries: {node-v2: ./cmd/node}
    variables: {main.release: v2}
images:
  - {tag: "node:v1", base: tools, files: {/node: bin/node-v1}}
  - {tag: "node:v2", base: tools, files: {/node: bin/node-v2}, user: 1000}
"""


def write(folder: Path, text: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "recipe.yaml").write_text(text)
    return folder


def test_two_releases_come_from_one_module(tmp_path):
    read = recipe.read(write(tmp_path / "node", GOOD))
    assert [build.variables for build in read.go] == [
        {"main.release": "v1"},
        {"main.release": "v2"},
    ]
    assert [image.tag for image in read.images] == ["node:v1", "node:v2"]
    assert read.images[1].user == "1000"
    assert read.needs == ("tools",)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("says: x\nimage: []\n", "unknown field 'image'; did you mean 'images'?"),
        ("go: []\n", "field 'says' is missing"),
        ("says: x\n", "it makes nothing"),
        ("- a list\n", "recipe: expected a mapping"),
        (GOOD.replace("bin/node-v1", "bin/nod-v1"), "did you mean 'node-v1'?"),
        (GOOD.replace("/node: bin/node-v1", "node: bin/node-v1"), "not an absolute"),
        (GOOD.replace("base: tools", "base: debian", 1), "there is no debian"),
        (GOOD.replace("binaries: {node-v1: ./cmd/node}", "binaries: [x]"), "mapping"),
        ("says: x\nseconds: soon\ngo: []\n", "recipe.seconds: expected float"),
    ],
)
def test_a_wrong_recipe_says_what_is_wrong(tmp_path, text, says):
    folder = write(tmp_path / "node", text)
    with pytest.raises(ProvisionError) as caught:
        recipe.read(folder)
    assert says in str(caught.value)
    assert str(folder / "recipe.yaml") in str(caught.value)
    assert "README" in caught.value.remedy


def test_broken_yaml_names_its_line(tmp_path):
    folder = write(tmp_path / "node", "says: x\ngo: [\n")
    with pytest.raises(ProvisionError, match=r"recipe\.yaml:3: this is no YAML"):
        recipe.read(folder)


def test_a_recipe_that_is_not_there_names_those_that_are(tmp_path):
    write(tmp_path / "node", GOOD)
    with pytest.raises(ProvisionError, match=r"no image recipe 'nod'.*\n.*: node"):
        recipe.read(tmp_path / "nod")


@pytest.mark.parametrize(
    "name", sorted(path.parent.name for path in RECIPES.glob("*/recipe.yaml"))
)
def test_every_recipe_of_ours_is_right(name):
    shelf = Shelf(RECIPES, CHECKOUT)
    assert len(shelf.key(name)) == 16
    for build in shelf.recipe(name).go:
        module = shelf.resolve(shelf.recipe(name), build.module)
        requires = "require" in (module / "go.mod").read_text()
        assert (module / "go.sum").exists() == requires, "hashes must be pinned"
