"""Reads a profile from YAML: each key of it, and what may stand there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from pytest_roadmap.target import profile_fields as fields
from pytest_roadmap.target import profile_keys, profile_state_sync
from pytest_roadmap.target.profile import (
    Accounts,
    GenesisSource,
    Patches,
    Ports,
    Profile,
    Query,
    Release,
    Role,
    SecretKey,
    Storage,
    Undo,
)
from pytest_roadmap.target.yaml_nodes import (
    Node,
    manifest,
    merged,
    read_manifests,
    read_node,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

_KEYS = (
    "name",
    "namespace",
    "manifests",
    "images",
    "chain",
    "roles",
    "ports",
    "genesis",
    "storage",
    "accounts",
    "releases",
    "undo",
    "keys",
    "variants",
    "divergent_build",
    "exit_codes_on_sigterm",
    "closing_log_lines",
    "wal_repair_log",
    "longest_start_seconds",
    "jobs",
    "heavy_queries",
    "metrics",
    "components",
    "state_sync",
)
_ROLES = ("validators", "full", "api", "load")
_ROLE_TEXTS = frozenset(
    {"container", "service", "sessions", "budget", "claim", "home", "genesis_init"}
)
_WORKLOADS = {"StatefulSet", "Deployment"}
_NAMESPACE = re.compile(r"[a-z0-9]([-a-z0-9]{0,40}[a-z0-9])?")  # room for a suffix


def read(file: Path, overlays: Iterable[Node]) -> Profile:
    """Return the profile of a file with partial profiles merged over it.

    Raises:
        TargetError: Something in it makes no sense, with file and line.
    """
    node = read_node(file)
    for overlay in overlays:
        node = merged(node, overlay)
    top = node.keys_among(_KEYS)
    folder = file.parent
    roles = _roles(fields.wanted(node, "roles"))
    chain = fields.wanted(node, "chain").keys_among({"id", "denom", "block_seconds"})
    fields.wanted(fields.wanted(node, "chain"), "id")
    return Profile(
        file=file,
        digest=fields.digest(node),
        name=fields.wanted(node, "name").scalar(str),
        namespace=_namespace(fields.wanted(node, "namespace")),
        manifests=tuple(_file(n, folder) for n in fields.entries(top, "manifests")),
        images=fields.texts(top, "images"),
        chain_id=chain["id"].scalar(str),
        denom=fields.text(chain, "denom"),
        block_seconds=fields.number(chain, "block_seconds", 1.0),
        validators=roles["validators"],
        full=roles.get("full"),
        api=roles.get("api"),
        load=roles.get("load"),
        ports=fields.filled(top.get("ports"), Ports, int),
        genesis=_genesis(top.get("genesis")),
        storage=fields.filled(top.get("storage"), Storage, str),
        accounts=_accounts(top.get("accounts")),
        releases=_releases(top.get("releases")),
        undo=_undo(top.get("undo")),
        keys=profile_keys.keys(top.get("keys"), reference),
        variants=tuple(profile_keys.variants(top.get("variants"), operations)),
        divergent_build=patches(top.get("divergent_build")),
        exit_codes_on_sigterm=_exit_codes(top),
        closing_log_lines=tuple(map(_regex, fields.entries(top, "closing_log_lines"))),
        wal_repair_log=_regex(top["wal_repair_log"]) if "wal_repair_log" in top else "",
        longest_start_seconds=fields.number(top, "longest_start_seconds", 120.0),
        jobs=tuple(_jobs(top, folder)),
        heavy_queries=tuple(_queries(top.get("heavy_queries"))),
        metrics=fields.table(top.get("metrics")),
        components=frozenset(fields.texts(top, "components")),
        state_sync=profile_state_sync.read(top.get("state_sync"), folder, _role),
    )


def patches(node: Node | None) -> Patches:
    """Return JSON patches by `Kind/name`.

    Raises:
        TargetError: A reference or an operation makes no sense.
    """
    if node is None or node.value is None:
        return {}
    found = {}
    for name, entry in node.mapping().items():
        reference(name, entry)
        found[name] = operations(entry)
    return found


def reference(text: str, node: Node) -> tuple[str, str]:
    """Return the kind and the name in `Kind/name`.

    Raises:
        TargetError: It is no such reference.
    """
    kind, slash, name = text.partition("/")
    if not (kind and slash and name):
        raise node.error(f"{text!r} names no object", "write Kind/name")
    return kind, name


def operations(node: Node) -> tuple[Mapping[str, Any], ...]:
    """Return the operations of one JSON patch.

    Raises:
        TargetError: One is no JSON patch operation.
    """
    wanted = {"add", "replace", "remove", "test", "move", "copy"}
    for entry in node.items():
        given = entry.keys_among({"op", "path", "value", "from"})
        if "op" not in given or "path" not in given:
            raise entry.error("this is no operation of a JSON patch", "op and path")
        if given["op"].scalar(str) not in wanted:
            raise given["op"].error("no such operation", ", ".join(sorted(wanted)))
    return tuple(node.plain() or ())


def _namespace(node: Node) -> str:
    """Return a name that can be a namespace's, with a suffix too."""
    text = node.scalar(str)
    if not _NAMESPACE.fullmatch(text):
        raise node.error(
            f"{text!r} can be no namespace's name",
            "at most 42 small letters, digits and hyphens",
        )
    return text


def _file(node: Node, folder: Path) -> Path:
    """Return a file that is there, named relative to the profile."""
    file = folder / node.scalar(str)
    if not file.is_file():
        raise node.error(f"there is no file {file}", "mend the name or add the file")
    return file


def _exit_codes(top: Mapping[str, Node]) -> tuple[int, ...]:
    """Return the exit codes of an orderly stop."""
    named = fields.entries(top, "exit_codes_on_sigterm")
    return tuple(node.scalar(int) for node in named) or (0,)


def _regex(node: Node) -> str:
    """Return a text that is a regular expression."""
    text = node.scalar(str)
    try:
        re.compile(text)
    except re.error as error:
        raise node.error(f"{text!r} is no regular expression: {error}") from error
    return text


def _roles(node: Node) -> dict[str, Role]:
    """Return the roles; validators may not be missing."""
    fields.wanted(node, "validators")
    return {
        name: _role(name, entry)
        for name, entry in node.keys_among(_ROLES).items()
        if entry.value is not None
    }


def _role(name: str, node: Node) -> Role:
    """Return one role."""
    given = node.keys_among({"object", "selector", *_ROLE_TEXTS})
    owner = fields.wanted(node, "object")
    kind, found = reference(owner.scalar(str), owner)
    if kind not in _WORKLOADS:
        raise owner.error(f"a {kind} cannot play a role", "StatefulSet or Deployment")
    texts = {key: fields.text(given, key) for key in _ROLE_TEXTS if key in given}
    if "budget" in texts:
        texts["budget"] = texts["budget"].rpartition("/")[2]
    selector = fields.table(fields.wanted(node, "selector"))
    return Role(name=name, kind=kind, object=found, selector=selector, **texts)


def _genesis(node: Node | None) -> GenesisSource | None:
    """Return where the genesis comes from, if it is an object."""
    if node is None or node.value is None:
        return None
    given = node.keys_among({"object", "key", "path", "hash", "hash_key"})
    source = fields.wanted(node, "object")
    kind, name = reference(source.scalar(str), source)
    optional = ("path", "hash", "hash_key")
    rest = {name: fields.text(given, name) for name in optional if name in given}
    key = fields.wanted(node, "key").scalar(str)
    return GenesisSource(kind=kind, object=name, key=key, **rest)


def _accounts(node: Node | None) -> Accounts | None:
    """Return the accounts that probes may send from."""
    if node is None or node.value is None:
        return None
    given = node.keys_among({"secret", "key", "prefix", "first", "count"})
    for key in ("secret", "key", "prefix"):
        fields.wanted(node, key)
    return Accounts(
        seed=SecretKey(name=given["secret"].scalar(str), key=given["key"].scalar(str)),
        prefix=given["prefix"].scalar(str),
        first=given["first"].scalar(int) if "first" in given else 0,
        count=int(fields.number(given, "count", 16)),
    )


def _releases(node: Node | None) -> tuple[Release, ...]:
    """Return the other releases."""
    if node is None or node.value is None:
        return ()
    return tuple(
        Release(name=name, patches=patches(entry))
        for name, entry in node.mapping().items()
    )


def _undo(node: Node | None) -> Undo:
    """Return how a release is undone."""
    if node is None or node.value == "rollout-undo":
        return Undo(way="rollout-undo", patches={})
    given = node.keys_among({"command", "patches"})
    if "command" in given:
        words = tuple(n.scalar(str) for n in given["command"].items())
        return Undo(way="command", patches={}, command=words)
    return Undo(way="patches", patches=patches(given.get("patches")))


def _jobs(top: Mapping[str, Node], folder: Path) -> Iterable[Mapping[str, Any]]:
    """Yield the jobs: objects written here, or in files."""
    for node in fields.entries(top, "jobs"):
        if isinstance(node.value, str):
            yield from read_manifests(_file(node, folder))
        else:
            yield manifest(node)


def _queries(node: Node | None) -> Iterable[Query]:
    """Yield the heavy queries: a list of RPC paths, or lists by port."""
    if node is None or node.value is None:
        return
    if isinstance(node.value, list):
        yield from (Query(port="rpc", path=n.scalar(str)) for n in node.items())
        return
    for port, entries in node.keys_among({"rpc", "rest"}).items():
        yield from (Query(port=port, path=n.scalar(str)) for n in entries.items())
