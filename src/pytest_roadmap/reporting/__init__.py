"""How it is told: pure functions of the scorecard, one module per reader.

    archive    scorecard.json   a program, and whoever judges the run again
    junit      junit.xml        a CI server
    markdown   summary.md       a release manager, a pull request
    metrics    metrics.prom     Prometheus; openmetrics.txt, items.prom as well
    html       report.html      everybody
    github     annotations.txt  a pull request's lines
    gitlab     gl-code-quality-report.json   a merge request's lines
    sarif      roadmap.sarif    code scanning
    ctrf       ctrf.json        readers of the Common Test Report Format
    terminal   (the screen)     whoever waits for the run
    evidence   evidence/        whoever wants to know why

A module that defines the hook `pytest_roadmap_report` is a report; there is no
list of them.  `chapters` are tables that the page and the summary share, `places`
says at which line of the document something is told, `push` hands the metrics to
a Pushgateway.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import pkgutil
from typing import TYPE_CHECKING, Protocol, cast

from pytest_roadmap.errors import ReportError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytest_roadmap.model import Scorecard

__all__ = ["Reporter", "reporters", "write_all"]


class Reporter(Protocol):
    """A module that writes one report."""

    __name__: str

    def pytest_roadmap_report(self, scorecard: Scorecard, folder: Path) -> None:
        """Write the report of `scorecard` into `folder`."""


def reporters() -> tuple[Reporter, ...]:
    """Return the modules of this package that write a report.

    The archive comes first: whatever befalls the others, they can be made from
    it again.
    """
    names = [info.name for info in pkgutil.iter_modules(__path__)]
    names.sort(key=lambda name: (name != "archive", name))
    modules = [importlib.import_module(f"{__name__}.{name}") for name in names]
    return tuple(
        cast("Reporter", module)
        for module in modules
        if hasattr(module, "pytest_roadmap_report")
    )


def write_all(scorecard: Scorecard, folder: Path) -> list[ReportError]:
    """Write every report; one that cannot be written does not stop the others.

    Returns:
        What went wrong, in the order of the reports.
    """
    errors = []
    with _without_collecting():
        for reporter in reporters():
            try:
                reporter.pytest_roadmap_report(scorecard=scorecard, folder=folder)
            except ReportError as error:
                errors.append(error)
    return errors


@contextlib.contextmanager
def _without_collecting() -> Iterator[None]:
    """Keep the garbage collector from looking through reports as they grow.

    They are large trees without cycles, and it costs a quarter of their time.
    """
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()
