"""What a probe's code is, as one digest: read from its text, without importing it.

The digest covers the function, and whatever of the suite's own code it leads
to: helpers and constants of its module, the fixtures that it can ask for, and
their helpers in turn.  A name means what it means in the module where it
stands, so that another fact with a helper of the same name changes nothing.
Comments, layout and docstrings do not count either.
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
        self._fixtures: dict[str, list[Path]] = {}
        for path, named in self._modules.items():
            for name, statements in named.items():
                if any(map(_is_fixture, statements)):
                    self._fixtures.setdefault(name, []).append(path)

    def digest(self, module: Path, function: str) -> str:
        """Return the digest of a probe; empty if it is not there.

        Args:
            module: The probe's file.
            function: Its name, `Class::name` for a method.
        """
        first = function.split("::", maxsplit=1)[0]
        if first not in self._modules.get(module, {}):
            return ""
        seen: dict[tuple[Path, str], list[str]] = {}
        places = [(module, first)]
        while places:
            place = places.pop()
            if place in seen:
                continue
            here, name = place
            found = self._modules[here][name]
            seen[place] = [ast.dump(_bare(statement)) for statement in found]
            for statement in found:
                places += self._leads_to(here, module, statement)
        lines = sorted(f"{name}={code}" for (_, name), code in seen.items())
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()

    def _leads_to(
        self, here: Path, probe: Path, statement: ast.stmt
    ) -> Iterator[tuple[Path, str]]:
        """Yield where the names of a statement are defined.

        Args:
            here: The module in which it stands.
            probe: The module of the probe, which decides about the fixtures.
            statement: The statement.
        """
        own = self._modules[here]
        for name in _uses(statement):
            if name in own:
                yield here, name
        for name in _asks_for(statement):
            for path in self._fixtures.get(name, ()):
                shared = path.name != "conftest.py" or path.parent in probe.parents
                if path != here and shared and not path.name.startswith("test_"):
                    yield path, name


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
    """Yield the names that a statement uses, fixtures among them."""
    for node in ast.walk(statement):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr
    yield from _asks_for(statement)


def _asks_for(statement: ast.stmt) -> Iterator[str]:
    """Yield the names by which a statement may ask for a fixture."""
    for node in ast.walk(statement):
        if isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value  # usefixtures("…"), getfixturevalue("…")


def _is_fixture(statement: ast.stmt) -> bool:
    """Whether a statement defines a fixture."""
    if not isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return False
    makers = [
        maker.func if isinstance(maker, ast.Call) else maker
        for maker in statement.decorator_list
    ]
    return any(
        (isinstance(maker, ast.Attribute) and maker.attr == "fixture")
        or (isinstance(maker, ast.Name) and maker.id == "fixture")
        for maker in makers
    )


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
