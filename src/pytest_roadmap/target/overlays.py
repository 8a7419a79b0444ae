"""Changes of a target on purpose: releases, and counter-examples.

A counter-example is a target that lacks one property.  It is written as an
overlay of the reference target in `k8s/counterexamples/<REQUIREMENT-ID>.yaml`:

    requirement: INFRA-PDB-3
    says: a StatefulSet without a PodDisruptionBudget
    expect: evictions 1 > 0              # its message or a broken limit must match
    profile: {…}                         # merged over the profile
    patches:                             # JSON patches of objects
      - object: StatefulSet/validator
        json_patch: [{op: replace, path: /spec/replicas, value: 3}]
    remove: [PodDisruptionBudget/validators]
    manifests: [{…}]                     # further objects
    genesis:                             # a JSON patch of the genesis itself
      - {op: replace, path: /app_state/slashing/params/…, value: "1"}
"""

from __future__ import annotations

import copy
import dataclasses
import hashlib
import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pytest_roadmap.errors import TargetError
from pytest_roadmap.target.profile_reader import operations, reference
from pytest_roadmap.target.yaml_nodes import manifest, read_manifests, read_node

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping
    from pathlib import Path

    from pytest_roadmap.target.yaml_nodes import Node

_NEEDED = ("requirement", "says", "expect")
_KEYS = (*_NEEDED, "profile", "patches", "remove", "manifests", "genesis")


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlay:
    """What is changed of a target's manifests.

    Attributes:
        name: What it is called: a requirement's id, or a release's name.
        patches: JSON patches, each with the `Kind/name` that it is for.
        remove: Objects that are left out, as `Kind/name`.
        manifests: Further objects.
        genesis: A JSON patch of the genesis.
        profile: A partial profile to merge, or None.
        base: The overlay whose changes come before these, or None.
    """

    name: str
    patches: tuple[tuple[str, tuple[Mapping[str, Any], ...]], ...] = ()
    remove: tuple[str, ...] = ()
    manifests: tuple[Mapping[str, Any], ...] = ()
    genesis: tuple[Mapping[str, Any], ...] = ()
    profile: Node | None = field(default=None, repr=False)
    base: Overlay | None = None

    @property
    def digest(self) -> str:
        """What tells two overlays apart, whatever they are called."""
        profile = self.profile.plain() if self.profile else None
        content = [self.patches, self.remove, self.manifests, self.genesis, profile]
        content += [self.base.digest] if self.base else []
        text = json.dumps(content, sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()

    def over(self, base: Overlay | None) -> Overlay:
        """Return this overlay for a target that another one has changed before."""
        return dataclasses.replace(self, base=base)


@dataclass(frozen=True, slots=True, kw_only=True)
class CounterExample:
    """A target on which a requirement's probe must fail, and how it must."""

    requirement: str
    says: str
    expect: str  # a regular expression for the failure's message
    overlay: Overlay
    digest: str  # of the file


def read_counter_example(file: Path) -> CounterExample:
    """Read one counter-example.

    Raises:
        TargetError: Something in it makes no sense, with file and line.
    """
    node = read_node(file)
    fields = node.keys_among(_KEYS)
    for key in _NEEDED:
        if key not in fields:
            raise node.error(f"{key} is missing", "requirement, says and expect")
    expect = fields["expect"].scalar(str)
    try:
        re.compile(expect)
    except re.error as error:
        what = f"{expect!r} is no regular expression: {error}"
        raise fields["expect"].error(what) from error
    name = fields["requirement"].scalar(str)
    return CounterExample(
        requirement=name,
        says=fields["says"].scalar(str),
        expect=expect,
        overlay=Overlay(
            name=name,
            patches=tuple(_patch(entry) for entry in _entries(fields, "patches")),
            remove=tuple(_reference(entry) for entry in _entries(fields, "remove")),
            manifests=tuple(manifest(e) for e in _entries(fields, "manifests")),
            genesis=operations(fields["genesis"]) if "genesis" in fields else (),
            profile=fields.get("profile"),
        ),
        digest=hashlib.sha256(file.read_bytes()).hexdigest(),
    )


def read_overlay(file: Path) -> Overlay:
    """Read an overlay that is no counter-example, with objects in files of their own.

    Raises:
        TargetError: Something in it makes no sense, with file and line.
    """
    node = read_node(file)
    fields = node.keys_among({"name", "patches", "remove", "manifests"})
    if "name" not in fields:
        raise node.error("name is missing", "say what the overlay is called")
    return Overlay(
        name=fields["name"].scalar(str),
        patches=tuple(_patch(entry) for entry in _entries(fields, "patches")),
        remove=tuple(_reference(entry) for entry in _entries(fields, "remove")),
        manifests=tuple(
            document
            for entry in _entries(fields, "manifests")
            for document in _objects(entry, file.parent)
        ),
    )


def images_of(folder: Path, requirements: Container[str]) -> list[str]:
    """Return the recipes of the images that requirements' counter-examples name."""
    names: dict[str, None] = {}
    for file in sorted(folder.glob("*.yaml")):
        if file.stem not in requirements:
            continue
        partial = read_counter_example(file).overlay.profile
        fields = partial.mapping() if partial else {}
        if "images" in fields:
            names |= dict.fromkeys(n.scalar(str) for n in fields["images"].items())
    return list(names)


def patched(
    document: Mapping[str, Any], patch: Iterable[Mapping[str, Any]], where: str = ""
) -> dict[str, Any]:
    """Return a copy of `document` with the operations of a JSON patch applied.

    Raises:
        TargetError: An operation has nothing that it could work on.
    """
    box: dict[str, Any] = {"": copy.deepcopy(dict(document))}
    for operation in patch:
        try:
            _apply(box, operation)
        except (KeyError, IndexError, ValueError, TypeError) as error:
            raise TargetError(
                f"{operation['op']} {operation['path']} cannot be done: {error}",
                where=where,
                remedy="the patch does not fit the manifest: mend its path",
            ) from error
    result: dict[str, Any] = box[""]
    return result


def overlaid(
    documents: Iterable[Mapping[str, Any]], overlay: Overlay
) -> tuple[Mapping[str, Any], ...]:
    """Return the objects with an overlay's changes.

    Raises:
        TargetError: It changes or removes an object that is not there.
    """
    before = overlaid(documents, overlay.base) if overlay.base else documents
    objects = {object_reference(d): dict(d) for d in before}
    for name, patch in overlay.patches:
        _present(objects, name, overlay)
        where = f"{overlay.name}, patch of {name}"
        objects[name] = patched(objects[name], patch, where)
    for name in overlay.remove:
        _present(objects, name, overlay)
        del objects[name]
    for document in overlay.manifests:
        objects[object_reference(document)] = dict(document)
    return tuple(objects.values())


def object_reference(document: Mapping[str, Any]) -> str:
    """Return an object's `Kind/name`."""
    return f"{document['kind']}/{document['metadata']['name']}"


def _present(objects: Mapping[str, object], name: str, overlay: Overlay) -> None:
    """Go on only if the object is there."""
    if name not in objects:
        raise TargetError(
            f"the manifests have no {name}",
            where=overlay.name,
            remedy=f"they have {', '.join(sorted(objects))}",
        )


def _entries(fields: Mapping[str, Node], key: str) -> list[Node]:
    """Return the entries under a key that may be missing."""
    return fields[key].items() if key in fields else []


def _objects(node: Node, folder: Path) -> tuple[Mapping[str, Any], ...]:
    """Return an object that is written here, or those of a file."""
    if isinstance(node.value, str):
        return read_manifests(folder / node.value)
    return (manifest(node),)


def _reference(node: Node) -> str:
    """Return a `Kind/name`."""
    text = node.scalar(str)
    reference(text, node)
    return text


def _patch(node: Node) -> tuple[str, tuple[Mapping[str, Any], ...]]:
    """Return an object's name and the operations for it."""
    fields = node.keys_among({"object", "json_patch"})
    if len(fields) < 2:  # noqa: PLR2004 - both
        raise node.error("a patch has an object and a json_patch")
    return _reference(fields["object"]), operations(fields["json_patch"])


def _apply(box: dict[str, Any], operation: Mapping[str, Any]) -> None:
    """Do one operation of RFC 6902 on the document in `box`."""
    kind, path = operation["op"], operation["path"]
    if kind in {"move", "copy"}:
        parent, key = _place(box, operation["from"])
        value = parent[key]
        if kind == "move":
            del parent[key]
        _add(box, path, copy.deepcopy(value))
        return
    if kind == "add":
        _add(box, path, copy.deepcopy(operation.get("value")))
        return
    parent, key = _place(box, path)
    found = parent[key]  # replace, remove and test want it there
    if kind == "remove":
        del parent[key]
    elif kind == "replace":
        parent[key] = copy.deepcopy(operation.get("value"))
    elif found != operation.get("value"):
        message = f"it is {found!r}"
        raise ValueError(message)


def _add(box: dict[str, Any], path: str, value: object) -> None:
    """Add a value: into a list before its index, into a mapping under its key."""
    parent, key = _place(box, path, adding=True)
    if isinstance(parent, list):
        if key > len(parent):
            message = f"the list has {len(parent)} entries"
            raise IndexError(message)
        parent.insert(key, value)
    else:
        parent[key] = value


def _place(box: dict[str, Any], path: str, *, adding: bool = False) -> tuple[Any, Any]:
    """Return the container and the key that a JSON pointer leads to."""
    steps = [s.replace("~1", "/").replace("~0", "~") for s in path.split("/")]
    here: Any = box
    for step in steps[:-1]:
        here = here[int(step)] if isinstance(here, list) else here[step]
    last = steps[-1]
    if not isinstance(here, (dict, list)):
        message = f"{path} leads into a value"
        raise TypeError(message)
    if isinstance(here, list):
        return here, len(here) if last == "-" and adding else int(last)
    return here, last
