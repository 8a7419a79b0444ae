"""What a profile says of keys for tests, of variants, and of a build that diverges."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from pytest_roadmap.target import profile_fields as fields

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pytest_roadmap.target.yaml_nodes import Node

Operations: TypeAlias = tuple[Mapping[str, Any], ...]
"""The operations of one JSON patch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeySource:
    """Where a key of each validator is; `{node}` in `key` is the pod's name."""

    kind: str
    object: str
    key: str

    def key_of(self, node: str) -> str:
        """Return the key of the object that holds a node's key."""
        return self.key.replace("{node}", node)


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """The validators' keys for tests.

    `consensus` are priv_validator_key.json files, `operator` the 32 bytes of
    the operators' secp256k1 keys in base64, `node` node_key.json files that lie
    in the same object as those for consensus.  `to_itself` are variables with
    which a node keeps the transactions of its mempool to itself.
    """

    consensus: KeySource
    operator: KeySource | None = None
    node: str = ""
    to_itself: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """The same target begun with another genesis: a JSON patch of it."""

    name: str
    genesis: Operations


def keys(
    node: Node | None, reference: Callable[[str, Node], tuple[str, str]]
) -> Keys | None:
    """Return where the keys are, if the profile says so."""
    if node is None or node.value is None:
        return None
    given = node.keys_among({"consensus", "operator", "node", "to_itself"})
    operator = given.get("operator")
    return Keys(
        consensus=_source(fields.wanted(node, "consensus"), reference),
        operator=_source(operator, reference) if operator else None,
        node=fields.text(given, "node"),
        to_itself=fields.table(given.get("to_itself")),
    )


def variants(
    node: Node | None, operations: Callable[[Node], Operations]
) -> Iterable[Variant]:
    """Yield the variants."""
    for name, entry in node.mapping().items() if node and node.value else ():
        entry.keys_among({"genesis"})
        patch = operations(fields.wanted(entry, "genesis"))
        yield Variant(name=name, genesis=patch)


def _source(node: Node, reference: Callable[[str, Node], tuple[str, str]]) -> KeySource:
    """Return where a key of each validator is."""
    node.keys_among({"object", "key"})
    where = fields.wanted(node, "object")
    kind, name = reference(where.scalar(str), where)
    return KeySource(kind=kind, object=name, key=fields.wanted(node, "key").scalar(str))
