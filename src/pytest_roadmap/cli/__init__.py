"""The `pytest-roadmap` command: one module per subject, found by its `add`."""

from __future__ import annotations

import argparse
import importlib
import pkgutil
import sys
from typing import TYPE_CHECKING

from pytest_roadmap import __version__
from pytest_roadmap.errors import RoadmapError

if TYPE_CHECKING:
    from collections.abc import Sequence


def parser() -> argparse.ArgumentParser:
    """Return the parser with the subcommands of every module in this package.

    A module takes part by defining `add(commands)`, which adds its subparsers
    and sets their default `run`: a function from the parsed arguments to an
    exit status.  One without it is what others share.
    """
    top = argparse.ArgumentParser(prog="pytest-roadmap", description=__doc__)
    top.add_argument("--version", action="version", version=__version__)
    commands = top.add_subparsers(metavar="COMMAND", required=True)
    for module in pkgutil.iter_modules(__path__, f"{__name__}."):
        add = getattr(importlib.import_module(module.name), "add", None)
        if add is not None:
            add(commands)
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status (1: a clear error)."""
    options = parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except RoadmapError as error:
        print(f"pytest-roadmap: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        return 0
