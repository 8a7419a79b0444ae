"""The same key means the same image: it changes with every source, and only then."""

from __future__ import annotations

import pytest

from pytest_roadmap.errors import ProvisionError
from pytest_roadmap.target.images.keys import Shelf

BASE = """\
says: base
debian: {suite: bookworm, packages: [jq]}
images: [{tag: b, base: debian}]
"""
APP = """\
says: app
go: [{module: //chain, binaries: {app: .}}]
images: [{tag: app, base: base, files: {/app: bin/app, /conf: //conf.yaml}}]
"""


@pytest.fixture
def checkout(tmp_path):
    for name, text in {
        "images/base/recipe.yaml": BASE,
        "images/app/recipe.yaml": APP,
        "chain/go.mod": "module chain\n",
        "chain/main.go": "package main\n",
        "chain/main_test.go": "package main\n",
        "conf.yaml": "a: 1\n",
    }.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return tmp_path


def keys(checkout):
    shelf = Shelf(checkout / "images", checkout)
    return shelf.key("base"), shelf.key("app")


def test_nothing_changed_gives_the_same_keys(checkout):
    assert keys(checkout) == keys(checkout)


@pytest.mark.parametrize("name", ["chain/main.go", "chain/go.mod", "conf.yaml"])
def test_a_source_changes_only_what_uses_it(checkout, name):
    base, app = keys(checkout)
    with (checkout / name).open("a") as file:
        file.write("\n")
    assert keys(checkout)[0] == base
    assert keys(checkout)[1] != app


def test_a_base_changes_what_stands_on_it(checkout):
    base, app = keys(checkout)
    file = checkout / "images/base/recipe.yaml"
    file.write_text(BASE.replace("jq", "curl"))
    assert keys(checkout)[0] != base
    assert keys(checkout)[1] != app


def test_an_executable_bit_counts(checkout):
    before = keys(checkout)
    (checkout / "conf.yaml").chmod(0o755)
    assert keys(checkout)[1] != before[1]


def test_go_tests_do_not_count(checkout):
    before = keys(checkout)
    (checkout / "chain/main_test.go").write_text("package other\n")
    assert keys(checkout) == before


def test_a_circle_is_named(checkout):
    text = BASE.replace("base: debian", "base: app")
    (checkout / "images/base/recipe.yaml").write_text(text)
    with pytest.raises(ProvisionError, match="circle: app → base → app"):
        Shelf(checkout / "images", checkout).key("app")


def test_a_missing_source_is_named(checkout):
    (checkout / "conf.yaml").unlink()
    with pytest.raises(ProvisionError, match=r"file '//conf.yaml' does not exist"):
        Shelf(checkout / "images", checkout).key("app")
