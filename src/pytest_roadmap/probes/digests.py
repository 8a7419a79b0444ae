"""What a probe's code is, as one digest: read from its text, without importing it.

The digest covers the function, and whatever of the suite's own code it leads
to: helpers and constants of its module, fixtures and facts of the suite, by
name.  Comments, layout and docstrings do not count: they change nothing.
"""

from __future__ import annotations

import ast
import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    Named = dict[str, list[ast.stmt]]


class SuiteCode:
    """The Python code below a suite's folder."""

    def __init__(self, folder: Path) -> None:
        self._modules = {path: _named(path) for path in sorted(folder.rglob("*.py"))}
        self._shared: Named = {}
        for path, named in self._modules.items():
            if not path.name.startswith("test_"):
                for name, statements in named.items():
                    self._shared.setdefault(name, []).extend(statements)

    def digest(self, module: Path, function: str) -> str:
        """Return the digest of a probe; empty if it is not there.

        Args:
            module: The probe's file.
            function: Its name, `Class::name` for a method.
        """
        own = self._modules.get(module, {})
        first = function.split("::", maxsplit=1)[0]
        if first not in own:
            return ""
        seen: dict[str, list[str]] = {}
        names = [first]
        while names:
            name = names.pop()
            if name in seen:
                continue
            found = own.get(name) or self._shared.get(name, [])
            seen[name] = [ast.dump(_bare(statement)) for statement in found]
            names += [used for statement in found for used in _uses(statement)]
        text = "\n".join(f"{name}={seen[name]}" for name in sorted(seen) if seen[name])
        return hashlib.sha256(text.encode()).hexdigest()


def _named(path: Path) -> Named:
    """Return the top-level statements of a module by the name that they define."""
    try:
        tree = ast.parse(path.read_bytes())
    except (SyntaxError, ValueError):
        return {}
    named: Named = {}
    for statement in tree.body:
        for name in _defines(statement):
            named.setdefault(name, []).append(statement)
    return named


def _defines(statement: ast.stmt) -> Iterator[str]:
    """Yield the names that a statement defines; imports define nothing here."""
    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        yield statement.name
    elif isinstance(statement, (ast.Assign, ast.AnnAssign, ast.AugAssign)):
        single = not isinstance(statement, ast.Assign)
        targets = [statement.target] if single else statement.targets  # type: ignore[union-attr]
        for target in targets:
            for node in ast.walk(target):
                if isinstance(node, ast.Name):
                    yield node.id


def _uses(statement: ast.stmt) -> Iterator[str]:
    """Yield the names that a statement leads to: used, imported or as a fixture."""
    for node in ast.walk(statement):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value  # usefixtures("…"), getfixturevalue("…")


def _bare(statement: ast.stmt) -> ast.stmt:
    """Return a copy of the statement without docstrings."""
    copy = ast.parse(ast.unparse(statement)).body[0]
    for node in ast.walk(copy):
        if isinstance(
            node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
        ) and ast.get_docstring(node):
            node.body = node.body[1:] or [ast.Pass()]
    return copy


def together(parts: Iterable[str]) -> str:
    """Return one digest of several."""
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
