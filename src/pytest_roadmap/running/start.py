"""Registers the plugins of a run, each where it belongs."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_roadmap.errors import RoadmapError
from pytest_roadmap.history.places import FILE, Place, chosen, named
from pytest_roadmap.probes import fixtures
from pytest_roadmap.probes.site import ASKED, SITE
from pytest_roadmap.reporting import archive
from pytest_roadmap.running import options as command_line
from pytest_roadmap.running.asked import Asked, ask
from pytest_roadmap.running.collecting import Collecting, collect_suites
from pytest_roadmap.running.control import Control
from pytest_roadmap.running.executing import Exchange, Executing
from pytest_roadmap.running.facts import FactEnds, register_facts
from pytest_roadmap.running.guarding import Guard
from pytest_roadmap.running.judging import Judge
from pytest_roadmap.running.keeping import Keeper
from pytest_roadmap.running.limits import TimeLimits
from pytest_roadmap.running.observing import Observer
from pytest_roadmap.running.past import Past
from pytest_roadmap.running.progress import Progress
from pytest_roadmap.running.system import Order, System
from pytest_roadmap.running.workers import distribute, distributes, is_worker
from pytest_roadmap.scoring.regressions import baseline_of

if TYPE_CHECKING:
    from pytest_roadmap.model import Baseline
    from pytest_roadmap.running.options import Options


def start(config: pytest.Config) -> None:
    """Begin a run in this process.

    Raises:
        pytest.UsageError: What was asked for cannot be done; says why.
    """
    try:
        options = command_line.read(config)
        asked = ask(config.rootpath, options)
        _register(config, options, asked)
    except RoadmapError as error:
        raise pytest.UsageError(str(error)) from error


def _register(config: pytest.Config, options: Options, asked: Asked) -> None:
    """Register what this process needs."""
    given = collect_suites(config, asked)
    config.option.continue_on_collection_errors = True
    distribute(config, options, asked)
    worker = is_worker(config)
    collecting = Collecting(options, asked, given, worker=worker)
    config.pluginmanager.register(collecting, "roadmap-collecting")
    config.pluginmanager.register(fixtures, "roadmap-fixtures")
    register_facts(config, asked.suites)
    if config.option.collectonly:
        return
    if worker:
        folder = Path(config.workerinput["roadmap_exchange"])  # type: ignore[attr-defined]
        _execute(config, options, asked, collecting, Exchange(folder=folder))
        return
    past = _history(config, options)
    baseline = _baseline(options)
    keeper = Keeper(options.report, latest=not options.counterexamples)
    keeper.open()
    exchange = Exchange(folder=Path(tempfile.mkdtemp(prefix="roadmap-")))
    many = distributes(config)
    if not many:
        _execute(config, options, asked, collecting, exchange)
    progress = Progress(len(config.option.tx) if many else 1)
    order = Order(site=exchange.site, run=keeper.id, tell=progress.say)
    control = Control(
        options=options,
        asked=asked,
        keeper=keeper,
        exchange=exchange,
        progress=progress,
        system=System(config, options, order),
        judge=Judge(
            asked=asked,
            keeper=keeper,
            past=Past(past, keeper),
            root=config.rootpath,
            candidate=options.candidate,
            baseline=baseline,
        ),
        collecting=None if many else collecting,
    )
    config.pluginmanager.register(control, "roadmap-control")


def _history(config: pytest.Config, options: Options) -> Place | None:
    """Return where the history lies; a run on counter-examples has none.

    Raises:
        HistoryError: What was named is no place for one.
    """
    if options.counterexamples:
        return None
    if text := chosen(options.history):
        return named(text, config.invocation_params.dir)
    folder = options.report if config.getoption("--roadmap-report") else None
    default = (folder or config.rootpath / "reports") / FILE
    return named(config.getini("roadmap_history") or default, config.rootpath)


def _baseline(options: Options) -> Baseline | None:
    """Return what the earlier runs have measured that the command line names.

    Raises:
        ReportError: One of the archives cannot be read.
    """
    paths = [
        path / archive.FILE if path.is_dir() else path for path in options.baseline
    ]
    return baseline_of([archive.read(path) for path in paths]) if paths else None


def _execute(
    config: pytest.Config,
    options: Options,
    asked: Asked,
    collecting: Collecting,
    exchange: Exchange,
) -> None:
    """Register what runs probes in this process."""
    inputs = getattr(config, "workerinput", {})
    name = inputs.get("workerid", "main")
    config.stash[SITE] = exchange.site
    config.stash[ASKED] = asked.requirements
    guard = Guard(exchange.stacks_of(name))
    limits = TimeLimits(requirements=asked.requirements, fixed=options.time_limit)
    config.pluginmanager.register(
        Observer(guard=guard, limits=limits, worker=name), "roadmap-observing"
    )
    config.pluginmanager.register(FactEnds(), "roadmap-fact-ends")
    config.pluginmanager.register(
        Executing(guard, exchange, name, collecting), "roadmap-executing"
    )
