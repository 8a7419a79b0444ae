"""YAML files as nodes that know their line.

Plan files are data, so this reads the plain part of YAML only, and by the rules of
YAML 1.2: `on` and `no` are words, `2015-10-21` is text, there are no tags and no merge
keys.  Duplicate keys, cycles and alias bombs are errors with file and line.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, cast

import yaml

from pytest_roadmap.errors import PlanError
from pytest_roadmap.plan.documents import read_text
from pytest_roadmap.plan.nodes import Node, Value

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pytest_roadmap.plan.documents import Text

DEEPEST: Final = 40
LARGEST: Final = 5_000_000  # nodes, aliases counted as often as they are used

_Loader: type[yaml.SafeLoader | yaml.CSafeLoader] = getattr(
    yaml, "CSafeLoader", yaml.SafeLoader
)
_INTEGER = re.compile(r"[-+]?\d+\Z", re.ASCII)
_FLOAT = re.compile(r"[-+]?(\.\d+|\d+(\.\d*)?)([eE][-+]?\d+)?\Z", re.ASCII)
_WORDS: Final[dict[str, bool | None]] = {
    "": None,
    "~": None,
    "null": None,
    "Null": None,
    "NULL": None,
    "true": True,
    "True": True,
    "TRUE": True,
    "false": False,
    "False": False,
    "FALSE": False,
}


def read_yaml(path: Path) -> Node:
    """Read the one document of a YAML file.

    Raises:
        PlanError: It is no text, no YAML, empty, cyclic or too large.
    """
    return parse_yaml(read_text(path))


def parse_yaml(source: Text) -> Node:
    """Return the one document of a YAML text that was read before.

    Raises:
        PlanError: It is no YAML, empty, cyclic or too large.
    """
    try:
        return _Builder(source).document()
    except yaml.MarkedYAMLError as error:
        raise _told(error, source.name) from error
    except yaml.reader.ReaderError as error:
        line = source.text.count("\n", 0, error.position) + 1
        raise PlanError(
            f"is not YAML: {error.reason}",
            where=f"{source.name}:{line}",
            remedy="Remove the character.",
        ) from error


def _told(error: yaml.MarkedYAMLError, name: str) -> PlanError:
    """Return what PyYAML says as file, line, sentence and remedy."""
    mark = error.problem_mark or error.context_mark
    where = f"{name}:{mark.line + 1}" if mark else name
    problem = error.problem or error.context or "broken syntax"
    remedy = "Mind the indentation, and quote text that contains ': ' or ' #'."
    if "found character" in problem and "token" in problem:
        remedy = "YAML indents with spaces: replace the tab, or quote the value."
    elif "undefined alias" in problem:
        remedy = "Quote the value if it begins with '*', or define the anchor before."
    return PlanError(f"is not YAML: {problem}", where=where, remedy=remedy)


class _Builder:
    """Builds the nodes of one YAML text from the parser's events."""

    def __init__(self, source: Text) -> None:
        self.name = source.name
        self.next = cast("Callable[[], yaml.Event]", _Loader(source.text).get_event)
        self.anchors: dict[str, tuple[Node, int] | None] = {}
        self.count = 0

    def document(self) -> Node:
        """Return the document's root, and refuse none or several."""
        self.next()  # the stream's start
        event = self.next()
        if isinstance(event, yaml.StreamEndEvent):
            raise PlanError("is empty", where=self.name, remedy="Write the plan in it.")
        root = self.node(self.next(), 1)
        self.next()  # the document's end
        event = self.next()
        if not isinstance(event, yaml.StreamEndEvent):
            raise self.error(
                "a second document begins here", event, "Remove the '---'."
            )
        return root

    def error(self, what: str, event: yaml.Event, remedy: str) -> PlanError:
        """Return a PlanError at an event's line."""
        return PlanError(what, where=f"{self.name}:{_line(event)}", remedy=remedy)

    def node(self, event: yaml.Event, depth: int, line: int = 0) -> Node:
        """Return the node that begins with `event`, at its key's `line` or its own."""
        self.count += 1
        if isinstance(event, yaml.AliasEvent):
            known = self.alias(event)
            return Node(value=known.value, file=self.name, line=line or known.line)
        if depth > DEEPEST:
            raise self.error(
                f"nests deeper than {DEEPEST} levels", event, "Flatten it."
            )
        anchor = event.anchor if isinstance(event, yaml.NodeEvent) else None
        if anchor:
            self.anchors[anchor] = None  # not finished: an alias now would be a cycle
        before = self.count
        value = self.value(event, depth)
        node = Node(value=value, file=self.name, line=line or _line(event))
        if anchor:
            self.anchors[anchor] = node, self.count - before + 1
        return node

    def alias(self, event: yaml.AliasEvent) -> Node:
        """Return the node of an alias, and refuse cycles and bombs."""
        if event.anchor not in self.anchors:
            raise self.error(
                f"*{event.anchor} stands for nothing",
                event,
                "Quote the value if it begins with '*', or define the anchor before.",
            )
        known = self.anchors[event.anchor]
        if known is None:
            raise self.error(
                f"*{event.anchor} stands for a value that contains it (a cycle)",
                event,
                "Write the value out instead.",
            )
        node, size = known
        self.count += size
        if self.count > LARGEST:
            raise self.error(
                f"aliases stand for more than {LARGEST:,} values",
                event,
                "Write the values out instead of nesting aliases.",
            )
        return node

    def value(self, event: yaml.Event, depth: int) -> Value:
        """Return the value of a scalar, sequence or mapping."""
        if not isinstance(event, (yaml.ScalarEvent, yaml.CollectionStartEvent)):
            raise self.error("a value is missing here", event, "Write the value.")
        if event.tag is not None and event.tag != "!":
            raise self.error(
                f"the tag {event.tag} is not used in plan files",
                event,
                "Remove the tag.",
            )
        if isinstance(event, yaml.ScalarEvent):
            return _scalar(event.value) if event.implicit[0] else str(event.value)
        if isinstance(event, yaml.SequenceStartEvent):
            return self.sequence(depth)
        return self.mapping(depth)

    def sequence(self, depth: int) -> list[Node]:
        """Return the nodes up to the end of a sequence."""
        nodes = []
        while not isinstance(event := self.next(), yaml.SequenceEndEvent):
            nodes.append(self.node(event, depth + 1))
        return nodes

    def mapping(self, depth: int) -> dict[str, Node]:
        """Return the pairs up to the end of a mapping; a value has its key's line."""
        pairs: dict[str, Node] = {}
        while not isinstance(event := self.next(), yaml.MappingEndEvent):
            if not isinstance(event, yaml.ScalarEvent):
                raise self.error("a key is not a word", event, "Quote the key.")
            key, line = event.value, _line(event)
            if key in pairs:
                raise self.error(
                    f"the key {key!r} is here twice, first in line {pairs[key].line}",
                    event,
                    "Remove or rename one of them.",
                )
            pairs[key] = self.node(self.next(), depth + 1, line)
        return pairs


def _line(event: yaml.Event) -> int:
    """Return the 1-based line in which an event begins."""
    return event.start_mark.line + 1 if event.start_mark else 1


def _scalar(text: str) -> Value:
    """Return what an unquoted word means: nothing, a truth value, a number or text."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in "+-.0123456789":
        return text
    if _INTEGER.match(text):
        return int(text) if len(text) < 20 else float(text)  # noqa: PLR2004 - 64 bits
    return float(text) if _FLOAT.match(text) else text
