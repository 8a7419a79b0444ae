"""Where a suite's probes are, found without importing or running any of them.

Reads `@probe("ID", …)` (and `@pytest.mark.probe(…)`, marks of a class, `pytestmark`)
from the syntax trees of the suite's `test_*.py` files.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_roadmap.errors import PlanError
from pytest_roadmap.plan.documents import read_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexedProbe:
    """A probe's node id (without parameters), place and requirement ids."""

    node: str
    path: str
    line: int
    ids: tuple[str, ...]

    @property
    def where(self) -> str:
        """The place as `file:line`."""
        return f"{self.path}:{self.line}"


def index_probes(root: Path, folder: Path) -> tuple[IndexedProbe, ...]:
    """Return the probes of the suite in `folder`, with node ids relative to `root`.

    Raises:
        PlanError: A file cannot be parsed, or an id is not written out.
    """
    probes: list[IndexedProbe] = []
    base = root.resolve()
    for path in sorted(folder.resolve().rglob("test_*.py")):
        inside = path.is_relative_to(base)
        name = (path.relative_to(base) if inside else path).as_posix()
        probes += _file(path, name)
    return tuple(probes)


def by_requirement(
    probes: Sequence[IndexedProbe],
) -> dict[str, tuple[IndexedProbe, ...]]:
    """Return the probes of each requirement id."""
    found: dict[str, list[IndexedProbe]] = {}
    for probe in probes:
        for name in probe.ids:
            found.setdefault(name, []).append(probe)
    return {name: tuple(entries) for name, entries in found.items()}


def _file(path: Path, name: str) -> Iterator[IndexedProbe]:
    """Yield the probes of one file."""
    try:
        tree = ast.parse(read_text(path).text)
    except SyntaxError as error:
        raise PlanError(
            f"is not Python: {error.msg}",
            where=f"{name}:{error.lineno}",
            remedy="Correct the syntax.",
        ) from error
    marks = [
        value
        for statement in tree.body
        if isinstance(statement, ast.Assign)
        and "pytestmark" in {getattr(name, "id", "") for name in statement.targets}
        for value in _elements(statement.value)
    ]
    yield from _body(tree.body, name, name, _ids(marks, name))


def _body(
    statements: Sequence[ast.stmt], prefix: str, path: str, outer: tuple[str, ...]
) -> Iterator[IndexedProbe]:
    """Yield the probes among the statements of a module or a class."""
    for statement in statements:
        if isinstance(statement, ast.ClassDef) and statement.name.startswith("Test"):
            inner = outer + _ids(statement.decorator_list, path)
            yield from _body(statement.body, f"{prefix}::{statement.name}", path, inner)
        elif isinstance(
            statement, (ast.FunctionDef, ast.AsyncFunctionDef)
        ) and statement.name.startswith("test"):
            ids = dict.fromkeys(outer + _ids(statement.decorator_list, path))
            if ids:
                yield IndexedProbe(
                    node=f"{prefix}::{statement.name}",
                    path=path,
                    line=statement.lineno,
                    ids=tuple(ids),
                )


def _elements(value: ast.expr) -> list[ast.expr]:
    """Return the marks of `pytestmark`, which is one of them or a list."""
    return list(value.elts) if isinstance(value, (ast.List, ast.Tuple)) else [value]


def _ids(marks: Sequence[ast.expr], path: str) -> tuple[str, ...]:
    """Return the requirement ids that marks name."""
    found: list[str] = []
    for mark in marks:
        if not isinstance(mark, ast.Call) or not _is_probe(mark.func):
            continue
        for argument in mark.args:
            if not isinstance(argument, ast.Constant) or not isinstance(
                argument.value, str
            ):
                raise PlanError(
                    "@probe names an id that is not written out",
                    where=f"{path}:{mark.lineno}",
                    remedy='Write the ids as text: @probe("INFRA-PDB-3").',
                )
            found.append(argument.value)
    return tuple(found)


def _is_probe(function: ast.expr) -> bool:
    """Tell whether a decorator's function is `probe`, however it is reached."""
    if isinstance(function, ast.Attribute):
        return function.attr == "probe"
    return isinstance(function, ast.Name) and function.id == "probe"
