"""YAML of a target's description, with the line of every value.

Profiles and counter-examples are written by people; whatever is wrong in them
is told with file and line.  Manifests are read here too, as plain documents.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

import yaml

from pytest_roadmap.errors import TargetError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

Tree: TypeAlias = "dict[str, Node] | list[Node] | str | int | float | bool | None"
_S = TypeVar("_S", bound="str | int | float | bool")
_DEEPEST = 60


@dataclass(frozen=True, slots=True)
class Node:
    """A value of a YAML file, and where it is written."""

    value: Tree
    file: Path
    line: int
    path: str = ""  # such as roles.validators.claim

    @property
    def where(self) -> str:
        """File, line and path."""
        return f"{self.file}:{self.line}" + (f" ({self.path})" if self.path else "")

    def error(self, what: str, remedy: str = "") -> TargetError:
        """Return the error that something is wrong here."""
        return TargetError(what, where=self.where, remedy=remedy)

    def mapping(self) -> dict[str, Node]:
        """Return the value if it is a mapping.

        Raises:
            TargetError: It is none.
        """
        if isinstance(self.value, dict):
            return self.value
        raise self.error(f"a mapping is wanted here, not {self._found()}")

    def items(self) -> list[Node]:
        """Return the value if it is a list; nothing at all is an empty one.

        Raises:
            TargetError: It is none.
        """
        if self.value is None:
            return []
        if isinstance(self.value, list):
            return self.value
        raise self.error(f"a list is wanted here, not {self._found()}")

    def scalar(self, *kinds: type[_S]) -> _S:
        """Return the value if it is of one of these kinds.

        Raises:
            TargetError: It is not.
        """
        if isinstance(self.value, kinds) and (
            bool in kinds or not isinstance(self.value, bool)
        ):
            return self.value
        names = " or ".join({"str": "text"}.get(k.__name__, "a number") for k in kinds)
        raise self.error(f"{names} is wanted here, not {self._found()}")

    def keys_among(self, known: Iterable[str]) -> dict[str, Node]:
        """Return the mapping if all its keys are known ones.

        Raises:
            TargetError: One is not; suggests the nearest.
        """
        names = sorted(known)
        mapping = self.mapping()
        for key, node in mapping.items():
            if key not in names:
                near = difflib.get_close_matches(key, names, n=1)
                remedy = f"did you mean {near[0]!r}?" if near else ""
                remedy = remedy or f"known here: {', '.join(names)}"
                raise node.error(f"nothing is called {key!r} here", remedy)
        return mapping

    def plain(self) -> Any:
        """Return the value without its places."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        return self.value

    def _found(self) -> str:
        """Return what is here, in a word."""
        if isinstance(self.value, dict):
            return "a mapping"
        if isinstance(self.value, list):
            return "a list"
        return "nothing" if self.value is None else repr(self.value)


def merged(base: Node, over: Node) -> Node:
    """Return `base` with the values of `over`: mappings merge, null takes away."""
    if not isinstance(base.value, dict) or not isinstance(over.value, dict):
        return over
    values = dict(base.value)
    for key, node in over.value.items():
        if node.value is None:
            values.pop(key, None)
        else:
            values[key] = merged(values[key], node) if key in values else node
    return Node(values, base.file, base.line, base.path)


def read_node(file: Path) -> Node:
    """Read a file of one YAML document.

    Raises:
        TargetError: It cannot be read, or is no plain YAML document.
    """
    documents = _composed(file)
    if len(documents) != 1:
        raise TargetError(
            f"one YAML document is wanted here, not {len(documents)}", where=str(file)
        )
    return _node(documents[0], file, "", ())


def read_manifests(file: Path) -> tuple[dict[str, Any], ...]:
    """Read a file of Kubernetes objects.

    Raises:
        TargetError: It cannot be read, or a document is no Kubernetes object.
    """
    objects = []
    for document in _composed(file):
        node = _node(document, file, "", ())
        if node.value is not None:
            objects.append(manifest(node))
    return tuple(objects)


def manifest(node: Node) -> dict[str, Any]:
    """Return a node that is a Kubernetes object as a plain document.

    Raises:
        TargetError: It lacks kind, apiVersion or name.
    """
    document: dict[str, Any] = node.plain() if isinstance(node.value, dict) else {}
    metadata = document.get("metadata")
    named = isinstance(metadata, dict) and isinstance(metadata.get("name"), str)
    if "kind" not in document or "apiVersion" not in document or not named:
        raise node.error(
            "this is no Kubernetes object",
            "an object has apiVersion, kind and metadata.name",
        )
    return document


def read_text(file: Path) -> str:
    """Return a file's text.

    Raises:
        TargetError: It cannot be read, or is not UTF-8.
    """
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise TargetError(
            f"this is not UTF-8 (byte {error.start})",
            where=str(file),
            remedy="save it as UTF-8",
        ) from error
    except OSError as error:
        raise TargetError(
            f"the file cannot be read: {error.strerror}", where=str(file)
        ) from error


def _composed(file: Path) -> list[yaml.Node]:
    """Return the YAML documents of a file with their marks."""
    try:
        return list(yaml.compose_all(read_text(file), Loader=yaml.SafeLoader))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{file}:{mark.line + 1}" if mark else str(file)
        what = getattr(error, "problem", None) or str(error).splitlines()[0]
        raise TargetError(
            f"this is no YAML: {what}", where=where, remedy="mend the file's syntax"
        ) from error


def _node(node: yaml.Node, file: Path, path: str, above: tuple[yaml.Node, ...]) -> Node:
    """Return a composed YAML node as one of ours."""
    line = node.start_mark.line + 1
    here = Node(None, file, line, path)
    if any(node is one for one in above) or len(above) > _DEEPEST:
        raise here.error("this contains itself", "take the alias (*name) out")
    inner = (*above, node)
    if isinstance(node, yaml.MappingNode):
        values: dict[str, Node] = {}
        for key, value in node.value:
            name = str(key.value)
            if name in values:
                at = Node(None, file, key.start_mark.line + 1, path)
                raise at.error(f"{name!r} is written twice here", "keep one of them")
            values[name] = _node(value, file, f"{path}.{name}".lstrip("."), inner)
        return Node(values, file, line, path)
    if isinstance(node, yaml.SequenceNode):
        entries = [
            _node(value, file, f"{path}[{number}]", inner)
            for number, value in enumerate(node.value)
        ]
        return Node(entries, file, line, path)
    return Node(_scalar(node), file, line, path)


def _scalar(node: yaml.Node) -> Any:
    """Return a scalar's value; a date stays the text that it is."""
    if node.tag == "tag:yaml.org,2002:timestamp":
        return node.value
    loader = yaml.SafeLoader("")
    try:
        return loader.construct_object(node)
    finally:
        loader.dispose()
