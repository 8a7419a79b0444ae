from __future__ import annotations

import pytest

from pytest_roadmap.errors import TargetError
from pytest_roadmap.target.overlays import (
    Overlay,
    images_of,
    overlaid,
    patched,
    read_counter_example,
    read_overlay,
)

SET = {
    "kind": "StatefulSet",
    "apiVersion": "apps/v1",
    "metadata": {"name": "validator"},
    "spec": {"replicas": 4, "list": ["a", "b"]},
}
BUDGET = {"kind": "Budget", "apiVersion": "v1", "metadata": {"name": "validators"}}


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        ({"op": "replace", "path": "/spec/replicas", "value": 3}, {"replicas": 3}),
        ({"op": "remove", "path": "/spec/list/0"}, {"list": ["b"]}),
        (
            {"op": "add", "path": "/spec/list/-", "value": "c"},
            {"list": ["a", "b", "c"]},
        ),
        (
            {"op": "add", "path": "/spec/list/1", "value": "c"},
            {"list": ["a", "c", "b"]},
        ),
        ({"op": "add", "path": "/spec/a~1b", "value": 1}, {"a/b": 1}),
        ({"op": "move", "from": "/spec/replicas", "path": "/spec/r"}, {"r": 4}),
        (
            {"op": "copy", "from": "/spec/replicas", "path": "/spec/r"},
            {"r": 4, "replicas": 4},
        ),
    ],
)
def test_a_patch_does_what_it_says_and_leaves_the_original(operation, expected) -> None:
    result = patched(SET, [operation])

    assert expected.items() <= result["spec"].items()
    assert SET["spec"] == {"replicas": 4, "list": ["a", "b"]}


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "replace", "path": "/spec/nothing", "value": 3},
        {"op": "remove", "path": "/spec/list/7"},
        {"op": "add", "path": "/spec/list/7", "value": 1},
        {"op": "add", "path": "/nothing/x", "value": 1},
        {"op": "test", "path": "/spec/replicas", "value": 5},
        {"op": "add", "path": "/spec/replicas/x", "value": 1},
    ],
)
def test_a_patch_that_does_not_fit_is_told(operation) -> None:
    with pytest.raises(TargetError) as error:
        patched(SET, [operation], "INFRA-PDB-3, patch of StatefulSet/validator")

    assert str(error.value).startswith("INFRA-PDB-3, patch of StatefulSet/validator: ")
    assert f"{operation['op']} {operation['path']} cannot be done" in str(error.value)


def test_an_overlay_changes_removes_and_adds() -> None:
    replicas = {"op": "replace", "path": "/spec/replicas", "value": 3}
    overlay = Overlay(
        name="INFRA-PDB-3",
        patches=(("StatefulSet/validator", (replicas,)),),
        remove=("Budget/validators",),
        manifests=({**BUDGET, "metadata": {"name": "other"}},),
    )

    result = overlaid([SET, BUDGET], overlay)

    assert [d["metadata"]["name"] for d in result] == ["validator", "other"]
    assert result[0]["spec"]["replicas"] == 3


def test_an_overlay_of_what_is_not_there_is_told() -> None:
    overlay = Overlay(name="INFRA-PDB-3", remove=("Budget/other",))

    with pytest.raises(TargetError) as error:
        overlaid([SET, BUDGET], overlay)

    assert "the manifests have no Budget/other" in str(error.value)
    assert "→ they have Budget/validators, StatefulSet/validator" in str(error.value)


def test_a_counter_example_is_read(tmp_path) -> None:
    file = tmp_path / "INFRA-PDB-3.yaml"
    file.write_text(
        "requirement: INFRA-PDB-3\nsays: no budget\nexpect: evictions \\d+ > 0\n"
        "remove: [PodDisruptionBudget/validators]\nprofile: {components: [chain]}\n"
        "patches:\n- object: StatefulSet/validator\n"
        "  json_patch: [{op: remove, path: /spec/replicas}]\n"
    )

    found = read_counter_example(file)

    assert found.requirement == "INFRA-PDB-3"
    assert found.overlay.remove == ("PodDisruptionBudget/validators",)
    assert found.overlay.profile is not None
    assert found.overlay.patches[0][0] == "StatefulSet/validator"
    assert len(found.digest) == len(found.overlay.digest) == 64


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("requirement: A\nsays: b\n", "expect is missing"),
        ("requirement: A\nsays: b\nexpect: '('\n", "is no regular expression"),
        ("requirement: A\nsays: b\nexpect: x\npatchs: []\n", "did you mean 'patches'?"),
        ("requirement: A\nsays: b\nexpect: x\nremove: [x]\n", "'x' names no object"),
        (
            "requirement: A\nsays: b\nexpect: x\npatches: [{object: A/b}]\n",
            "an object and a json_patch",
        ),
    ],
)
def test_a_broken_counter_example_is_told(tmp_path, text, expected) -> None:
    file = tmp_path / "A.yaml"
    file.write_text(text)

    with pytest.raises(TargetError) as error:
        read_counter_example(file)

    assert expected in str(error.value)
    assert str(file) in str(error.value)


def test_the_images_of_the_counter_examples_that_run_are_known(tmp_path):
    head = "requirement: A-{n}\nsays: s\nexpect: e\n"
    partial = "profile:\n  images: [reference-chain, odd]\n"
    (tmp_path / "A-1.yaml").write_text(head.format(n=1) + partial)
    (tmp_path / "A-2.yaml").write_text(head.format(n=2))
    (tmp_path / "A-3.yaml").write_text(
        head.format(n=3) + "profile:\n  images: [large]\n"
    )

    assert images_of(tmp_path, {"A-1", "A-2"}) == ["reference-chain", "odd"]


def test_an_overlay_over_another_changes_what_that_one_brings(tmp_path) -> None:
    (tmp_path / "more.yaml").write_text(
        "{kind: Budget, apiVersion: v1, metadata: {name: validators}, spec: {least: 1}}"
    )
    (tmp_path / "overlay.yaml").write_text("name: more\nmanifests: [more.yaml]\n")
    base = read_overlay(tmp_path / "overlay.yaml")
    patch = {"op": "replace", "path": "/spec/least", "value": 3}
    over = Overlay(name="less", patches=(("Budget/validators", (patch,)),))

    found = overlaid([SET], over.over(base))

    assert found[1]["spec"] == {"least": 3}
    assert over.over(base).digest not in {over.digest, base.digest}
    assert over.over(None) == over


def test_an_overlay_without_a_name_is_refused(tmp_path) -> None:
    (tmp_path / "overlay.yaml").write_text("manifests: []\n")

    with pytest.raises(TargetError, match="name is missing"):
        read_overlay(tmp_path / "overlay.yaml")
