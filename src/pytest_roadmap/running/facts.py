"""The shared facts of the suites: fixtures that several probes judge.

Each module in a suite's `facts/` folder holds one session fixture with the
fact's name.  pytest finds fixtures in conftest.py files and in plugins, so the
modules are registered as plugins.

A fact that holds something, its chain for example, is a generator.  pytest would
keep it until the process ends, and its chain would make blocks beside all the
probes that come later: here it ends with the last probe that judges it.
"""

from __future__ import annotations

import importlib.util
import inspect
import sys
from typing import TYPE_CHECKING, Any, Final

import pytest

from pytest_roadmap.errors import PlanError

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable
    from pathlib import Path
    from types import ModuleType

    from pytest_roadmap.plan import Suite

_PREFIX: Final = "roadmap_facts_"


def register_facts(config: pytest.Config, suites: Iterable[Suite]) -> None:
    """Make the fixtures in the suites' `facts/` folders known to pytest.

    Raises:
        PlanError: A module cannot be imported; says which, and why.
    """
    for suite in suites:
        for file in sorted(suite.folder.glob("facts/*.py")):
            name = f"{_PREFIX}{suite.roadmap.suite}_{file.stem}"
            config.pluginmanager.register(_imported(file, name), name)


class FactEnds:
    """The plugin that ends a fact when the next test does not judge it."""

    def __init__(self) -> None:
        self._held: dict[str, tuple[pytest.FixtureDef[Any], pytest.FixtureRequest]] = {}

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(
        self, fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest
    ) -> Generator[None, object, object]:
        """Remember a fact that holds something."""
        result = yield
        of_a_suite = fixturedef.func.__module__.startswith(_PREFIX)
        if of_a_suite and inspect.isgeneratorfunction(fixturedef.func):
            self._held[fixturedef.argname] = (fixturedef, request)
        return result

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_teardown(
        self, nextitem: pytest.Item | None
    ) -> Generator[None, object, object]:
        """End the facts that the next test does not judge."""
        result = yield
        following = getattr(nextitem, "fixturenames", ())
        for name in [name for name in self._held if name not in following]:
            fixturedef, request = self._held.pop(name)
            # The hook is declared with the wider type of request.
            fixturedef.finish(request)  # type: ignore[arg-type]
        return result


def _imported(file: Path, name: str) -> ModuleType:
    """Return the module in `file`, imported under a name that nobody else has."""
    spec = importlib.util.spec_from_file_location(name, file)
    assert spec is not None  # noqa: S101 - a file that ends with .py has one
    assert spec.loader is not None  # noqa: S101 - a file location has a loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look their module up there
    try:
        spec.loader.exec_module(module)
    except Exception as error:  # a module of a suite may raise anything
        del sys.modules[name]
        words = (str(error).splitlines() or [""])[0]
        raise PlanError(
            f"the fact cannot be imported: {type(error).__name__}: {words}",
            where=str(file),
            remedy="mend the module: the probes that judge this fact need it",
        ) from error
    return module
