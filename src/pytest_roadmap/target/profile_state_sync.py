"""The part of a profile about nodes that join by a snapshot."""

from __future__ import annotations

import binascii
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pytest_roadmap.target import profile_fields as fields
from pytest_roadmap.target.yaml_nodes import manifest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from pytest_roadmap.target.profile import Role
    from pytest_roadmap.target.yaml_nodes import Node

_KEYS = (
    "joiner",
    "trust",
    "instance",
    "first_server",
    "lookalike",
    "recovery",
    "snapshots",
    "queries",
)
_PIN = "pin"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustObject:
    """Where a trusted block is pinned: an object, and its keys.

    `sign_above` is the key of the height up to which a validator that has lost
    its signing state signs nothing; empty where the target knows none.
    """

    kind: str
    object: str
    height: str
    hash: str
    sign_above: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StateQuery:
    """A query of the application's state: its path, and what is sent with it."""

    path: str
    data: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class StateSync:
    """How nodes of a target join by a snapshot.

    Attributes:
        joiner: The workload, of no replica, that joins when it is scaled up.
        trust: Where a trusted block is pinned.
        instance: The overlay of an instance that others join; None for none.
        first_server: The Service that a joining node asks first for headers.
        lookalike: The workload, of no replica, of a chain with the same id.
        recovery: What the recovery procedure applies before it deletes the
            claim and the pod; None where it pins a block of today.
        snapshots: The folder of the snapshots, below a node's home.
        queries: Queries over every module.
    """

    joiner: Role
    trust: TrustObject
    instance: Path | None = None
    first_server: str = ""
    lookalike: str = ""
    recovery: tuple[Mapping[str, Any], ...] | None = None
    snapshots: str = "data/snapshots"
    queries: tuple[StateQuery, ...] = ()


def read(
    node: Node | None, folder: Path, role: Callable[[str, Node], Role]
) -> StateSync | None:
    """Return what a profile says of it, if it does.

    Raises:
        TargetError: It makes no sense, with file and line.
    """
    if node is None or node.value is None:
        return None
    given = node.keys_among(_KEYS)
    return StateSync(
        joiner=role("joiner", fields.wanted(node, "joiner")),
        trust=_trust(fields.wanted(node, "trust")),
        instance=_file(given["instance"], folder) if "instance" in given else None,
        first_server=_named(given, "first_server", "Service"),
        lookalike=_named(given, "lookalike", "StatefulSet"),
        recovery=_recovery(given.get("recovery")),
        snapshots=fields.text(given, "snapshots") or "data/snapshots",
        queries=tuple(_query(entry) for entry in fields.entries(given, "queries")),
    )


def _trust(node: Node) -> TrustObject:
    """Return where a trusted block is pinned."""
    given = node.keys_among({"object", "height", "hash", "sign_above"})
    kind, _, name = fields.wanted(node, "object").scalar(str).partition("/")
    if kind != "ConfigMap" or not name:
        raise given["object"].error("a block is pinned in a ConfigMap", "ConfigMap/…")
    return TrustObject(
        kind=kind,
        object=name,
        height=fields.wanted(node, "height").scalar(str),
        hash=fields.wanted(node, "hash").scalar(str),
        sign_above=fields.text(given, "sign_above"),
    )


def _file(node: Node, folder: Path) -> Path:
    """Return a file that is there, named relative to the profile."""
    file = folder / node.scalar(str)
    if not file.is_file():
        raise node.error(f"there is no file {file}", "mend the name or add the file")
    return file


def _named(given: Mapping[str, Node], key: str, kind: str) -> str:
    """Return the name in `Kind/name`; empty where the key is missing."""
    if key not in given:
        return ""
    found, _, name = given[key].scalar(str).partition("/")
    if found != kind or not name:
        raise given[key].error(f"a {kind} is wanted here", f"{kind}/…")
    return name


def _recovery(node: Node | None) -> tuple[Mapping[str, Any], ...] | None:
    """Return the objects that the recovery applies; None where it pins a block."""
    if node is None or node.value == _PIN:
        return None
    given = node.keys_among({"objects"})
    return tuple(manifest(entry) for entry in fields.entries(given, "objects"))


def _query(node: Node) -> StateQuery:
    """Return a query, written as `PATH` or `PATH 0xDATA`."""
    path, _, data = node.scalar(str).partition(" ")
    try:
        return StateQuery(path=path, data=binascii.unhexlify(data.removeprefix("0x")))
    except ValueError as error:
        raise node.error(f"{data!r} is not hexadecimal") from error
