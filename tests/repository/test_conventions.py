"""The conventions of this repository, as tests."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
SOURCES = sorted(CHECKOUT.glob("src/**/*.py"))
PROBES = sorted(CHECKOUT.glob("suites/**/test_*.py"))
MODULES = SOURCES + sorted(CHECKOUT.glob("suites/**/*.py"))

LONGEST_MODULE = 300
LONGEST_FUNCTION = 44
LONGEST_PROBE = 42  # with its blank lines and one argument a line: one screen
MOST_PROBES = 8


def functions(path: Path) -> list[ast.FunctionDef]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]


def code_lines(function: ast.FunctionDef) -> int:
    """Lines of the body, without the docstring."""
    body = function.body
    if ast.get_docstring(function) is not None:
        body = body[1:]
    if not body:
        return 0
    return (body[-1].end_lineno or 0) - body[0].lineno + 1


def is_probe(function: ast.FunctionDef) -> bool:
    calls = [d for d in function.decorator_list if isinstance(d, ast.Call)]
    return any(getattr(call.func, "id", "") == "probe" for call in calls)


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(CHECKOUT)))
def test_a_module_is_short_enough_to_hold_in_mind(path):
    lines = len(path.read_text(encoding="utf-8").splitlines())

    assert lines <= LONGEST_MODULE, f"{lines} lines: split it by subject"


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(CHECKOUT)))
def test_a_function_fits_on_a_screen(path):
    long = {f.name: code_lines(f) for f in functions(path)}

    assert not {n: lines for n, lines in long.items() if lines > LONGEST_FUNCTION}


@pytest.mark.parametrize("path", PROBES, ids=lambda p: str(p.relative_to(CHECKOUT)))
def test_a_probe_reads_given_when_then_on_one_screen(path):
    probes = [f for f in functions(path) if is_probe(f)]

    assert not [f.name for f in probes if code_lines(f) > LONGEST_PROBE]
    assert len(probes) <= MOST_PROBES, "split the module by sub-subject"
    assert all(ast.get_docstring(f) for f in probes), "a probe's docstring is its claim"


def test_nothing_sleeps_for_a_fixed_time():
    sleeping = [
        str(path.relative_to(CHECKOUT))
        for path in MODULES
        if re.search(r"\btime\.sleep\(|from time import sleep", path.read_text("utf-8"))
    ]

    assert sleeping == []


def test_a_script_that_sleeps_says_why_no_event_does():
    silent = [
        f"{path.relative_to(CHECKOUT)}:{number}"
        for path in MODULES
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if re.search(r"\bsleep [0-9.]+(?![0-9.]| # \w+ \w+)", line)
    ]

    assert silent == []


def test_what_catches_everything_says_why():
    broad = re.compile(
        r"except( BaseException| Exception)?( as \w+)?:(?!  # .*\w+ \w+)"
    )
    silent = [
        f"{path.relative_to(CHECKOUT)}:{number}"
        for path in MODULES
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if broad.search(line)
    ]

    assert silent == []


def test_nothing_is_left_unfinished():
    marks = re.compile(r"\b(TODO|FIXME|XXX|NotImplementedError)\b|pragma: no cover")
    unfinished = [
        str(path.relative_to(CHECKOUT))
        for path in MODULES
        if marks.search(path.read_text("utf-8"))
    ]

    assert unfinished == []


def test_every_suppressed_lint_gives_its_reason():
    bare = [
        f"{path.relative_to(CHECKOUT)}:{number}"
        for path in MODULES
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if re.search(r"# noqa(?!: [A-Z]+[0-9]+(, ?[A-Z]+[0-9]+)* - \S)", line)
        or re.search(r"# type: ignore(?!\[[a-z-]+(, ?[a-z-]+)*\])", line)
    ]

    assert bare == []
