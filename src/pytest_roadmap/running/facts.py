"""The shared facts of the suites: fixtures that several probes judge.

Each module in a suite's `facts/` folder holds one session fixture with the
fact's name.  pytest finds fixtures in conftest.py files and in plugins, so the
modules are registered as plugins.
"""

from __future__ import annotations

import importlib.util
import sys
from typing import TYPE_CHECKING

from pytest_roadmap.errors import PlanError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path
    from types import ModuleType

    import pytest

    from pytest_roadmap.plan import Suite


def register_facts(config: pytest.Config, suites: Iterable[Suite]) -> None:
    """Make the fixtures in the suites' `facts/` folders known to pytest.

    Raises:
        PlanError: A module cannot be imported; says which, and why.
    """
    for suite in suites:
        for file in sorted(suite.folder.glob("facts/*.py")):
            name = f"roadmap_facts_{suite.roadmap.suite}_{file.stem}"
            config.pluginmanager.register(_imported(file, name), name)


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
