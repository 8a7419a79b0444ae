"""The parser's tree → the outline of a document.

Titles are headings, paragraphs of bold words, and numbered or boxed lines with more
lines below them.  A code block is read only if its first line announces what is to be
done; every other one shows something and asks nothing.
"""

from __future__ import annotations

import dataclasses
import itertools
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from pytest_roadmap.model import Claim
from pytest_roadmap.plan import roles
from pytest_roadmap.plan.grouping import grouped
from pytest_roadmap.plan.marks import heading_claim, marked, status
from pytest_roadmap.plan.outline import Entry, Outline, Role
from pytest_roadmap.plan.tables import row_entries
from pytest_roadmap.plan.titles import BOLD, Below, Title

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markdown_it.token import Token

_NUMBERED = re.compile(r"\d+[.)]\s+\S")
_LISTS = ("bullet_list", "ordered_list")


def outline(tokens: Sequence[Token]) -> Outline:
    """Return the outline of a parsed document."""
    reader = _Reader()
    reader.blocks(SyntaxTreeNode(tokens).children)
    return Outline(entries=grouped(reader.entries))


@dataclass(slots=True, kw_only=True)
class _Reader:
    """Collects entries.

    `task` is where the last task began, which a status is about; `adopted` is the list
    that was taken already, below the line before it.
    """

    entries: list[Entry] = field(default_factory=list)
    titles: list[Title] = field(default_factory=list)
    task: int = 0
    adopted: SyntaxTreeNode | None = None

    def blocks(self, nodes: Sequence[SyntaxTreeNode]) -> None:
        """Take blocks that follow each other."""
        for node, after in itertools.zip_longest(nodes, nodes[1:]):
            match node.type:
                case "bullet_list" if node is self.adopted:
                    self.adopted = None
                case "heading":
                    self.heading(node)
                case "paragraph":
                    self.paragraph(_content(node), _line(node))
                case "bullet_list" | "ordered_list":
                    self.adopt(node, after)
                    self.items(node, Below(titles=tuple(self.titles)))
                case "table":
                    names = tuple(title.text for title in self.titles)
                    self.entries += row_entries(node, names)
                case "fence" | "code_block":
                    self.fence(node)
                case "blockquote":
                    self.blocks(node.children)

    def heading(self, node: SyntaxTreeNode) -> None:
        """Open a heading; a numbered one may turn out to be a task."""
        text, level = _content(node), int(node.tag[1:])
        self.titles = [title for title in self.titles if title.level < level]
        claim = heading_claim(text)
        self.titles.append(Title(level=level, text=text, claim=claim))
        if _NUMBERED.match(text):
            self.task = len(self.entries)
            below = Below(titles=tuple(self.titles))
            self.add(Role.TITLE, Claim.OPEN, text, _line(node), below)

    def paragraph(self, text: str, line: int) -> None:
        """Take a paragraph: a title, a label, or one entry for each labelled line."""
        words = marked(text)
        if roles.is_heading(words.text):
            self.titles = [title for title in self.titles if title.level < BOLD]
            title = Title(level=BOLD, text=words.text, claim=words.claim)
            self.titles.append(title)
            return
        below = Below(titles=tuple(self.titles))
        for part, start in _labelled_lines(text, line):
            role = roles.in_prose(part)
            if roles.is_status(part):
                role = self.status(part)
            self.add(role, Claim.NONE, part, start, below)

    def status(self, text: str) -> Role:
        """Let a status speak for the last task, and return its role."""
        claim = status(roles.label_of(text)[1])
        about = self.entries[self.task :]
        if claim is Claim.NONE or not about:
            return Role.NARRATIVE
        if not any(entry.role is Role.REQUIREMENT for entry in about):
            about[0] = dataclasses.replace(about[0], role=Role.REQUIREMENT)
        self.entries[self.task :] = [
            dataclasses.replace(entry, claim=claim)
            if entry.role is Role.REQUIREMENT and not entry.box
            else entry
            for entry in about
        ]
        return Role.STATUS

    def fence(self, node: SyntaxTreeNode) -> None:
        """Take the list of a code block that announces what is to be done."""
        first = node.content.lstrip().partition("\n")[0]
        if not roles.is_orders_label(first):
            return
        offset = _line(node) - (0 if node.type == "fence" else 1)
        below = Below(titles=tuple(self.titles), fenced=True, offset=offset)
        for inner in SyntaxTreeNode(
            MarkdownIt("commonmark").parse(node.content)
        ).children:
            if inner.type in _LISTS:
                self.items(inner, below)

    def adopt(self, node: SyntaxTreeNode, after: SyntaxTreeNode | None) -> None:
        """Let a numbered line of bold words have the list right behind it.

        Two digits before the point need a deeper indent than one; people forget, and
        the list then follows the line that it was written below.
        """
        last = node.children[-1].children
        near = node.map and after and after.map and after.map[0] <= node.map[1]
        alone = [child.type for child in last] == ["paragraph"]
        if (
            near
            and after
            and after.type == "bullet_list"
            and node.type == "ordered_list"
            and alone
            and roles.is_title(_content(last[0]))
        ):
            self.adopted = after

    def items(self, node: SyntaxTreeNode, below: Below) -> None:
        """Take the lines of a list."""
        numbered = node.type == "ordered_list"
        for item in node.children:
            if not below.level:
                self.task = len(self.entries)
            last = numbered and item is node.children[-1] and not below.level
            more = [self.adopted] if last and self.adopted else []
            self.item(item, more, below, numbered=numbered)

    def item(
        self,
        node: SyntaxTreeNode,
        more: list[SyntaxTreeNode],
        below: Below,
        *,
        numbered: bool,
    ) -> None:
        """Take one line of a list, what is nested below it, and what it adopted."""
        text, line = "", _line(node) + below.offset
        nested: list[SyntaxTreeNode] = []
        for child in (*node.children, *more):
            if child.type == "paragraph" and not text:
                text = _content(child)
            elif child.type in _LISTS or roles.is_status(_content(child)):
                nested.append(child)
        lists = any(child.type in _LISTS for child in nested)
        inner = self.line(text, line, below, numbered=numbered, parent=lists)
        for child in nested:
            if child.type in _LISTS:
                self.items(child, inner)
            else:
                role = self.status(_content(child))
                start = _line(child) + below.offset
                self.add(role, Claim.NONE, _content(child), start, below)

    def line(
        self, text: str, line: int, below: Below, *, numbered: bool, parent: bool
    ) -> Below:
        """Add one line of a list, and return what the lines below it stand below."""
        words = marked(text)
        role = roles.in_list(words.text, below_box=below.box, titles=below.silent)
        if words.box:
            role = Role.REQUIREMENT
        elif parent and roles.label_of(words.text)[1] == "":
            role = role if roles.is_order(words.text) else Role.DETAIL
        elif parent and (roles.is_title(words.text) or _heads(words.text, numbered)):
            role = Role.TITLE
        asks = role is Role.REQUIREMENT
        claim = words.claim or (below.claim if asks else Claim.NONE)
        inner = below.under(words.text, words.claim, box=words.box or below.box)
        if role is Role.DETAIL:  # a label such as "Methods:" is no title
            inner = dataclasses.replace(below, level=below.level + 1)
        if words.text.strip():
            place = inner if parent else below
            self.add(role, claim, words.text, line, place, box=words.box)
        if role is Role.STATUS:
            self.status(words.text)
        return inner

    def add(  # noqa: PLR0913 - one argument for each thing that a line has
        self,
        role: Role,
        claim: Claim,
        text: str,
        line: int,
        below: Below,
        *,
        box: bool = False,
    ) -> None:
        """Add an entry.

        Args:
            role: What it is for.
            claim: What it claims.
            text: Its words.
            line: Its line in the document.
            below: What it stands below.
            box: Whether it has a checkbox.
        """
        self.entries.append(
            Entry(
                role=role,
                claim=claim,
                text=text,
                line=line,
                above=below.names,
                box=box,
                fenced=below.fenced,
            )
        )


def _heads(text: str, numbered: bool) -> bool:
    """Tell whether a numbered line with lines below it only names them."""
    return numbered and not roles.is_order(text)


def _content(node: SyntaxTreeNode) -> str:
    """Return the source of a block's inline text."""
    return "".join(child.content for child in node.children if child.type == "inline")


def _line(node: SyntaxTreeNode) -> int:
    """Return a block's first line, counted from 1."""
    return node.map[0] + 1 if node.map else 0


def _labelled_lines(text: str, line: int) -> list[tuple[str, int]]:
    """Return a paragraph, split into its lines where each one has a bold label."""
    lines = text.split("\n")
    if all(part.startswith("**") and roles.label_of(part)[0] for part in lines):
        return [(part, line + index) for index, part in enumerate(lines)]
    return [(text, line)]
