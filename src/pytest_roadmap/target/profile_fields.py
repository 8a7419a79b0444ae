"""What may stand in a profile's fields, and the words for what may not."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Mapping

    from _typeshed import DataclassInstance

    from pytest_roadmap.target.yaml_nodes import Node

D = TypeVar("D", bound="DataclassInstance")


def wanted(node: Node, key: str) -> Node:
    """Return what stands under a key that may not be missing."""
    found = node.mapping().get(key)
    if found is None or found.value is None:
        name = f"{node.path}.{key}".lstrip(".")
        raise node.error(
            f"{name} is missing", f"add it; see {key} in k8s/reference/profile.yaml"
        )
    return found


def entries(top: Mapping[str, Node], key: str) -> list[Node]:
    """Return the entries of a list that may be missing."""
    return top[key].items() if key in top else []


def texts(top: Mapping[str, Node], key: str) -> tuple[str, ...]:
    """Return a list of texts."""
    return tuple(node.scalar(str) for node in entries(top, key))


def text(top: Mapping[str, Node], key: str) -> str:
    """Return a text that may be missing."""
    return top[key].scalar(str) if key in top else ""


def number(top: Mapping[str, Node], key: str, default: float) -> float:
    """Return a positive number that may be missing."""
    if key not in top:
        return default
    value = float(top[key].scalar(int, float))
    if value <= 0:
        raise top[key].error(f"a positive number is wanted here, not {value:g}")
    return value


def table(node: Node | None) -> dict[str, str]:
    """Return a mapping of texts that may be missing."""
    if node is None or node.value is None:
        return {}
    return {key: str(entry.scalar(str, int)) for key, entry in node.mapping().items()}


def digest(node: Node) -> str:
    """Return what tells two profiles apart."""
    text = json.dumps(node.plain(), sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def filled(node: Node | None, kind: type[D], value: type[int | str]) -> D:
    """Return a dataclass whose fields are all of one type; what is missing is usual."""
    if node is None or node.value is None:
        return kind()
    known = {field.name for field in dataclasses.fields(kind)}
    return kind(**{k: n.scalar(value) for k, n in node.keys_among(known).items()})
